"""Deliveries treated again by decision: asked for, waiting, done.

1. A replay is a delivery of its own: another id, another verdict, other acknowledgements, linked to the
   first delivery of its line. A replay of a replay is one more replay of that first one.
2. Its bytes are those received then, sealed in the vault: nothing is transferred.
3. The request and its ledger entry are one unit of work. One replay of a delivery waits at a time: a
   request typed twice is one replay.
4. It waits until its verdict is of record: nothing else says that it was done.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, insert, select

from gateway.errors import NotAuthorised
from gateway.ledger.entry import Act, Entry
from gateway.ledger.log import append
from gateway.store.database import one_writer
from gateway.store.deliveries import find_delivery
from gateway.store.discards import Given, gave_up
from gateway.store.quarantine import WAIVED, Standing, find_held
from gateway.store.tables import DELIVERY, GIVEN_UP, PARTITION, REPLAY
from schemas.codes import Code


@dataclass(frozen=True, slots=True)
class Replay:
    """One replay asked for. `rank` counts those of the same original, from 1."""

    id: str
    original: str
    rank: int
    waives: str
    motive: str
    by: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Origin:
    """What is remembered of the delivery that a replay treats again."""

    row: Row[Any]
    sent_at: datetime
    spoke_of: date
    waives: tuple[Code, ...]

    @property
    def is_well_named(self) -> bool:
        """Whether its name was accepted: that check is the first of all."""
        return bool(self.row.code != Code.UNKNOWN_NAME)


def ask_replay(
    engine: Engine, delivery: str, *, by: str, motive: str, now: datetime | None = None
) -> Replay:
    """Have a delivery treated again. Raises `NotAuthorised` with what prevents it."""
    at = now or datetime.now(UTC)
    with one_writer(engine) as connection:
        original = original_of(connection, delivery)
        held = find_held(connection, original)
        if held is not None and held.standing is Standing.HELD:
            raise NotAuthorised(
                f"{original} est en quarantaine : passerelle quarantine release, à deux personnes"
            )
        if held is not None and held.standing is not Standing.RELEASED:
            raise NotAuthorised(f"{original} a été écarté : demandez un nouvel envoi")
        return order(connection, original, waives="", by=by, motive=motive, at=at)


def order(
    connection: Connection, original: str, *, waives: str, by: str, motive: str, at: datetime
) -> Replay:
    """Write a request down, in the caller's unit of work. Raises `NotAuthorised`."""
    row = find_delivery(connection, original)
    if row is None or not row.digest:
        raise NotAuthorised(f"{original} : ses octets n'ont jamais été à nous, rien à rejouer")
    if connection.scalar(gave_up(Given.RECEIVED).where(GIVEN_UP.c.holder == original)):
        raise NotAuthorised(f"{original} : ses octets ont été effacés, demandez un nouvel envoi")
    earlier = _ids_of(connection, original)
    done = set(connection.scalars(select(DELIVERY.c.id).where(DELIVERY.c.id.in_(earlier))))
    if set(earlier) - done:
        raise NotAuthorised(f"une reprise de {original} attend déjà la prochaine tournée")
    rank = len(earlier) + 1
    identity = replay_id(row.flow, original, rank)
    values = {"id": identity, "original": original, "waives": waives, "motive": motive, "by": by}
    connection.execute(insert(REPLAY).values(**values, asked_at=at))
    facts: dict[str, str | int] = {"replay_of": original, "rank": rank, "flow": row.flow}
    if waives:
        facts["waives"] = waives
    append(connection, Entry(Act.DELIVERY_REPLAYED, at, identity, actor=by, facts=facts))
    return Replay(identity, original, rank, waives, motive, by, at)


def original_of(connection: Connection, delivery: str) -> str:
    """The first delivery of its line. Raises `NotAuthorised` when there is none of that id."""
    row = find_delivery(connection, delivery)
    if row is None:
        raise NotAuthorised(f"aucun dépôt {delivery} : passerelle flow list les donne")
    return str(row.replay_of or row.id)


def replay_id(flow: str, original: str, rank: int) -> str:
    """The id of the delivery that a replay will be: the same however often it is computed."""
    stamp = "\x1f".join(("rejeu", original, str(rank)))
    return f"{flow}-{hashlib.sha256(stamp.encode()).hexdigest()[:16]}"


def waiting_replays(connection: Connection) -> Sequence[tuple[str, str]]:
    """(replay, département) of each request without a verdict, oldest first."""
    original = DELIVERY.alias("original")
    done = select(DELIVERY.c.id).where(DELIVERY.c.id == REPLAY.c.id).exists()
    rows = connection.execute(
        select(REPLAY.c.id, original.c.departement)
        .join(original, original.c.id == REPLAY.c.original)
        .where(~done)
        .order_by(REPLAY.c.asked_at, REPLAY.c.id)
    )
    return [(row.id, row.departement) for row in rows]


def find_replay(connection: Connection, replay: str) -> Replay | None:
    """One request."""
    row = connection.execute(select(REPLAY).where(REPLAY.c.id == replay)).first()
    return None if row is None else _of(connection, row)


def replays_of(connection: Connection, original: str) -> Sequence[Replay]:
    """The requests about one delivery, oldest first."""
    rows = connection.execute(select(REPLAY).where(REPLAY.c.original == original)).all()
    return sorted((_of(connection, row) for row in rows), key=lambda one: one.rank)


def origin(connection: Connection, replay: Replay) -> Origin:
    """What a replay starts from. A refused delivery left no hour of sending: that of reception serves.

    What two people ever set aside for these bytes stays so: a file with two faults is released twice.
    """
    row = find_delivery(connection, replay.original)
    if row is None:
        raise LookupError("a replay of a delivery that is not there")
    sent = connection.scalar(
        select(PARTITION.c.sent_at).where(PARTITION.c.delivery == replay.original)
    )
    sent_at = sent or row.received_at
    codes = select(REPLAY.c.waives).where(REPLAY.c.original == replay.original)
    known = {Code(code) for code in connection.scalars(codes) if code}
    waives = tuple(sorted({code for one in known for code in WAIVED[one]}))
    return Origin(row, sent_at, row.reference_date or sent_at.date(), waives)


def _of(connection: Connection, row: Row[Any]) -> Replay:
    total = connection.scalar(
        select(func.count()).select_from(REPLAY).where(REPLAY.c.original == row.original)
    )
    ranks = range(1, (total or 0) + 1)
    flow = row.id.rpartition("-")[0]
    rank = next(n for n in ranks if replay_id(flow, row.original, n) == row.id)
    return Replay(row.id, row.original, rank, row.waives, row.motive, row.by, row.asked_at)


def _ids_of(connection: Connection, original: str) -> list[str]:
    return list(connection.scalars(select(REPLAY.c.id).where(REPLAY.c.original == original)))
