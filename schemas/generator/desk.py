"""Where one person becomes rows: a line at the CNAF, a dossier at Pôle emploi, facts at the CD.

1. At least one of the CD and the CNAF knows the NIR of everybody, and they share a key: NUMDEMRSA,
   else MATRICULE, else NIR.
2. Only the dossier of the person themselves may link: a provisional number borne by somebody else, a
   namesake born another day and a stranger never do.
3. The files of the CNAF and of Pôle emploi are not in the order of the CD's.
"""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from random import Random

from schemas.generator import cd, cnaf, expected, nir, pe, places
from schemas.generator.cd import CdFile, Keys
from schemas.generator.cnaf import CnafFile
from schemas.generator.defects import Defects
from schemas.generator.dossiers import Dossier
from schemas.generator.expected import ContactFeed, SignalsFile
from schemas.generator.lines import Shuffled
from schemas.generator.pe import PeFile
from schemas.generator.people import Member, Person, Registry
from schemas.generator.scenarios import Link, Scenario, Story
from schemas.generator.wishes import Wishes
from schemas.generator.witness import Witness

_CLEAN, _SPOILED = "coordonnees-allocataire.txt", "coordonnees-allocataire-defauts.txt"
_PECG, _WRONG_TOTAL = "PECG.xml", "PECG-total-faux.xml"


