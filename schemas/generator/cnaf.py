"""The CNAF contact file, and its twin with one of each known defect.

1. Twelve columns, `;`, header quoted and data not, ISO-8859-15, LF, no newline at the end.
2. A MATRICULE sometimes lost its leading zeros; names are those of the household's applicant, the
   NIR (absent, 13 or 15 characters) is the person's own.
3. In the twin, each defect stands on a row of its own and `places` says where, never what.
"""

from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import TextIO

from schemas.generator import names, nir
from schemas.generator.defects import Defects
from schemas.generator.people import Member

COLUMNS = (
    "MATRICULE",
    "ROLE PERSONNE",
    "TYPE PERSONNE",
    "NIR",
    "NUMERO DEMANDE RSA",
    "DATE DEMANDE RSA",
    "DATE DEBUT DROITS - DEVOIRS",
    "NOM RESPONSABLE DOSSIER",
    "PRENOM RESPONSABLE DOSSIER",
    "NUMERO TELEPHONE DOSSIER",
    "NUMERO TELEPHONE 2 DOSSIER",
    "ADRESSE ELECTRONIQUE DOSSIER",
)
_ROLES = {"DEM": "DEMANDEUR", "CJT": "CONJOINT"}
HEADER = ";".join(f'"{column}"' for column in COLUMNS)


def row(rng: Random, member: Member, nir_form: int, as_of: date) -> list[str]:
    """Write a member as the CNAF would; `nir_form` is 0, 13 or 15 characters."""
    household, person = member.household, member.person
    applicant = household.applicant
    spell = rng.choice((names.plain, str.upper))
    matricule = household.matricule
    duties = min(household.requested + timedelta(days=rng.randint(4, 60)), as_of)
    return [
        matricule.lstrip("0") if rng.random() < 0.3 else matricule,
        _ROLES[member.role],
        "Madame" if person.woman else "Monsieur",
        nir.with_key(person.nir)[:nir_form],
        household.numdemrsa,
        f"{household.requested:%d/%m/%Y}",
        "" if rng.random() < 0.05 else f"{duties:%d/%m/%Y}",
        spell(applicant.surname),
        spell(applicant.first_name),
        *member.contacts.written_phones,
        member.contacts.written_email,
    ]


class CnafFile:
    """Writes both files, row after row, with the defects where they were decided."""

    def __init__(self, clean: TextIO, spoiled: TextIO, defects: Defects) -> None:
        self._clean, self._spoiled, self._defects = clean, spoiled, defects
        self.rows = 0
        clean.write(HEADER)
        spoiled.write(HEADER)

    def write(self, record: tuple[list[str], str]) -> None:
        """Write one record: its cells, and the thirteen characters of its NIR."""
        cells, nir13 = record
        self.rows += 1
        self._clean.write("\n" + ";".join(cells))
        self._spoiled.write("\n" + ";".join(self._defects.spoil(cells, nir13)))

    def finish(self) -> None:
        """Write the duplicate, last row of the file with defects."""
        self._spoiled.write("\n" + ";".join(self._defects.duplicate()))


def opened(folder: Path, name: str) -> TextIO:
    """Open a file in the CNAF's encoding."""
    return (folder / name).open("w", encoding="iso-8859-15", newline="")
