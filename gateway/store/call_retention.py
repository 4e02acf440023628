"""What the API wrote down and needs no more: forgotten in one unit of work, with an entry of counts.

1. Calls: twelve months, what a log of accesses is kept (CNIL, six to twelve months). The watch for abuse
   reads five weeks of them.
2. Used assertions: once they would have expired anyway. Answers kept for whoever asks again: a day.
3. Failures in a row: a day after the last, once nothing is locked by them any more.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Engine, Table, delete
from sqlalchemy.sql.elements import ColumnElement

from gateway.ledger.log import append
from gateway.store.database import one_writer
from gateway.store.retention import Kind, entry, months_before
from gateway.store.tables import API_ANSWER, API_ASSERTION, API_CALL, API_LOCK

CALL_MONTHS: Final = 12
A_DAY: Final = timedelta(days=1)


def forget_calls(engine: Engine, now: datetime) -> Mapping[str, int]:
    """Forget what is over; say how many calls and traces of the API. Nothing over, nothing written."""
    unlocked = API_LOCK.c.locked_until.is_(None) | (API_LOCK.c.locked_until < now)
    over: Mapping[Table, tuple[Kind, ColumnElement[bool]]] = {
        API_CALL: (Kind.CALLS, API_CALL.c.at <= months_before(now, CALL_MONTHS)),
        API_ASSERTION: (Kind.TRACES, API_ASSERTION.c.expires_at < now),
        API_ANSWER: (Kind.TRACES, API_ANSWER.c.answered_at <= now - A_DAY),
        API_LOCK: (Kind.TRACES, unlocked & (API_LOCK.c.last_at <= now - A_DAY)),
    }
    done: dict[str, int] = {}
    with one_writer(engine) as connection:
        for table, (kind, is_over) in over.items():
            gone = connection.execute(delete(table).where(is_over)).rowcount
            if gone:
                done[kind.value] = done.get(kind.value, 0) + gone
        if done:
            append(connection, entry(done, now))
    return done
