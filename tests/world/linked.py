"""A small town whose links a test reads: subjects by the keys partners use, decisions by the same."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from gateway.identity.decisions import NONE
from gateway.identity.index import SUBJECT
from gateway.identity.resolve import Resolution, resolve
from tests.world.census import BENEFICIARIES, CD, CNAF, PE, File, Row, born, cd, known, name_of

DURAND = ("Durand", "Le Goff", "Jean-Pierre")


@dataclass(frozen=True)
class Town:
    """An index, and its subjects as a test calls them."""

    index: pl.DataFrame
    names: dict[str, str]

    def resolved(self, *decided: tuple[str, str, str], **asked: object) -> Resolution:
        ids = {name: subject for subject, name in self.names.items()}
        rows = [(ids[left], ids[right], verdict) for left, right, verdict in decided]
        decisions = pl.DataFrame(rows, schema=NONE.schema, orient="row")
        return resolve(self.index, decisions, **asked)  # type: ignore[arg-type]

    def grades(self, *decided: tuple[str, str, str]) -> dict[str, str]:
        found = self.resolved(*decided).grades
        return {self.names[person]: grade for person, grade in found.iter_rows()}

    def together(self, name: str, *decided: tuple[str, str, str]) -> set[str]:
        """The other subjects of the person this one is."""
        of = {self.names[s]: p for s, p in self.resolved(*decided).persons.iter_rows()}
        return {other for other, person in of.items() if person == of[name]} - {name}

    def doubts(self) -> set[tuple[str, str, str]]:
        rows = self.resolved().doubts.iter_rows()
        return {(self.names[left], self.names[right], why) for left, right, why in rows}


def town(**files: Sequence[Row]) -> Town:
    flows = {"cd": CD, "born": BENEFICIARIES, "contacts": CNAF, "pe": PE}
    index = known(*(File(flows[flow], tuple(rows)) for flow, rows in files.items()))
    return Town(index, dict(zip(index[SUBJECT], name_of(index), strict=True)))


def followed(
    *dossiers: Row, nir: str | None = None, names: tuple[str, str, str] = DURAND, **cnaf: object
) -> Town:
    """One person of the département, whom the CNAF knows, and dossiers."""
    return town(
        cd=[cd("a", request="R1", matricule="0000042")],
        born=[born("R1", nir, matricule="0000042", names=names, **cnaf)],  # type: ignore[arg-type]
        pe=dossiers,
    )
