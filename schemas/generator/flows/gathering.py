"""Everybody a département knows, told again in every other flow.

1. A household is filed once the next one begins: its spouse comes just after its applicant.
2. Somebody Pôle emploi alone knows, and who lives here, is a household of the MSA.
3. After everybody come households nobody follows: new requests (instructed, and in the daily file),
   closed or refused rights, twins, provisional numbers that the daily file replaces, anomalies.
"""

from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random

from schemas.generator.contacts import Contacts
from schemas.generator.dossiers import Dossier, Told
from schemas.generator.flows import instructions, lists, namings, situations, spie
from schemas.generator.flows.casework import Casework, Seat
from schemas.generator.flows.desks import Desks
from schemas.generator.flows.foyers import Foyer
from schemas.generator.flows.identities import Identities
from schemas.generator.flows.situations import Situation
from schemas.generator.people import Household, Member, Registry
from schemas.generator.scenarios import Missing
from schemas.generator.wishes import Wishes

_MSA_NUMBERS, _MSA_STEP = 90_000_000_000_000, 31_415_926_535_897
_MSA_REQUESTS, _REQUEST_STEP = 100_000_000, 37_711_247
_REQUESTED_EVERY, _PROVISIONAL_EVERY, _TWINS_EVERY = 4, 10, 33
_UNUSABLE = Missing.YEAR.reason
_NO_CONTACT = Contacts(("", ""), ("", ""), "", "")


class Gathering:
    """Watches one département and writes the files of `Desks` and the truth."""

    def __init__(self, files: ExitStack, into: Path, wishes: Wishes) -> None:
        seed, people, as_of = wishes.seed, wishes.people, wishes.as_of
        self._rng = Random(f"flux:{wishes.departement}:{seed}:{people}:{as_of}")
        self._people, self._seed, self._as_of = people, seed, as_of
        self._casework = Casework(self._rng, wishes)
        self._identities = Identities(files, into, wishes)
        self._seats: list[Seat] = []
        self._agricultural = self._rng.randrange(10**9)
        self._registry: Registry | None = None
        self.unusable = 0
        self.desks = Desks(files, into, self._rng, wishes)

    @property
    def registry(self) -> Registry:
        """The registry of everybody."""
        if self._registry is None:  # pragma: no cover - it is given before anybody is met
            raise RuntimeError("nobody was met yet")
        return self._registry

    def opened(self, registry: Registry) -> None:
        """Be given the registry."""
        self._registry = registry

    def met(self, member: Member, id_cd: str, nir_form: int) -> None:
        """Wait for the rest of the household, after filing the one before."""
        if member.role == "DEM":
            self._file_those_met()
        self._seats.append(Seat(member, id_cd, nir_form))

    def registered(self, dossier: Dossier, member: Member | None) -> None:
        """Remember whose dossier it is; file a stranger who lives here at the MSA."""
        if member is not None:
            self._seats[-1].dossier = dossier
            if not self._seats[-1].is_own_dossier:
                self._identities.unknown(dossier)
        elif self._identities.lives_here(dossier):
            self._agricultural_household(self._farmer(dossier), dossier)
        else:
            self._identities.unknown(dossier)

    def written(self, dossier: Dossier, told: Told) -> None:
        """Tell a dossier in the lists and in SPIE."""
        for flow in (lists.FLOW, spie.FLOW):
            named = namings.named(self._seed, flow, dossier.pe_id, dossier.person)
            self.registry.remember(*named.words)
        interview = dossier.story.interview
        self.unusable += isinstance(interview, Missing) and interview.reason == _UNUSABLE
        self.desks.tell_dossier(dossier, told, here=self._identities.lives_here(dossier))

    def closed(self) -> None:
        """File who waits, then the households nobody follows."""
        self._file_those_met()
        registry = self._registry = self.registry.beyond(self._rng)
        elder: Member | None = None
        for turn in range(max(12, self._people // 10)):
            provisional = turn % _PROVISIONAL_EVERY == 3
            member = registry.applicant(provisional=provisional)
            seat = Seat(member)
            if elder is not None:
                seat = Seat(registry.alone(registry.twin(elder.person)), rank=2)
            elder = seat.member if elder is None and turn % _TWINS_EVERY == 5 else None
            situation = situations.any_other(self._rng, self._as_of, turn)
            requested = turn % _REQUESTED_EVERY == 0
            self._unfollowed(
                seat, Situation("0") if requested else situation, provisional=provisional
            )
        for _ in range(max(2, self._people // 50)):
            self._agricultural_household(self._farmer(None), None)
        for _ in range(max(1, self._people // 200)):
            self._anomalous(Seat(registry.applicant()))
        self.desks.finish()
        self._identities.finish()

    def _file_those_met(self) -> None:
        if not self._seats:
            return
        foyer = self._casework.followed(self._seats, self.registry)
        self._identities.household(foyer, self._seats, contacts=True)
        self.desks.monthly.write(foyer)
        if self._rng.random() < 0.03:
            self.desks.daily.write(replace(foyer, events=self._casework.events(foyer)))
        self._seats = []

    def _unfollowed(self, seat: Seat, situation: Situation, *, provisional: bool) -> None:
        requested = situation.state == "0"
        foyer = self._casework.other([seat], self.registry, situation)
        self.desks.monthly.write(foyer)
        certified = self.registry.certified(seat.member.person) if provisional else None
        daily = foyer
        if certified is not None:
            adult = replace(foyer.adults[0], person=certified, nir=certified.nir)
            daily = replace(foyer, adults=(adult,))
        if requested or provisional:
            self.desks.daily.write(replace(daily, events=self._casework.events(foyer)))
        if requested:
            self._instruct(foyer, seat)
        self._identities.household(foyer, [seat], certified=certified, instructed=requested)

    def _instruct(self, foyer: Foyer, seat: Seat) -> None:
        consents = instructions.consents(self._rng)
        self.desks.requests.write(instructions.Request(foyer, seat.member.contacts, *consents))

    def _anomalous(self, seat: Seat) -> None:
        foyer = self._casework.other([seat], self.registry, Situation("2"))
        self.desks.anomalies.write(foyer)
        self._identities.household(foyer, [seat], flow="cnaf-anomalies")

    def _farmer(self, dossier: Dossier | None) -> Member:
        """Open a household of the MSA: fifteen figures, none of which is a NIR."""
        person = dossier.person if dossier else self.registry.person()
        self._agricultural += 1
        turn = self._agricultural
        matricule = f"{turn * _MSA_STEP % _MSA_NUMBERS + 10**13:014d}{turn % 9 + 1}"
        request = f"9{turn * _REQUEST_STEP % _MSA_REQUESTS:08d}{self.registry.suffix}"
        requested = date.fromordinal(self._as_of.toordinal() - self._rng.randint(620, 1_500))
        self.registry.drawn.matricules.add(matricule)
        self.registry.drawn.numdemrsa.add(request)
        household = Household(matricule, request, requested, person)
        return Member(person, household, "DEM", _NO_CONTACT)

    def _agricultural_household(self, member: Member, dossier: Dossier | None) -> None:
        seat = Seat(member, dossier=dossier)
        foyer = self._casework.msa(seat, self.registry)
        self.desks.msa_monthly.write(foyer)
        if self._rng.random() < 1 / 3 or not self.desks.msa_daily.foyers:
            self.desks.msa_daily.write(replace(foyer, events=self._casework.events(foyer)))
        self._identities.household(foyer, [seat])
