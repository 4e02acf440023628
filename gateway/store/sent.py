"""What a partner sent, as it may read it itself: its own deliveries, each with what became of it.

1. A delivery is found by its own name, or by the key of its arrival: the name it had while it waited.
2. One set aside in quarantine is refused, and may yet be treated: it is said.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from gateway.delivery import Verdict
from gateway.store.quarantine import Standing
from gateway.store.tables import DELIVERY, QUARANTINE


@dataclass(frozen=True, slots=True)
class Asked:
    """Which deliveries: of a flow, received on a day or later, written before an index."""

    flow: str = ""
    since: date | None = None
    before: int | None = None


def sent_by(
    connection: Connection, partner: str, asked: Asked, *, limit: int
) -> Sequence[Row[Any]]:
    """The deliveries of a partner, the last judged first, so many at most."""
    query = select(DELIVERY).where(DELIVERY.c.partner == partner)
    if asked.flow:
        query = query.where(DELIVERY.c.flow == asked.flow)
    if asked.since is not None:
        start = datetime(asked.since.year, asked.since.month, asked.since.day, tzinfo=UTC)
        query = query.where(DELIVERY.c.received_at >= start)
    if asked.before is not None:
        query = query.where(DELIVERY.c.ledger_index < asked.before)
    return connection.execute(query.order_by(DELIVERY.c.ledger_index.desc()).limit(limit)).all()


def find_sent(connection: Connection, delivery: str, partner: str) -> Row[Any] | None:
    """One delivery of a partner, by its name or its arrival; None when there is none."""
    return connection.execute(
        select(DELIVERY)
        .where(DELIVERY.c.partner == partner)
        .where(or_(DELIVERY.c.id == delivery, DELIVERY.c.arrival == delivery))
        .order_by(DELIVERY.c.ledger_index.desc())
        .limit(1)
    ).first()


def held_among(connection: Connection, deliveries: Sequence[str]) -> frozenset[str]:
    """Which of these are held in quarantine, for somebody to decide of."""
    rows = connection.scalars(
        select(QUARANTINE.c.delivery).where(
            QUARANTINE.c.delivery.in_(deliveries), QUARANTINE.c.state == Standing.HELD
        )
    )
    return frozenset(rows)


def already_sent(connection: Connection, partner: str, sha256: str) -> Row[Any] | None:
    """The delivery of a partner that brought these very bytes and was not refused; None when none did."""
    return connection.execute(
        select(DELIVERY)
        .where(DELIVERY.c.partner == partner, DELIVERY.c.digest == sha256)
        .where(DELIVERY.c.verdict != Verdict.REFUSED, DELIVERY.c.is_test.is_(False))
        .order_by(DELIVERY.c.ledger_index)
        .limit(1)
    ).first()
