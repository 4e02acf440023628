"""Merges and splits of persons, recorded with the crossing that saw them. By reference: nobody is named."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

from sqlalchemy import Connection, insert, select

from gateway.store.tables import LINK_CHANGE


@dataclass(frozen=True, slots=True)
class Changed:
    """What one crossing changed since another; `moved` is the digest of a frame sealed with identities."""

    crossing: str
    departement: str
    since: str
    merges: int
    splits: int
    moved: str


def keep_change(connection: Connection, changed: Changed) -> None:
    """Write it; the second time changes nothing."""
    known = select(LINK_CHANGE.c.crossing).where(LINK_CHANGE.c.crossing == changed.crossing)
    if connection.scalar(known) is None:
        told = {field.name: getattr(changed, field.name) for field in fields(Changed)}
        connection.execute(insert(LINK_CHANGE).values(**told))


def changes_of(connection: Connection, departement: str) -> Sequence[Changed]:
    """Those of a département, by crossing."""
    rows = connection.execute(
        select(LINK_CHANGE)
        .where(LINK_CHANGE.c.departement == departement)
        .order_by(LINK_CHANGE.c.crossing)
    )
    return [Changed(*(getattr(row, field.name) for field in fields(Changed))) for row in rows]
