"""What the truth says of each person: the same numbers, under the same rules, as the files."""

from contextlib import ExitStack
from pathlib import Path

from schemas.generator import nir
from schemas.generator.dossiers import Dossier
from schemas.generator.flows import casework, lists, namings, spie, truthbook
from schemas.generator.flows.casework import Seat
from schemas.generator.flows.foyers import Adult, Foyer
from schemas.generator.flows.truthbook import Json, TruthBook
from schemas.generator.people import Person
from schemas.generator.scenarios import Link
from schemas.generator.wishes import Wishes

_ROLES = {"DEM": "DEMANDEUR", "CJT": "CONJOINT"}


class Identities:
    """Writes the truth of one département."""

    def __init__(self, files: ExitStack, into: Path, wishes: Wishes) -> None:
        self._seed, self._departement = wishes.seed, wishes.departement
        persons, households = (
            files.enter_context(truthbook.opened(into / "truth", name))
            for name in ("persons.json", "households.json")
        )
        self._book = TruthBook(persons, households)

    def lives_here(self, dossier: Dossier) -> bool:
        """Say whether the town of a dossier is in the département."""
        return dossier.town.startswith(self._departement)

    def unknown(self, dossier: Dossier) -> None:
        """Write somebody only Pôle emploi knows."""
        flows = self._at_pe(dossier)
        variants = self._variants(dossier)
        self._book.person(dossier.person, flows=flows, variantes=variants)

    def household(
        self,
        foyer: Foyer,
        seats: list[Seat],
        *,
        flow: str = casework.FLOW,
        contacts: bool = False,
        instructed: bool = False,
        certified: Person | None = None,
    ) -> None:
        """Write a household and its adults; children are in it by their number only."""
        number = self._book.next_household()
        persons = []
        for seat, adult in zip(seats, foyer.adults, strict=True):
            flows: Json = {flow: {"MATRICULE": foyer.matricule, "ROLEPERS": adult.role}}
            if contacts:
                role = _ROLES[adult.role]
                matricule = seat.member.household.matricule
                flows["cnaf-contacts"] = {"MATRICULE": matricule, "ROLE PERSONNE": role}
            if instructed:
                flows["cnaf-instructions"] = {"NUMDEMRSA": foyer.numdemrsa, "ROLEPERS": adult.role}
            persons.append(self._adult(number, seat, adult, flows, certified))
        self._book.household(
            {
                "organisme": foyer.kind,
                "matricule": foyer.matricule,
                "numdemrsa": foyer.numdemrsa,
                "etat": foyer.situation.state,
                "personnes": persons,
                "enfants": len(foyer.children),
                "jumeaux": sum(child.twin for child in foyer.children),
            }
        )

    def finish(self) -> None:
        """Close the truth."""
        self._book.finish()

    def _adult(
        self, household: str, seat: Seat, adult: Adult, flows: Json, certified: Person | None
    ) -> str:
        if seat.id_cd:
            flows["cd-parcours"] = {"ID_CD": seat.id_cd}
        own = seat.dossier if seat.is_own_dossier else None
        if own is not None:
            flows |= self._at_pe(own)
        person = certified or seat.member.person
        variants = self._variants(own)
        if adult.named.kind:
            variants[casework.FLOW] = adult.named.kind
        mistaken = own is not None and own.story.link is Link.OTHER_BIRTH
        return self._book.person(
            person,
            household=household,
            role=adult.role,
            flows=flows,
            variantes=variants,
            naissance_certitude="" if adult.certainty == "N" else adult.certainty,
            naissance_fausse_dans="pe-parcours" if mistaken else "",
            nir_provisoire=nir.with_key(seat.member.person.nir) if certified else "",
            jumeau=seat.rank if seat.rank > 1 else "",
        )

    def _at_pe(self, dossier: Dossier) -> Json:
        flows: Json = {"pe-parcours": {"IDENTIFIANT_PE": dossier.pe_id}}
        if self.lives_here(dossier):
            flows[lists.FLOW] = {"identifiantpe": dossier.pe_id}
        number = spie.identifier(self._seed, dossier.pe_id)
        if number is not None:
            flows[spie.FLOW] = {"identifiant_unique_de": number}
        return flows

    def _variants(self, dossier: Dossier | None) -> Json:
        if dossier is None:
            return {}
        found = {
            flow: namings.named(self._seed, flow, dossier.pe_id, dossier.person).kind
            for flow in (lists.FLOW, spie.FLOW)
        }
        return {flow: kind for flow, kind in found.items() if kind}
