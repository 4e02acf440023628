"""What came of one flow, in the order it came: what an expected file is looked for in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

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
    rows = connection.execute(
        select(DELIVERY)
        .where(DELIVERY.c.flow == flow, DELIVERY.c.partner == partner)
        .where(DELIVERY.c.departement == departement, DELIVERY.c.is_test.is_(False))
        .where(DELIVERY.c.received_at >= since)
        .order_by(DELIVERY.c.received_at, DELIVERY.c.ledger_index)
    )
    found: dict[str, Received] = {}
    for row in rows:
        sending = row.replay_of or row.id
        known = found.get(sending)
        if known is None or known.verdict is not Verdict.ACCEPTED:
            at = known.at if known else row.received_at
            found[sending] = Received(at, Verdict(row.verdict), row.code or "")
    return list(found.values())
