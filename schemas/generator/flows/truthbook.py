"""Who is who across flows: the truth a linkage is judged by, one person a line.

1. `truth/persons.json`: number, household, role, true identity, identifiers in each flow, and what
   makes them hard to recognise (names varied, uncertain birth, twin, number replaced).
2. `truth/households.json`: number, fund, matricule, persons, state of the right.
3. Two dossiers of Pôle emploi that look like somebody's but are another's (provisional number borne
   by two people, namesakes) are two persons here.
"""

import json
from pathlib import Path
from typing import TextIO

from schemas.generator import nir
from schemas.generator.people import Person

Json = dict[str, object]


class TruthBook:
    """Writes both files as people come; nothing is remembered but counts."""

    def __init__(self, persons: TextIO, households: TextIO) -> None:
        self._persons, self._households = persons, households
        self.persons = self.households = 0
        persons.write('{"personnes": [')
        households.write('{"menages": [')

    def person(
        self, person: Person, *, household: str = "", role: str = "", flows: Json, **more: object
    ) -> str:
        """Write one person and give their number; what is empty is left out."""
        self.persons += 1
        number = f"P{self.persons:07d}"
        told: Json = {
            "id": number,
            "menage": household,
            "role": role,
            "nir": nir.with_key(person.nir),
            "naissance": person.birth.isoformat(),
            "nom_naissance": person.surname,
            "nom_usage": person.used_name,
            "prenom": person.first_name,
            "flux": flows,
            **more,
        }
        kept = {key: value for key, value in told.items() if value}
        _line(self._persons, kept, first=self.persons == 1)
        return number

    def household(self, told: Json) -> str:
        """Write one household and give its number."""
        self.households += 1
        number = f"M{self.households:07d}"
        _line(self._households, {"id": number, **told}, first=self.households == 1)
        return number

    def next_household(self) -> str:
        """Give the number the next household will have."""
        return f"M{self.households + 1:07d}"

    def finish(self) -> None:
        """Close both documents."""
        for file in (self._persons, self._households):
            file.write("\n]}\n")


def opened(folder: Path, name: str) -> TextIO:
    """Open a file of the truth."""
    folder.mkdir(parents=True, exist_ok=True)
    return (folder / name).open("w", encoding="utf-8")


def _line(file: TextIO, told: Json, *, first: bool) -> None:
    file.write(("\n" if first else ",\n") + json.dumps(told, ensure_ascii=False))
