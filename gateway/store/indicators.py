"""Editions of the indicators: each adds the tables it was the first to publish, with its ledger entry."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, insert, select

from gateway.ledger.entry import Entry
from gateway.ledger.log import append
from gateway.store.database import one_writer
from gateway.store.tables import INDICATOR_EDITION


class Overtaken(Exception):
    """Another edition was published since the one this one follows."""


@dataclass(frozen=True, slots=True)
class PublishedEdition:
    """One edition of record. `tables`: the JSON list of those it was the first to publish."""

    departement: str
    number: int
    as_of: date
    threshold: int
    granularity: str
    tables: str
    digest: str


def keep_edition(
    engine: Engine, edition: PublishedEdition, entry: Callable[[PublishedEdition], Entry]
) -> int:
    """Store an edition and its entry. Raises `Overtaken` unless it follows the last one."""
    with one_writer(engine) as connection:
        if _last(connection, edition.departement) != edition.number - 1:
            raise Overtaken
        index = append(connection, entry(edition))
        connection.execute(
            insert(INDICATOR_EDITION).values(
                departement=edition.departement,
                number=edition.number,
                as_of=edition.as_of,
                threshold=edition.threshold,
                granularity=edition.granularity,
                tables=edition.tables,
                digest=edition.digest,
                ledger_index=index,
            )
        )
        return index


def editions_of(connection: Connection, departement: str) -> Sequence[PublishedEdition]:
    """Every edition of a département, the oldest first."""
    rows = connection.execute(
        select(INDICATOR_EDITION)
        .where(INDICATOR_EDITION.c.departement == departement)
        .order_by(INDICATOR_EDITION.c.number)
    ).all()
    return [_edition(row) for row in rows]


def _last(connection: Connection, departement: str) -> int:
    found = connection.scalar(
        select(func.max(INDICATOR_EDITION.c.number)).where(
            INDICATOR_EDITION.c.departement == departement
        )
    )
    return found or 0


def _edition(row: Row[Any]) -> PublishedEdition:
    return PublishedEdition(
        row.departement,
        row.number,
        row.as_of,
        row.threshold,
        row.granularity,
        row.tables,
        row.digest,
    )
