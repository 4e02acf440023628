"""Who asked for what: the calls of the API and the people shown to operators, as the watch for abuse reads them.

1. A call names its client; its agent, when it says one, is somebody at that client.
2. A disclosure is told by its entry: who was shown how many people, and their commitments, never them.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from gateway.ledger.entry import Entry
from gateway.ledger.tables import ENTRY
from gateway.store.tables import API_CALL, DISCLOSURE, RELEASE


def active_clients(connection: Connection, since: datetime) -> Sequence[str]:
    """Clients of the API that asked for anything since."""
    asked = select(API_CALL.c.client).where(API_CALL.c.at >= since).distinct()
    return connection.scalars(asked.order_by(API_CALL.c.client)).all()


def calls_of(connection: Connection, client: str, since: datetime) -> Sequence[Row[Any]]:
    """What one asked for since, oldest first, with the product of the release it is about."""
    product = RELEASE.c.product.label("product")
    joined = API_CALL.outerjoin(RELEASE, RELEASE.c.id == API_CALL.c.subject)
    asked = select(API_CALL, product).select_from(joined)
    asked = asked.where(API_CALL.c.client == client, API_CALL.c.at >= since)
    return connection.execute(asked.order_by(API_CALL.c.at, API_CALL.c.id)).all()


def shown_since(connection: Connection, since: datetime) -> Iterator[tuple[str, Entry]]:
    """Who was shown people since, and the entry that says it, oldest first."""
    joined = DISCLOSURE.join(ENTRY, ENTRY.c.seq == DISCLOSURE.c.ledger_index)
    shown = select(DISCLOSURE.c.disclosed_to, ENTRY.c.body).select_from(joined)
    shown = shown.where(DISCLOSURE.c.disclosed_at >= since)
    for row in connection.execute(shown.order_by(DISCLOSURE.c.ledger_index)):
        yield row.disclosed_to, Entry.decode(bytes(row.body))
