"""What a crossing does with who is who: decisions read before, questions asked and changes written after.

1. What people decided is read with the identity index: a decision is a fact of the crossing.
2. The questions of a crossing replace those of the one before; the frame of who changed person is sealed
   with identities. Doing it twice is doing it once.
3. A crossing of a day before the last one asks nothing: what waits for people is about today.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import polars as pl
from sqlalchemy import Connection, Engine

from gateway.archive import Archive
from gateway.identity.changes import changes
from gateway.identity.decisions import NONE
from gateway.identity.pairing import LEFT, RIGHT
from gateway.identity.passes import WHY, Grade, Why
from gateway.identity.residue import BAND, REASONS, WEIGHT
from gateway.identity.resolve import Resolution, resolve
from gateway.identity.scoring import FellegiSunter, default
from gateway.store.database import one_writer
from gateway.store.link_changes import Changed, keep_change
from gateway.store.link_questions import BETWEEN, Asked, keep_questions
from gateway.store.links import in_force
from gateway.store.releases import Crossed, last_crossing


def decisions_of(connection: Connection, departement: str) -> pl.DataFrame:
    """What people decided, as `resolve` reads it."""
    rows = [(one.left, one.right, one.verdict) for one in in_force(connection, departement)]
    return pl.DataFrame(rows, schema=NONE.schema, orient="row")


def who_is_who(
    index: pl.DataFrame, decisions: pl.DataFrame, *, link_scored: bool = False
) -> Resolution:
    """Who is who for everybody who asks: the passes, what people decided, then the weights in force."""
    return resolve(index, decisions, FellegiSunter(default()), link_scored=link_scored)


def keep_who_is_who(
    engine: Engine,
    identities: Archive,
    found: Resolution,
    *,
    crossing: str,
    departement: str,
    as_of: date,
    now: datetime | None = None,
) -> dict[str, int]:
    """Ask people, and record merges and splits; give counts for the crossing's ledger entry."""
    with engine.begin() as connection:
        last = last_crossing(connection, departement)
    if last is not None and last.as_of > as_of:
        return {}
    changed = _changed(identities, found.persons, crossing, last)
    with one_writer(engine) as connection:
        if changed is not None:
            keep_change(connection, changed)
        at = now or datetime.now(UTC)
        waiting = keep_questions(connection, departement, asked_of(found), now=at)
    merges, splits = (changed.merges, changed.splits) if changed else (0, 0)
    return {"questions": waiting, "reunies": merges, "separees": splits}


def asked_of(found: Resolution) -> Iterator[Asked]:
    """Every pair that a person must judge."""
    for left, right, why in found.doubts.select(LEFT, RIGHT, WHY).iter_rows():
        grade = Grade.SHORT_PE if why == Why.SHORT_PE.value else Grade.CONTRADICTION
        yield Asked(left, right, grade.value, why)
    for left, right, weight, why, band in found.proposals.select(
        LEFT, RIGHT, WEIGHT, REASONS, BAND
    ).iter_rows():
        yield Asked(left, right, Grade.SCORE.value, BETWEEN.join(why or []), band, weight)


def _changed(
    identities: Archive, persons: pl.DataFrame, crossing: str, last: Crossed | None
) -> Changed | None:
    if last is None or not last.persons or last.id == crossing:
        return None
    told = changes(identities.read(last.persons), persons)
    if told.moved.is_empty():
        return None
    sealed = identities.write(told.moved)
    return Changed(crossing, last.departement, last.id, told.merges, told.splits, sealed)