class Desk:
    """Holds the open files of one département while people pass."""

    def __init__(
        self,
        files: ExitStack,
        into: Path,
        registry: Registry,
        rng: Random,
        *,
        wishes: Wishes,
        witness: Witness,
    ) -> None:
        self._witness = witness
        self._into, self._registry, self._rng = into, registry, rng
        self._departement, self._as_of, self._enrolled = wishes.departement, wishes.as_of, 0
        self._feed, self._defects = ContactFeed(), Defects(rng, wishes.people)
        clean, spoiled = (
            files.enter_context(cnaf.opened(into / "cnaf", name)) for name in (_CLEAN, _SPOILED)
        )
        self._cnaf = CnafFile(clean, spoiled, self._defects)
        right, wrong = (
            files.enter_context(pe.opened(into / "pe", name)) for name in (_PECG, _WRONG_TOTAL)
        )
        self._pe = PeFile((right, wrong), rng, wishes, witness)
        journeys = files.enter_context(cd.opened(into / "cd", wishes.departement, wishes.as_of))
        self._cd = CdFile(journeys, rng, wishes.as_of)
        self._contacts = Shuffled(rng, self._cnaf.write)
        self._dossiers = Shuffled(rng, self._pe.write)
        self._signals = self._expected(files, into)
        self._stranger(here=False)

    def enrol(self, member: Member, scenario: Scenario) -> None:
        """Write somebody the département follows, everywhere they are known."""
        rng = self._rng
        self._enrolled += 1
        id_cd = f"CD{self._departement}-{self._enrolled:06d}"
        self._registry.drawn.cd_ids.add(id_cd)
        received = rng.choices((15, 13, 0), (88, 9, 3))[0]
        keys = self._keys(received)
        self.acquaint(member, received, id_cd)
        self._cd.write(id_cd, member, scenario.facts, keys)
        for signals in self._signals:
            signals.write(id_cd, scenario.expected)
        if scenario.pe:
            dossier = self._dossier(member, scenario.pe)
            self._witness.registered(dossier, member)
            self._dossiers.put(dossier)
        if rng.random() < 0.03:
            self._stranger(here=rng.random() < 0.5)

    def acquaint(self, member: Member, nir_form: int = 15, id_cd: str = "") -> None:
        """Write somebody in the contact file, and in the feed if they can be reached."""
        self._witness.met(member, id_cd, nir_form)
        cells = cnaf.row(self._rng, member, nir_form, self._as_of)
        self._contacts.put((cells, member.person.nir))
        self._feed.add(member, nir.with_key(member.person.nir)[:nir_form])

    def finish(self) -> None:
        """Write what waits and the ends of files, before they are closed."""
        self._contacts.let_go()
        self._dossiers.let_go()
        self._cnaf.finish()
        self._pe.finish()
        for signals in self._signals:
            signals.finish()

    def conclude(self, seed: int) -> dict[str, int]:
        """Write the feed, the places of the defects and the summary; return rows per file."""
        folder = self._into / "expected"
        self._feed.write(folder / "contacts-rdv-insertion.csv")
        places = self._defects.places
        expected.write_json(folder / "contacts-defauts.json", expected.defects(places))
        rows = {
            f"cd/{cd.filename(self._departement, self._as_of)}": self._cd.rows,
            f"cnaf/{_SPOILED}": self._cnaf.rows + 1,
            f"cnaf/{_CLEAN}": self._cnaf.rows,
            f"pe/{_WRONG_TOTAL}": self._pe.dossiers,
            f"pe/{_PECG}": self._pe.dossiers,
        }
        with_pe, without_pe = self._signals
        expected.write_json(
            folder / "summary.json",
            {
                "seed": seed,
                "departement": self._departement,
                "as_of": self._as_of.isoformat(),
                "rows": rows,
                "rejects": expected.rejects(rows, f"cnaf/{_SPOILED}", f"pe/{_WRONG_TOTAL}", places),
                "contacts_to_rdv_insertion": len(self._feed),
                "pe": {
                    "dossiers": self._pe.dossiers,
                    "living_in_another_departement": self._pe.elsewhere,
                },
                "signals": with_pe.summary,
                "signals_without_pe": without_pe.summary,
            },
        )
        return rows

    def _keys(self, received: int) -> Keys:
        """Choose what the département holds, so that it always meets the CNAF somewhere."""
        rng = self._rng
        kept = rng.choices((15, 13, 0), (60, 20, 20 if received else 0))[0]
        if not received or not kept or rng.random() > 0.08:
            return Keys(kept)
        return Keys(kept, request=False, matricule=rng.random() < 0.5)

    def _dossier(self, member: Member, story: Story) -> Dossier:
        known = self._rng.random() < 0.85
        matricule = member.household.matricule if known else ""
        person = member.person
        match story.link:
            case Link.OTHER_BIRTH:
                person = self._registry.reborn(person)
            case Link.SAME_PROVISIONAL:
                bearer = self._registry.person()
                person, matricule = replace(bearer, nir=person.nir, birth=person.birth), ""
            case Link.NAMESAKE:
                person, matricule = self._namesake(person), ""
            case Link.SAME:
                pass
        return Dossier(person, self._registry.pe_id(), matricule, self._town(here=True), story)

    def _namesake(self, of: Person) -> Person:
        other = self._registry.person()
        while other.birth == of.birth:  # pragma: no cover - one draw in twelve thousand
            other = self._registry.person()
        return replace(other, surname=of.surname, used_name=of.used_name, first_name=of.first_name)

    def _stranger(self, *, here: bool) -> None:
        """Write somebody only Pôle emploi knows."""
        person, story = self._registry.person(), Story(self._rng.randint(10, 300))
        town = self._town(here=here)
        dossier = Dossier(person, self._registry.pe_id(), "", town, story)
        self._witness.registered(dossier, None)
        self._dossiers.put(dossier)

    def _town(self, *, here: bool) -> str:
        return places.town(self._rng, self._departement, here=here)

    def _expected(self, files: ExitStack, into: Path) -> tuple[SignalsFile, ...]:
        return tuple(
            SignalsFile(
                files.enter_context((into / "expected" / name).open("w", encoding="utf-8")),
                departement=self._departement,
                as_of=self._as_of,
                reference=reference,
            )
            for name, reference in (
                ("signals.json", pe.reference_date(self._as_of)),
                ("signals-sans-pe.json", None),
            )
        )
