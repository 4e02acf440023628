"""What somebody must look at: raised once while it lasts, closed by itself when it is over.

1. One open line per key, however often it is raised: `seen_at` and `times` say it goes on.
2. What a person closed for a reason (`dismiss`) is in the ledger. Raised again, it is another line, unless
   its key is of something that happens once (`once`): closed, that is closed for good.
3. A sentence is French, says what to do, and holds no personal data.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, insert, select, update
from sqlalchemy.exc import OperationalError

from gateway.errors import NotAuthorised, Unavailable
from gateway.ledger.entry import Act, Entry
from gateway.ledger.log import append
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
    closed_by: str = ""
    motive: str = ""


def raise_alert(
    engine: Engine,
    alert: Alert,
    *,
    once: bool = False,
    now: datetime | None = None,
    entry: Entry | None = None,
) -> bool:
    """Raise it, or note that it goes on; say whether it is new. `entry`: written with it when it is."""
    at = now or datetime.now(UTC)
    with one_writer(engine) as connection:
        standing = _open(connection, alert.key)
        if standing is None and once and _ever(connection, alert.key):
            return False
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
        if entry is not None:
            append(connection, entry)
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


def dismiss(
    engine: Engine, alert: str, *, by: str, motive: str, now: datetime | None = None
) -> Raised:
    """Close one by decision. Raises `NotAuthorised` when none of that id is open."""
    at = now or datetime.now(UTC)
    with one_writer(engine) as connection:
        standing = [one for one in open_alerts(connection) if one.id == alert]
        if not standing:
            raise NotAuthorised(f"aucune alerte ouverte {alert} : passerelle alert list les donne")
        closed = replace(standing[0], closed_at=at, closed_by=by, motive=motive)
        connection.execute(
            update(ALERT)
            .where(ALERT.c.id == alert)
            .values(closed_at=at, closed_by=by, motive=motive)
        )
        append(connection, _entry(closed, by, at))
        return closed


def count_open(engine: Engine) -> int:
    """How many last. Raises `Unavailable` when the database does not answer."""
    try:
        with engine.connect() as connection:
            return (
                connection.scalar(
                    select(func.count()).select_from(ALERT).where(ALERT.c.closed_at.is_(None))
                )
                or 0
            )
    except OperationalError:
        raise Unavailable("la base de données ne répond pas") from None


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


def _ever(connection: Connection, key: str) -> bool:
    return connection.execute(select(ALERT.c.id).where(ALERT.c.key == key)).first() is not None


def _entry(closed: Raised, by: str, at: datetime) -> Entry:
    # The motive stays with the alert: what a person writes must stay erasable.
    facts = {"kind": closed.alert.kind, "about": closed.alert.key, "partner": closed.alert.partner}
    return Entry(Act.ALERT_CLOSED, at, closed.id, actor=by, facts=facts)


def _of(row: Row[Any]) -> Raised:
    alert = Alert(row.key, row.kind, row.partner, row.sentence, Level(row.level))
    by, motive = row.closed_by or "", row.motive or ""
    return Raised(row.id, alert, row.raised_at, row.seen_at, row.times, row.closed_at, by, motive)
