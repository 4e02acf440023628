"""What somebody must look at: raised once while it lasts, closed by itself when it is over.

1. One open line per key, however often it is raised: `seen_at` and `times` say it goes on.
2. A sentence is French, says what to do, and holds no personal data.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, select, update

from gateway.store.database import one_writer
from gateway.store.tables import ALERT


class Level(StrEnum):
    """How soon somebody must look."""

    NOTICE = "notice"
    WARNING = "warning"
    URGENT = "urgent"


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing to look at. `key` names it for as long as it lasts; `kind` is a stable word."""

    key: str
    kind: str
    partner: str
    sentence: str
    level: Level = Level.WARNING


@dataclass(frozen=True, slots=True)
class Raised:
    """An alert as it stands."""

    id: str
    alert: Alert
    raised_at: datetime
    seen_at: datetime
    times: int
    closed_at: datetime | None = None


def raise_alert(engine: Engine, alert: Alert, *, now: datetime | None = None) -> bool:
    """Raise it, or note that it goes on; say whether it is new."""
    at = now or datetime.now(UTC)
    with one_writer(engine) as connection:
        standing = _open(connection, alert.key)
        values = {"level": alert.level.value, "sentence": alert.sentence, "seen_at": at}
        if standing is not None:
            connection.execute(
                update(ALERT)
                .where(ALERT.c.id == standing.id)
                .values(times=ALERT.c.times + 1, **values)
            )
            return False
        connection.execute(
            insert(ALERT).values(
                id=secrets.token_hex(6),
                key=alert.key,
                kind=alert.kind,
                partner=alert.partner,
                raised_at=at,
                times=1,
                **values,
            )
        )
        return True


def close_alert(engine: Engine, key: str, *, now: datetime | None = None) -> bool:
    """It is over; say whether it was open."""
    with one_writer(engine) as connection:
        standing = _open(connection, key)
        if standing is None:
            return False
        connection.execute(
            update(ALERT)
            .where(ALERT.c.id == standing.id)
            .values(closed_at=now or datetime.now(UTC))
        )
        return True


def open_alerts(connection: Connection, *, kind: str | None = None) -> Sequence[Raised]:
    """What lasts, oldest first."""
    return [one for one in every_alert(connection, kind=kind) if one.closed_at is None]


def every_alert(connection: Connection, *, kind: str | None = None) -> Sequence[Raised]:
    """What was ever raised, oldest first."""
    rows = connection.execute(select(ALERT).order_by(ALERT.c.raised_at, ALERT.c.id))
    return [_of(row) for row in rows if kind is None or row.kind == kind]


def _open(connection: Connection, key: str) -> Row[Any] | None:
    return connection.execute(
        select(ALERT).where(ALERT.c.key == key, ALERT.c.closed_at.is_(None))
    ).first()


def _of(row: Row[Any]) -> Raised:
    alert = Alert(row.key, row.kind, row.partner, row.sentence, Level(row.level))
    closed = _utc(row.closed_at) if row.closed_at else None
    return Raised(row.id, alert, _utc(row.raised_at), _utc(row.seen_at), row.times, closed)


def _utc(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)  # SQLite keeps no zone
