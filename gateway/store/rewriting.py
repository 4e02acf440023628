"""Every frame that a département names, and their replacement in one unit of work: what an erasure writes.

Older versions of its index, the bytes received that the replaced frames came from, and the sealed copies of
its releases are given up with them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, or_, select, update

from gateway.keyring import Drawer
from gateway.store.deliveries import index_digest, index_version
from gateway.store.discards import FRAMES, Given, Thing, gave_up, give_up, note, replace_index
from gateway.store.erasures import SPOKEN_OF
from gateway.store.tables import CROSSING, DELIVERY, PARTITION, RELEASE


@dataclass(frozen=True, slots=True)
class Named:
    """The version of a département's index, and every frame its lines name."""

    version: int
    things: frozenset[Thing]


def named(connection: Connection, departement: str) -> Named:
    """What stands now."""
    found: set[Thing] = set()
    for drawer, columns in FRAMES.items():
        for column in columns:
            place = column.table.c.departement == departement
            digests = connection.scalars(select(column).where(place))
            found |= {(drawer, digest) for digest in digests if digest}
    return Named(index_version(connection, departement), frozenset(found))


def rewrite(
    connection: Connection,
    departement: str,
    standing: Named,
    replaced: Mapping[Thing, str],
    *,
    subjects: Collection[str],
    at: datetime,
) -> Mapping[str, int]:
    """Name the new frames, give up what cannot be rewritten; say how many of each."""
    held = _deliveries(connection, departement, replaced)
    index = index_digest(connection, departement)
    for (drawer, old), new in replaced.items():
        for column in FRAMES[drawer]:
            same = column.table.c.departement == departement, column == old
            connection.execute(update(column.table).where(*same).values({column.name: new}))
    note(connection, replaced, at)
    if index is not None:  # a new version even of the same: what stood on the old is treated again
        last = replaced.get((Drawer.IDENTITY, index), index)
        replace_index(connection, departement, standing.version + 1, last, at)
    for column in SPOKEN_OF:
        connection.execute(delete(column.table).where(column.in_(sorted(subjects))))
    give_up(connection, Given.RECEIVED, (row.id for row in held), at)
    note(connection, ((Drawer.RECEPTION, row.digest) for row in held), at)
    return {
        "images": len(replaced),
        "depots": len(held),
        "publications": _releases(connection, departement, at),
    }


def files_of(connection: Connection, departement: str) -> Sequence[Row[Any]]:
    """Every kept file of a département, as it was kept."""
    mine = select(PARTITION).where(PARTITION.c.departement == departement)
    return connection.execute(mine.order_by(PARTITION.c.kept_order)).all()


def crossings_of(connection: Connection, departement: str) -> Sequence[Row[Any]]:
    """Every kept crossing of a département, as it was done."""
    mine = select(CROSSING).where(CROSSING.c.departement == departement)
    return connection.execute(mine.order_by(CROSSING.c.ledger_index)).all()


def _deliveries(
    connection: Connection, departement: str, replaced: Mapping[Thing, str]
) -> Sequence[Row[Any]]:
    """The deliveries whose bytes held the person, and those of the same bytes or the same content."""
    spoke = [digest for drawer, digest in replaced if drawer is Drawer.IDENTITY]
    kept = select(PARTITION.c.delivery).where(
        PARTITION.c.departement == departement, PARTITION.c.identities.in_(spoke)
    )
    first = connection.execute(select(DELIVERY).where(DELIVERY.c.id.in_(kept))).all()
    bodies, contents = {row.digest for row in first}, {row.plaintext for row in first}
    same = or_(DELIVERY.c.digest.in_(bodies - {""}), DELIVERY.c.plaintext.in_(contents - {""}))
    return connection.execute(select(DELIVERY).where(same)).all()


def _releases(connection: Connection, departement: str, at: datetime) -> int:
    """The sealed copies that are not ours to open: each may hold the person, none is wanted once gone."""
    mine = select(RELEASE).where(
        RELEASE.c.departement == departement, RELEASE.c.id.not_in(gave_up(Given.RELEASE))
    )
    rows = connection.execute(mine).all()
    give_up(connection, Given.RELEASE, (row.id for row in rows), at)
    note(connection, ((Drawer.RELEASES, row.sealed) for row in rows), at)
    return len(rows)
