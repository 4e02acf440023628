"""What is kept of one person: the files that speak of them, their signals, the releases that left meanwhile.

References, dates and rules only: their lines stay sealed. A release is listed when it was made for their
département: its sealed copy cannot be opened here, so it is said to have been able to carry them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl
from sqlalchemy import Connection

from gateway.identity.index import SUBJECT
from gateway.retention.keeper import Keeper
from gateway.retention.whereabouts import Whole
from gateway.store.releases import all_releases
from gateway.store.retention import first_received
from gateway.store.rewriting import crossings_of, files_of


@dataclass(frozen=True, slots=True)
class InFile:
    """One kept file that speaks of the person, and how many of its lines do."""

    delivery: str
    flow: str
    partner: str
    reference_date: date
    received_on: date
    lines: int


@dataclass(frozen=True, slots=True)
class InCrossing:
    """What one crossing said of the person: each rule with its result."""

    as_of: date
    version: str
    said: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class InRelease:
    """One release of the département, which may have carried the person."""

    release: str
    product: str
    recipient: str
    period: date
    delivered: bool


@dataclass(frozen=True, slots=True)
class Holdings:
    """Everything that is kept of one person."""

    files: Sequence[InFile]
    crossings: Sequence[InCrossing]
    releases: Sequence[InRelease]
    doubtful: int

    def counts(self) -> dict[str, int]:
        """How many of each, as both people of an erasure read it."""
        return {
            "fichiers": len(self.files),
            "croisements": len(self.crossings),
            "publications": len(self.releases),
            "dossiers_en_doute": self.doubtful,
        }


def holdings(keeper: Keeper, departement: str, person: Whole) -> Holdings:
    """Look through every kept file and crossing of the département."""
    subjects = sorted(person.subjects)
    names = sorted(keeper.names(pl.Series(SUBJECT, subjects, pl.String)))
    with keeper.engine.begin() as connection:
        parts = files_of(connection, departement)
        crossings = crossings_of(connection, departement)
        received = first_received(connection)
        releases = _releases(connection, departement)
    files = []
    for row in parts:
        lines = keeper.journeys.read(row.facts).filter(pl.col("PERSONNE").is_in(names)).height
        if lines:
            on = received[row.delivery].date()
            files.append(InFile(row.delivery, row.flow, row.partner, row.reference_date, on, lines))
    said = [
        InCrossing(row.as_of, row.version, _said(keeper, row.signals, names)) for row in crossings
    ]
    return Holdings(files, [one for one in said if one.said], releases, person.doubtful)


def _said(keeper: Keeper, signals: str, names: Sequence[str]) -> tuple[tuple[str, str], ...]:
    theirs = keeper.journeys.read(signals).filter(pl.col("PERSONNE").is_in(list(names)))
    return tuple(theirs.select("REGLE", "RESULTAT").sort("REGLE").iter_rows())


def _releases(connection: Connection, departement: str) -> Sequence[InRelease]:
    return [
        InRelease(row.id, row.product, row.recipient, row.period, row.delivered)
        for row in all_releases(connection)
        if row.departement == departement
    ]
