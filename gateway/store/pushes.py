"""What was pushed of a release to a place that takes people and not files: batch after batch.

1. A batch is done once, and said by count: how many were taken, how many refused, for which kinds of fault.
2. The last one writes the ledger's entry with the totals, in the same unit of work. A push that was stopped
   in the middle says so too, with what had left by then.
3. Before each batch: the release has its entry, was not withdrawn, and its habilitation still stands.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, delete, func, insert, select

from gateway.errors import NotAuthorised
from gateway.ledger.entry import Act, Entry
from gateway.ledger.log import append
from gateway.store.database import one_writer
from gateway.store.habilitations import current
from gateway.store.releases import find_release
from gateway.store.tables import PUSHED_BATCH

LONGEST: Final = 200


class BatchState(StrEnum):
    """Where a batch stands; values are stable."""

    DONE = "DONE"
    FAILED = "FAILED"  # tried, to be tried again
    STOPPED = "STOPPED"  # no longer allowed


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch of a release, by count. `kinds`: of the rows refused, one word each."""

    release: str
    number: int
    rows: int
    kinds: tuple[str, ...] = ()


def done_of(connection: Connection, release: str) -> frozenset[int]:
    """The numbers of the batches that need not be pushed again."""
    table = PUSHED_BATCH.c
    found = select(table.number).where(table.release == release, table.state == BatchState.DONE)
    return frozenset(connection.scalars(found))


def check_may_push(connection: Connection, release: str, *, now: datetime | None = None) -> None:
    """Raise `NotAuthorised` unless what is left of this release may leave now."""
    row = find_release(connection, release)
    if row is None:
        raise NotAuthorised("aucune écriture au journal : rien ne sort")
    if row.withdrawn_at is not None:
        raise NotAuthorised("cette publication a été reprise")
    on = (now or datetime.now(UTC)).date()
    standing = current(connection, row.habilitation, on)
    if standing is None or not standing.is_open(on):
        raise NotAuthorised(f"l'habilitation {row.habilitation} n'est plus en vigueur")


def keep_done(engine: Engine, batch: Batch, *, of: int, now: datetime | None = None) -> None:
    """This batch was taken; the last of `of` writes the entry. Twice is once."""
    at = now or datetime.now(UTC)
    with one_writer(engine) as connection:
        if batch.number in done_of(connection, batch.release):
            return
        _write(connection, batch, BatchState.DONE, _summary(batch.kinds), at)
        if len(done_of(connection, batch.release)) == of:
            append(connection, _entry(connection, batch.release, at, left=0))


def keep_failed(engine: Engine, batch: Batch, why: str, *, now: datetime | None = None) -> None:
    """This batch was tried and will be again. `why`: a kind of error, no sentence of anybody's."""
    with one_writer(engine) as connection:
        if batch.number not in done_of(connection, batch.release):
            _write(connection, batch, BatchState.FAILED, why, now or datetime.now(UTC))


def keep_stopped(engine: Engine, batch: Batch, *, of: int, now: datetime | None = None) -> None:
    """It is no longer allowed, from this batch on: what had left is written, once."""
    at = now or datetime.now(UTC)
    with one_writer(engine) as connection:
        done = len(done_of(connection, batch.release))
        known = select(PUSHED_BATCH.c.state).where(
            PUSHED_BATCH.c.release == batch.release, PUSHED_BATCH.c.number == batch.number
        )
        if done == 0 or connection.scalar(known) in {BatchState.STOPPED, BatchState.DONE}:
            return
        _write(connection, batch, BatchState.STOPPED, "", at)
        append(connection, _entry(connection, batch.release, at, left=of - done))


def _write(
    connection: Connection, batch: Batch, state: BatchState, error: str, at: datetime
) -> None:
    table = PUSHED_BATCH
    connection.execute(
        delete(table).where(table.c.release == batch.release, table.c.number == batch.number)
    )
    connection.execute(
        insert(table).values(
            release=batch.release,
            number=batch.number,
            state=state.value,
            rows=batch.rows,
            refused=len(batch.kinds),
            error=error[:LONGEST],
            tried_at=at,
        )
    )


def _entry(connection: Connection, release: str, at: datetime, *, left: int) -> Entry:
    table = PUSHED_BATCH.c
    totals = select(func.count(), func.sum(table.rows), func.sum(table.refused))
    done = totals.where(table.release == release, table.state == BatchState.DONE)
    batches, rows, refused = connection.execute(done).one()
    facts: dict[str, str | int] = {
        "batches": int(batches),
        "pushed": int(rows or 0) - int(refused or 0),
        "refused": int(refused or 0),
        "batches_left": left,
    }
    return Entry(Act.RELEASE_PUSHED, at, release, facts=facts)


def pushed_of(connection: Connection, release: str) -> list[Row[Any]]:
    """Every batch of a release, in order."""
    query = select(PUSHED_BATCH).where(PUSHED_BATCH.c.release == release)
    return list(connection.execute(query.order_by(PUSHED_BATCH.c.number)))


def _summary(kinds: Iterable[str]) -> str:
    counted: Mapping[str, int] = Counter(kinds)
    return ",".join(f"{kind}:{number}" for kind, number in sorted(counted.items()))
