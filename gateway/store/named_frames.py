"""Which sealed frames name people, in which epoch each was seen, and the exchange of one for another.

1. `NAMED` lists every column that holds the digest of a frame with PERSONNE. Whoever adds such a column
   adds it there, or its frame stays under an old epoch.
2. A frame is exchanged in one unit of work: each column that held the old digest holds the new one, and
   the ledger says which replaced which. A reader has one or the other, never half of both.
3. What was replaced is erased later: a walk may have read its digest an instant before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Column, Connection, Engine, Table, delete, insert, select, update

from gateway.ledger.entry import Act, Entry
from gateway.ledger.log import append
from gateway.store.database import one_writer
from gateway.store.deliveries import index_digest
from gateway.store.tables import CROSSING, NAMED_FRAME, PARTITION

# Each table has a column `departement`.
NAMED: Final[Sequence[tuple[Table, str]]] = (
    (PARTITION, "facts"),
    (CROSSING, "signals"),
    (CROSSING, "people"),
    (CROSSING, "lives"),
)


@dataclass(frozen=True, slots=True)
class Left:
    """What is left to see of a département: frames not known to be of an epoch, and the index that knows them all."""

    departement: str
    index: str | None
    digests: Sequence[str]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One frame rewritten: from `old` of epoch `was` to `new` of `epoch`; `dropped` rows were nobody's."""

    departement: str
    old: str
    was: str
    new: str
    epoch: str
    rows: int
    dropped: int
    at: datetime


def left(connection: Connection, epoch: str) -> Sequence[Left]:
    """Frames that name people and were not seen in this epoch, with the index of the same instant."""
    seen = select(NAMED_FRAME.c.digest).where(NAMED_FRAME.c.epoch == epoch)
    found: dict[str, set[str]] = {}
    for table, name in NAMED:
        column: Column[str] = table.c[name]
        rows = connection.execute(
            select(table.c.departement, column).where(column != "", column.not_in(seen))
        )
        for departement, digest in rows:
            found.setdefault(departement, set()).add(digest)
    return [
        Left(departement, index_digest(connection, departement), sorted(digests))
        for departement, digests in sorted(found.items())
    ]


def see(engine: Engine, digest: str, epoch: str) -> None:
    """A frame is of this epoch already, or names nobody: it is looked at no more."""
    with one_writer(engine) as connection:
        _write(connection, digest, epoch)


def exchange(engine: Engine, done: Exchange) -> None:
    """The new frame in the place of the old one, wherever it was. Twice is once."""
    with one_writer(engine) as connection:
        moved = 0
        for table, name in NAMED:
            column: Column[str] = table.c[name]
            moved += connection.execute(
                update(table).where(column == done.old).values({name: done.new})
            ).rowcount
        if not moved:
            return
        _write(connection, done.new, done.epoch)
        _write(connection, done.old, done.was, replaced_by=done.new, replaced_at=done.at)
        append(connection, _entry(done))


def replaced(connection: Connection, before: datetime) -> Sequence[str]:
    """The frames replaced before this instant that still stand and that nothing names, oldest first."""
    named = [NAMED_FRAME.c.digest.not_in(select(table.c[name])) for table, name in NAMED]
    waits = NAMED_FRAME.c.replaced_by.is_not(None) & NAMED_FRAME.c.erased_at.is_(None)
    rows = connection.execute(
        select(NAMED_FRAME.c.digest, NAMED_FRAME.c.replaced_at)
        .where(waits, *named)
        .order_by(NAMED_FRAME.c.replaced_at, NAMED_FRAME.c.digest)
    )
    return [digest for digest, at in rows if at <= before]


def mark_erased(engine: Engine, digest: str, at: datetime) -> None:
    """Its bytes are gone."""
    with one_writer(engine) as connection:
        connection.execute(
            update(NAMED_FRAME).where(NAMED_FRAME.c.digest == digest).values(erased_at=at)
        )


def _write(connection: Connection, digest: str, epoch: str, **more: object) -> None:
    """What is known of a frame, in place of what was."""
    connection.execute(delete(NAMED_FRAME).where(NAMED_FRAME.c.digest == digest))
    connection.execute(insert(NAMED_FRAME).values(digest=digest, epoch=epoch, **more))


def _entry(done: Exchange) -> Entry:
    facts: dict[str, str | int] = {
        "from": done.was,
        "to": done.epoch,
        "replaced_sha256": done.old,
        "by_sha256": done.new,
        "rows": done.rows,
        "rows_of_nobody": done.dropped,
    }
    return Entry(Act.PSEUDONYMS_ROTATED, done.at, done.departement, facts=facts)
