"""People as three files tell of them, and what the identity index makes of it, in words a test reads.

A `File` is one delivery's accepted rows; `known(files)` is the index after them, in that order;
`links(index)` names persons by the keys partners use, so that random subjects never show.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import polars as pl

from gateway.identity.index import SUBJECT, empty, enrol
from gateway.identity.passes import GRADE
from gateway.identity.resolve import PERSON, resolve

CD, CNAF, PE = "cd-parcours", "cnaf-contacts", "pe-parcours"
COLUMNS: Mapping[str, Mapping[str, type[pl.DataType]]] = {
    CD: {
        "ID_CD": pl.String,
        "NUMDEMRSA": pl.String,
        "MATRICULE": pl.String,
        "ROLE": pl.String,
        "NIR": pl.String,
        "DATE_NAISSANCE": pl.Date,
    },
    CNAF: {
        "MATRICULE": pl.String,
        "ROLE PERSONNE": pl.String,
        "NIR": pl.String,
        "NUMERO DEMANDE RSA": pl.String,
    },
    PE: {
        "NIR": pl.String,
        "DATE_NAISSANCE": pl.Date,
        "IDENTIFIANT_CAF": pl.String,
        "IDENTIFIANT_PE": pl.String,
    },
}
Row = tuple[str | date | None, ...]


@dataclass(frozen=True)
class File:
    """Accepted rows of one flow, the day they speak of, and the hour they were sent."""

    flow: str
    rows: tuple[Row, ...]
    as_of: date = date(2022, 6, 15)
    hour: int = 0

    @property
    def frame(self) -> pl.DataFrame:
        return pl.DataFrame(list(self.rows), schema=dict(COLUMNS[self.flow]), orient="row")

    @property
    def sent(self) -> datetime:
        return datetime(2022, 6, 15, self.hour, tzinfo=UTC)


@dataclass(frozen=True)
class Links:
    """Persons as sets of keys, and the grade of each CD identifier."""

    persons: frozenset[frozenset[str]]
    grades: Mapping[str, str]

    def of(self, key: str) -> frozenset[str]:
        """The other keys of the person this key names."""
        (person,) = [person for person in self.persons if key in person]
        return person - {key}


def cd(
    name: str,
    nir: str | None = None,
    born: date = date(1985, 3, 12),
    *,
    request: str | None = None,
    matricule: str | None = None,
    role: str = "DEM",
) -> Row:
    return (name, request, matricule, role, nir, born)


def cnaf(
    request: str | None, nir: str | None = None, *, matricule: str = "0000001", role: str = "DEM"
) -> Row:
    spelled = {"DEM": "DEMANDEUR", "CJT": "CONJOINT"}[role]
    return (matricule, spelled, nir, request)


def pe(name: str, nir: str | None = None, born: date = date(1985, 3, 12)) -> Row:
    return (nir, born, None, name)


def number(born: date, order: int, *, first: str = "1", place: str = "08") -> str:
    """Thirteen characters that agree with a birth date; no key, and a town that does not exist."""
    return f"{first}{born:%y%m}{place}950{order:03d}"


def known(*files: File) -> pl.DataFrame:
    index = empty()
    for file in files:
        index, _ = enrol(
            index, file.flow, "partenaire", file.frame, as_of=file.as_of, sent=file.sent
        )
    return index


def links(index: pl.DataFrame) -> Links:
    found = resolve(index)
    named = index.select(SUBJECT, name_of(index))
    persons = found.persons.join(named, on=SUBJECT).group_by(PERSON).agg("NAME")
    grades = found.grades.join(named, left_on=PERSON, right_on=SUBJECT).select("NAME", GRADE)
    return Links(
        frozenset(frozenset(names) for names in persons["NAME"].to_list()),
        dict(grades.iter_rows()),
    )


def name_of(index: pl.DataFrame) -> pl.Series:
    """A subject as a test calls it: `cd:A`, `cnaf:request/matricule/role`, `pe:B`."""
    return pl.Series("NAME", list(_names(index.select("FLOW", "KEY").iter_rows())))


def _names(rows: Iterable[Sequence[str]]) -> Iterable[str]:
    for flow, key in rows:
        parts = key.split("\x1f")[1:]
        match flow:
            case "cnaf-contacts":
                role = {"DEMANDEUR": "DEM", "CONJOINT": "CJT"}[parts[2]]
                yield f"cnaf:{parts[0]}/{parts[1]}/{role}"
            case "pe-parcours":
                yield f"pe:{parts[0]}"
            case _:
                yield f"cd:{parts[0]}"
