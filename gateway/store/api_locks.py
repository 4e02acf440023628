"""Failures in a row at the door of the API, by client or by address: the tenth locks, for a while.

1. A key is `client:<id>` or `address:<keyed hash>`: an address is never kept as it is.
2. The lock is an entry of the ledger, in the same unit of work, and an alert.
3. A success forgets the failures; time, or somebody by `client unlock`, ends a lock.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, Engine, delete, insert, select, update

from gateway.errors import NotAuthorised
from gateway.ledger.entry import Act, Entry
from gateway.ledger.log import append
from gateway.store.alerts import Alert, Level, dismiss, open_alerts, raise_alert
from gateway.store.database import one_writer
from gateway.store.tables import API_LOCK

MOST_FAILURES: Final = 10
LOCKED_FOR: Final = timedelta(minutes=15)
# Failures older than this are no longer in a row.
FORGOTTEN: Final = timedelta(hours=1)
KIND: Final = "api-locked"


def note_failure(engine: Engine, key: str, *, now: datetime | None = None) -> datetime | None:
    """One more failure; give until when the key is locked, None when it is not."""
    at = now or datetime.now(UTC)
    with one_writer(engine) as connection:
        row = connection.execute(select(API_LOCK).where(API_LOCK.c.key == key)).first()
        locked: datetime | None = None if row is None else row.locked_until
        if locked is not None and locked > at:
            return locked
        stale = row is None or locked is not None or row.last_at < at - FORGOTTEN
        failures = 1 if row is None or stale else row.failures + 1
        until = at + LOCKED_FOR if failures >= MOST_FAILURES else None
        values = {"failures": failures, "last_at": at, "locked_until": until}
        if row is None:
            connection.execute(insert(API_LOCK).values(key=key, **values))
        else:
            connection.execute(update(API_LOCK).where(API_LOCK.c.key == key).values(**values))
        if until is not None:
            facts = {"failures": failures, "minutes": int(LOCKED_FOR.total_seconds()) // 60}
            append(connection, Entry(Act.CLIENT_LOCKED, at, key, facts=facts))
    if until is not None:
        raise_alert(engine, _alert(key), now=at)
    return until


def forget_failures(engine: Engine, key: str) -> None:
    """It got in: what failed before is no longer in a row."""
    with one_writer(engine) as connection:
        connection.execute(
            delete(API_LOCK).where(API_LOCK.c.key == key, API_LOCK.c.locked_until.is_(None))
        )


def unlock(engine: Engine, key: str, *, by: str, motive: str, now: datetime | None = None) -> None:
    """End a lock by decision. Raises `NotAuthorised` when there is none."""
    at = now or datetime.now(UTC)
    with one_writer(engine) as connection:
        if key not in locked(connection, now=at):
            raise NotAuthorised(f"{key} n'est pas verrouillé")
        connection.execute(delete(API_LOCK).where(API_LOCK.c.key == key))
        facts = {"what": "unlocked"}
        append(connection, Entry(Act.CLIENT_CHANGED, at, key, actor=by, facts=facts))
        raised = [
            a.id for a in open_alerts(connection, kind=KIND) if a.alert.key == f"{KIND}:{key}"
        ]
    for alert in raised:  # the motive stays with it
        dismiss(engine, alert, by=by, motive=motive, now=at)


def locked(connection: Connection, *, now: datetime | None = None) -> Mapping[str, datetime]:
    """What is locked, and until when."""
    at = now or datetime.now(UTC)
    rows = connection.execute(select(API_LOCK).where(API_LOCK.c.locked_until.is_not(None)))
    found = {row.key: row.locked_until for row in rows}
    return {key: until for key, until in found.items() if until > at}


def _alert(key: str) -> Alert:
    kind, _, who = key.partition(":")
    named = f"le client {who} de l'API" if kind == "client" else "une adresse"
    sentence = (
        f"{named} est verrouillé(e) après {MOST_FAILURES} échecs de suite : joignez l'organisme, "
        f"puis passerelle client unlock {key}, ou attendez {LOCKED_FOR.seconds // 60} minutes"
    )
    return Alert(f"{KIND}:{key}", KIND, "", sentence, Level.URGENT)
