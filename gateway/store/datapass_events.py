"""What DataPass told us: each thing once, with what was done of it.

The key is written in the unit of work of what it leads to: told again, it leads to nothing more.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from gateway.store.tables import DATAPASS_EVENT


@dataclass(frozen=True, slots=True)
class Told:
    """One thing told. `number`: public, D123; `model`: the kind of request and its identifier there."""

    number: str
    model: tuple[str, str]
    event: str
    fired_at: datetime

    @property
    def key(self) -> str:
        """The same thing told again has the same one."""
        told = [*self.model, self.event, int(self.fired_at.timestamp())]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def was_told(connection: Connection, told: Told) -> bool:
    """Whether it was heard already."""
    column = DATAPASS_EVENT.c.key
    return connection.scalar(select(column).where(column == told.key)) is not None


def keep_told(
    connection: Connection, told: Told, *, demand: int | None, outcome: str, at: datetime
) -> None:
    """Write that it was heard, and what was done."""
    connection.execute(
        insert(DATAPASS_EVENT).values(
            key=told.key,
            datapass=told.number,
            event=told.event,
            fired_at=told.fired_at,
            received_at=at,
            demand=demand,
            outcome=outcome,
        )
    )


def demand_of(connection: Connection, number: str) -> int | None:
    """The last demand made for a DataPass request."""
    column = DATAPASS_EVENT.c
    return connection.scalar(
        select(column.demand)
        .where(column.datapass == number, column.demand.is_not(None))
        .order_by(column.demand.desc())
        .limit(1)
    )


def events_of(connection: Connection, demand: int) -> Sequence[dict[str, Any]]:
    """What was told of a demand, oldest first, as a document."""
    column = DATAPASS_EVENT.c
    rows = connection.execute(
        select(DATAPASS_EVENT)
        .where(column.demand == demand)
        .order_by(column.received_at, column.key)
    )
    return [
        {
            "datapass": row.datapass,
            "evenement": row.event,
            "le": row.fired_at.isoformat(timespec="seconds"),
            "suite": row.outcome,
        }
        for row in rows
    ]
