"""From people met to a household of the CAF or of the MSA: everything their files say of it.

1. Somebody the département follows has rights and duties, a state that counts, and lives here today.
2. A spouse only the CNAF knows may work, and then has no rights and duties.
3. A household came from another fund now and then; only one nobody follows may have left.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from schemas.generator import places
from schemas.generator.dossiers import Dossier
from schemas.generator.flows import foyers, namings, situations
from schemas.generator.flows.foyers import Adult, Foyer, Transfer
from schemas.generator.flows.situations import Situation
from schemas.generator.flows.vrsb import fund_nir
from schemas.generator.people import Member, Registry
from schemas.generator.scenarios import Link
from schemas.generator.wishes import Wishes

FLOW = "cnaf-beneficiaires"


@dataclass(slots=True)
class Seat:
    """Somebody met, waiting for the rest of their household."""

    member: Member
    id_cd: str = ""
    nir_form: int = 15
    dossier: Dossier | None = None
    rank: int = 1

    @property
    def is_own_dossier(self) -> bool:
        """Whether the dossier drawn with them is theirs."""
        return self.dossier is not None and self.dossier.story.link in {Link.SAME, Link.OTHER_BIRTH}


class Casework:
    """Draws households for one département."""

    def __init__(self, rng: Random, wishes: Wishes, *, children: bool = True) -> None:
        self._rng, self._seed, self._with_children = rng, wishes.seed, children
        self._departement, self._as_of = wishes.departement, wishes.as_of

    def followed(self, seats: list[Seat], registry: Registry) -> Foyer:
        """File a household somebody follows."""
        situation = situations.counting(self._rng, self._as_of)
        transfer = self._arrival(registry) if self._rng.random() < 0.02 else None
        return self._file(seats, situation, registry, transfer)

    def other(self, seats: list[Seat], registry: Registry, situation: Situation) -> Foyer:
        """File a household nobody follows, or not yet; one in ten has left for another fund."""
        left = situation.state in {"5", "6"} and self._rng.random() < 0.3
        return self._file(seats, situation, registry, self._departure() if left else None)

    def _file(
        self,
        seats: list[Seat],
        situation: Situation,
        registry: Registry,
        transfer: Transfer | None,
        kind: str = "CAF",
    ) -> Foyer:
        rng, household = self._rng, seats[0].member.household
        roles = foyers.benefits_roles(rng, [seat.member for seat in seats])
        adults = tuple(
            self.adult(seat, role, situation, registry)
            for seat, role in zip(seats, roles, strict=True)
        )
        mother = seats[0].member.person
        children = foyers.children(rng, mother, self._as_of) if self._with_children else ()
        registry.remember(*(child.first_name for child in children))
        registry.drawn.birth_dates.update(child.birth for child in children)
        return Foyer(
            kind=kind,
            fund=places.fund(self._departement),
            matricule=household.matricule.ljust(15, "0"),
            numdemrsa=household.numdemrsa,
            requested=household.requested,
            adults=adults,
            children=children,
            addresses=self._addresses(here=transfer is None or transfer.arriving),
            situation=situation,
            transfer=transfer,
        )

    def adult(
        self, seat: Seat, benefits_role: str, situation: Situation, registry: Registry
    ) -> Adult:
        """File one adult."""
        rng, member, person = self._rng, seat.member, seat.member.person
        kind = "MSA" if len(member.household.matricule) > 7 else "CAF"
        named = namings.named(self._seed, FLOW, member.household.matricule + member.role, person)
        registry.remember(*named.words)
        followed = bool(seat.id_cd)
        duties = followed or (situation.counts and rng.random() < 0.6)
        certainty = foyers.certainty(rng)
        told_pe = seat.dossier is not None and seat.is_own_dossier and rng.random() < 0.7
        birth = person.birth if followed else foyers.written_birth(person.birth, certainty)
        registry.drawn.birth_dates.add(birth)
        requested = member.household.requested
        return Adult(
            person=person,
            named=named,
            nir=fund_nir(person.nir, kind) if seat.nir_form else "",
            role=member.role,
            benefits_role=benefits_role,
            certainty=certainty,
            birth=birth,
            duties=duties,
            entering=duties and not followed,
            pe_short=_short(seat.dossier.pe_id) if told_pe and seat.dossier else "",
            activities=foyers.activities(rng, requested, self._as_of, seeking=duties),
            rank=seat.rank,
        )

    def msa(self, seat: Seat, registry: Registry) -> Foyer:
        """File an agricultural household; one in three came from the CAF, under the NIR."""
        transfer = None
        if self._rng.random() < 1 / 3:
            arrival = self._arrival(registry)
            transfer = Transfer(True, arrival.fund, seat.member.person.nir, arrival.since)
        situation = situations.counting(self._rng, self._as_of)
        return self._file([seat], situation, registry, transfer, kind="MSA")

    def events(self, foyer: Foyer) -> tuple[tuple[date, str], ...]:
        """Say what happened to a household in the last days."""
        what = {"3": "SUS", "4": "SUS", "5": "RAD", "6": "RAD", "2": "SITPRO"}
        told = what.get(foyer.situation.state, "ENTDED")
        if foyer.transfer is not None:
            told = "MUT"
        return ((self._as_of - timedelta(days=self._rng.randint(0, 2)), told),)

    def _addresses(self, *, here: bool) -> tuple[places.Address, ...]:
        rng, count = self._rng, self._rng.choices((1, 2, 3), (80, 15, 5))[0]
        first = places.address(rng, self._departement, 1, here=here)
        before = (
            places.address(rng, self._departement, rank, here=rng.random() < 0.7)
            for rank in range(2, count + 1)
        )
        return (first, *before)

    def _arrival(self, registry: Registry) -> Transfer:
        since = self._as_of - timedelta(days=self._rng.randint(40, 600))
        before = f"{self._rng.randrange(10**7):07d}"
        registry.drawn.matricules.add(before)
        fund = places.fund(places.elsewhere(self._departement))
        return Transfer(True, fund, before.ljust(15, "0"), since)

    def _departure(self) -> Transfer:
        since = self._as_of - timedelta(days=self._rng.randint(5, 90))
        return Transfer(False, places.fund(places.elsewhere(self._departement)), "", since)


def _short(pe_id: str) -> str:
    """Give the short form of an identifier whose region comes first, the only one the CAF knows."""
    return pe_id[3:] if pe_id[3:10].isdigit() else ""
