"""Thirteen known defects of a contact file, each on a row of its own.

`Place` says where and of which kind; a value is never repeated there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from schemas.codes import Effect
from schemas.generator import nir

_NIR, _REQUESTED, _NAME, _PHONE, _PHONE_2, _EMAIL = 3, 5, 7, 9, 10, 11
_MARK = "\x9c"  # œ as Windows writes it: a control character in ISO-8859-15


@dataclass(frozen=True, slots=True)
class Defect:
    """One way to spoil a row: given its cells and its NIR, the spoiled cells."""

    kind: str
    column: str | None
    effect: Effect
    spoil: Callable[[list[str], str], list[str]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a defect stands; lines are physical, the header is line 1."""

    line: int
    end_line: int
    record: int
    defect: Defect


def _replaced(cells: list[str], index: int, text: str) -> list[str]:
    return [*cells[:index], text, *cells[index + 1 :]]


def _broken_line(cells: list[str]) -> list[str]:
    name = cells[_NAME]
    return _replaced(cells, _NAME, f'"{name}\nDIT {name}"')


def _marked(cells: list[str]) -> list[str]:
    name = cells[_NAME]
    return _replaced(cells, _NAME, name[:3] + _MARK + name[3:])


def _impossible_date(cells: list[str]) -> list[str]:
    return _replaced(cells, _REQUESTED, "31/02/" + cells[_REQUESTED][-4:])


_ROW, _CELL, _WARN = Effect.ROW_REFUSED, Effect.CELL_EMPTIED, Effect.WARNING
_FIRST, _SECOND = "NUMERO TELEPHONE DOSSIER", "NUMERO TELEPHONE 2 DOSSIER"
_MAIL, _HOLDER = "ADRESSE ELECTRONIQUE DOSSIER", "NOM RESPONSABLE DOSSIER"
SPOILT = (
    Defect("nir_cle", "NIR", _ROW, lambda c, n: _replaced(c, _NIR, nir.with_wrong_key(n))),
    Defect("nir_format", "NIR", _ROW, lambda c, n: _replaced(c, _NIR, nir.with_key(n)[:14])),
    Defect("date_impossible", "DATE DEMANDE RSA", _ROW, lambda c, _: _impossible_date(c)),
    Defect("valeur_manquante", "MATRICULE", _ROW, lambda c, _: _replaced(c, 0, "")),
    Defect("ligne_courte", None, _ROW, lambda c, _: c[:-1]),
    Defect("ligne_longue", None, _ROW, lambda c, _: [*c, "SURPLUS"]),
    Defect("telephone", _FIRST, _CELL, lambda c, _: _replaced(c, _PHONE, "0000000000")),
    Defect("telephone", _SECOND, _CELL, lambda c, _: _replaced(c, _PHONE_2, "06000012")),
    Defect("courriel", _MAIL, _CELL, lambda c, _: _replaced(c, _EMAIL, "a@example.org")),
    Defect("courriel", _MAIL, _CELL, lambda c, _: _replaced(c, _EMAIL, "élodie.neant@example")),
    Defect("retour_ligne_entre_guillemets", _HOLDER, _WARN, lambda c, _: _broken_line(c)),
    Defect("octet_cp1252", _HOLDER, _WARN, lambda c, _: _marked(c)),
)
TWICE = Defect("doublon", None, Effect.ROW_IGNORED, lambda c, _: c)
# Fewer people than defects and two defects would share a row.
LEAST_PEOPLE = len(SPOILT) + 1


class Defects:
    """Decides which records are spoiled, spoils them and remembers the places."""

    def __init__(self, rng: Random, people: int) -> None:
        chosen = rng.sample(range(1, people + 1), LEAST_PEOPLE)
        self._twice = chosen.pop()
        self._planned = dict(zip(chosen, SPOILT, strict=True))
        self._record, self._line = 0, 1
        self._kept: list[str] = []
        self.places: list[Place] = []

    def spoil(self, cells: list[str], nir13: str) -> list[str]:
        """Give the cells as they must be written for the next record."""
        if self._record + 1 == self._twice:
            self._kept = cells
        defect = self._planned.get(self._record + 1)
        return self._placed(defect.spoil(cells, nir13) if defect else cells, defect)

    def duplicate(self) -> list[str]:
        """Give the cells of the record to write a second time, last of the file."""
        return self._placed(self._kept, TWICE)

    def _placed(self, cells: list[str], defect: Defect | None) -> list[str]:
        self._record += 1
        first = self._line + 1
        self._line = first + sum(cell.count("\n") for cell in cells)
        if defect:
            self.places.append(Place(first, self._line, self._record, defect))
        return cells
