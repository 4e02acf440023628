"""What came of one flow, in the order it came: what an expected file is looked for in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, select

from gateway.delivery import Verdict
from gateway.store.tables import DELIVERY


@dataclass(frozen=True, slots=True)
class Received:
    """One delivery of the flow, and its verdict."""

    at: datetime
    verdict: Verdict
    code: str


def received(
    connection: Connection, *, flow: str, partner: str, departement: str, since: datetime
) -> Sequence[Received]:
    """What came of a flow since a moment, oldest first. Tests are left out.

    A delivery treated again is the sending it was: at its first hour, accepted if it ever was.
    """
    # SQLite keeps no zone: two hours are compared as they are written.
    rows = connection.execute(
        select(DELIVERY)
        .where(DELIVERY.c.flow == flow, DELIVERY.c.partner == partner)
        .where(DELIVERY.c.departement == departement, DELIVERY.c.is_test.is_(False))
        .where(DELIVERY.c.received_at >= since.astimezone(UTC))
        .order_by(DELIVERY.c.received_at, DELIVERY.c.ledger_index)
    )
    found: dict[str, Received] = {}
    for row in rows:
        sending = row.replay_of or row.id
        known = found.get(sending)
        if known is None or known.verdict is not Verdict.ACCEPTED:
            at = known.at if known else _utc(row.received_at)
            found[sending] = Received(at, Verdict(row.verdict), row.code or "")
    return list(found.values())


def _utc(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)  # SQLite keeps no zone
