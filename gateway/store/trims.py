"""Files and indexes that may speak of people without a reason left: which, and their replacement.

What is replaced is compared with what was read: something else came meanwhile, nothing is written.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, select, update

from gateway.keyring import Drawer
from gateway.ledger.log import append
from gateway.store.database import one_writer
from gateway.store.deliveries import index_version
from gateway.store.discards import Given, gave_up, give_up, note, replace_index
from gateway.store.retention import Kind, Terms, entry, first_received, mark_untrimmed
from gateway.store.tables import PARTITION, UNTRIMMED


def ripe(
    connection: Connection, flows: Collection[str], terms: Terms, now: datetime
) -> Sequence[Row[Any]]:
    """The files of these flows whose people should have been matched by now, each once."""
    limit, first = now - timedelta(days=terms.unmatched_days), first_received(connection)
    query = select(PARTITION).where(
        PARTITION.c.flow.in_(flows), PARTITION.c.delivery.not_in(gave_up(Given.UNMATCHED))
    )
    rows = connection.execute(query.order_by(PARTITION.c.kept_order)).all()
    return [row for row in rows if first[row.delivery] <= limit]


def replace_file(
    engine: Engine, row: Row[Any], facts: str, identities: str, *, gone: int, now: datetime
) -> bool:
    """Name the frames without the `gone` people, in the place of those that were read."""
    with one_writer(engine) as connection:
        same = PARTITION.c.delivery == row.delivery, PARTITION.c.identities == row.identities
        if connection.execute(select(PARTITION).where(*same)).first() is None:
            return False
        give_up(connection, Given.UNMATCHED, [row.delivery], now)
        if gone:
            values = {"facts": facts, "identities": identities}
            connection.execute(update(PARTITION).where(*same).values(**values))
            left = (Drawer.JOURNEYS, row.facts), (Drawer.IDENTITY, row.identities)
            note(connection, left, now)
            mark_untrimmed(connection, row.departement, now)
            append(connection, entry({Kind.UNMATCHED.value: gone}, now))
    return True


def untrimmed(connection: Connection) -> Sequence[str]:
    """The départements whose index a purge touched."""
    return sorted(connection.scalars(select(UNTRIMMED.c.departement)))


def identified(connection: Connection, departement: str) -> frozenset[str]:
    """The frames of identities of every kept file."""
    query = select(PARTITION.c.identities).where(PARTITION.c.departement == departement)
    return frozenset(connection.scalars(query))


def replace_trimmed(
    engine: Engine,
    departement: str,
    read: tuple[int, frozenset[str]],
    fresh: str,
    *,
    gone: int,
    now: datetime,
) -> bool:
    """Name the index without the `gone` subjects; `read`: the version and the files it was made from."""
    with one_writer(engine) as connection:
        found = index_version(connection, departement), identified(connection, departement)
        if found != read:
            return False
        connection.execute(delete(UNTRIMMED).where(UNTRIMMED.c.departement == departement))
        if gone:
            replace_index(connection, departement, read[0] + 1, fresh, now)
            append(connection, entry({Kind.SUBJECTS.value: gone}, now))
    return True
