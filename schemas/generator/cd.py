"""The journey file of the département, `CD-PARCOURS`: UTF-8 with BOM, CRLF, one row per dated fact.

1. Some people have French dates in all their rows, some no NIR (the contact file has it, through
   NUMDEMRSA and role), some no NUMDEMRSA (their MATRICULE stands, or the NIR both sides hold).
2. Around the facts of a scenario come facts that change none of R09, R12 and R13: duties, référent,
   missed or cancelled appointments, a closed procedure.
3. Birth name or used name may be empty, never both.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import TextIO

from schemas.generator import names, nir
from schemas.generator.people import Member
from schemas.generator.scenarios import Fact

COLUMNS = (
    "ID_CD",
    "NUMDEMRSA",
    "MATRICULE",
    "ROLE",
    "NIR",
    "NOM_NAISSANCE",
    "NOM_USAGE",
    "PRENOM",
    "DATE_NAISSANCE",
    "FAIT",
    "DATE",
    "DATE_FIN",
    "CODE",
    "STATUT",
    "STRUCTURE",
)
_STRUCTURES = ("CCAS", "MAISON DES SOLIDARITES NORD", "ASSOCIATION TREMPLIN", "ESPACE INSERTION")
_WITHOUT_STRUCTURE = frozenset({"DROITS_DEVOIRS", "PROCEDURE"})


def filename(departement: str, as_of: date) -> str:
    """Name the file as the contract wants it."""
    return f"CD-PARCOURS_{departement}_{as_of:%Y%m%d}_000001_V1.csv"


@dataclass(frozen=True, slots=True)
class Keys:
    """Which identifiers the département holds: NIR on 0, 13 or 15 characters, CAF numbers or not."""

    nir: int
    request: bool = True
    matricule: bool = True


class CdFile:
    """Writes the journey file, person after person."""

    def __init__(self, file: TextIO, rng: Random, as_of: date) -> None:
        self._file, self._rng, self._as_of = file, rng, as_of
        self.rows = 0
        self._file.write("\ufeff" + ";".join(COLUMNS) + "\r\n")

    def write(self, id_cd: str, member: Member, facts: tuple[Fact, ...], keys: Keys) -> None:
        """Write every fact of one person."""
        rng = self._rng
        layout = "%d/%m/%Y" if rng.random() < 0.15 else "%Y-%m-%d"
        who = self._identity(id_cd, member, keys, layout)
        for fact in sorted((*self._around(facts), *facts), key=lambda f: -f.since):
            self._file.write(";".join((*who, *self._told(fact, layout))) + "\r\n")
            self.rows += 1

    def _identity(self, id_cd: str, member: Member, keys: Keys, layout: str) -> tuple[str, ...]:
        rng, person, household = self._rng, member.person, member.household
        spell = rng.choice((names.plain, str.upper, str))
        named = [spell(person.surname), spell(person.used_name)]
        if rng.random() < 0.15:
            named[0 if rng.random() < 0.3 else 1] = ""
        return (
            id_cd,
            household.numdemrsa if keys.request else "",
            household.matricule if keys.matricule else "",
            member.role,
            nir.with_key(person.nir)[: keys.nir],
            *named,
            spell(person.first_name),
            f"{person.birth:{layout}}",
        )

    def _around(self, facts: tuple[Fact, ...]) -> list[Fact]:
        rng = self._rng
        earliest = max((f.since for f in facts), default=rng.randint(3, 50))
        around = [Fact("DROITS_DEVOIRS", earliest + rng.randint(5, 40), status="SOUMIS")]
        oriented = [f.since for f in facts if f.kind == "ORIENTATION" and f.since >= 0]
        if oriented:
            around.append(Fact("REFERENT", max(oriented), status="ACTIF"))
        if rng.random() < 0.10:
            missed = rng.choice(("ABSENT_EXCUSE", "ABSENT_NON_EXCUSE", "ANNULE", "INCONNU"))
            around.append(
                Fact("RDV", rng.randint(1, earliest + 1), code="ENTRETIEN", status=missed)
            )
        if earliest > 100 and rng.random() < 0.03:
            around.append(Fact("PROCEDURE", 100, 70, code="EP", status="CLOSE"))
        return around

    def _told(self, fact: Fact, layout: str) -> tuple[str, ...]:
        structure = "" if fact.kind in _WITHOUT_STRUCTURE else self._rng.choice(_STRUCTURES)
        if fact.kind == "ORIENTATION" and fact.code == "EMPLOI":
            structure = "POLE EMPLOI"
        until = self._day(fact.until, layout)
        if fact.kind == "ORIENTATION" and fact.since > 20 and self._rng.random() < 0.3:
            until = self._day(fact.since - self._rng.randint(2, 15), layout)  # notified on
        return fact.kind, self._day(fact.since, layout), until, fact.code, fact.status, structure

    def _day(self, before: int | None, layout: str) -> str:
        if before is None:
            return ""
        return f"{self._as_of - timedelta(days=before):{layout}}"


def opened(folder: Path, departement: str, as_of: date) -> TextIO:
    """Open the file; line ends are written by hand, so none is translated."""
    return (folder / filename(departement, as_of)).open("w", encoding="utf-8", newline="")
