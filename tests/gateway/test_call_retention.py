"""Calls of the API are kept twelve months, what protects a door as long as it does, on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, func, insert, select

from gateway.ledger.entry import Act, Entry
from gateway.ledger.log import bodies, committed_size
from gateway.store.call_retention import forget_calls
from gateway.store.tables import API_ANSWER, API_ASSERTION, API_CALL, API_LOCK
from tests.gateway.test_abuse_detectors import many
from tests.world.uses import kept

NOW = datetime(2026, 5, 31, 12, tzinfo=UTC)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


def count(engine: Engine) -> list[int]:
    with engine.begin() as connection:
        return [
            connection.scalar(select(func.count()).select_from(table)) or 0
            for table in (API_CALL, API_ASSERTION, API_ANSWER, API_LOCK)
        ]


def test_each_thing_goes_at_its_term_and_not_before(emptied: Engine) -> None:
    use = many(1)[0]
    a_year_ago = NOW.replace(year=2025)
    kept(emptied, [replace(use, at=a_year_ago), replace(use, at=a_year_ago + SECOND)])
    lock = {"failures": 3}
    with emptied.begin() as connection:
        for number, at in enumerate((NOW - SECOND, NOW + SECOND)):
            connection.execute(
                insert(API_ASSERTION).values(client="c", jti=str(number), expires_at=at)
            )
        for number, at in enumerate((NOW - DAY, NOW - DAY + SECOND)):
            answer = {"sha256": "0" * 64, "status": 201, "body": "", "answered_at": at}
            connection.execute(insert(API_ANSWER).values(client="c", key=str(number), **answer))
            connection.execute(insert(API_LOCK).values(key=f"free {number}", last_at=at, **lock))
        connection.execute(
            insert(API_LOCK).values(
                key="locked", last_at=NOW - DAY, locked_until=NOW + HOUR, **lock
            )
        )
    assert forget_calls(emptied, NOW) == {"appels_api": 1, "traces_api": 3}
    assert count(emptied) == [1, 1, 1, 2]
    assert forget_calls(emptied, NOW) == {}
    (entry,) = [Entry.decode(body) for body in bodies(emptied, 0, committed_size(emptied))]
    assert entry.act is Act.RETENTION_APPLIED
    assert dict(entry.facts) == {"appels_api": 1, "traces_api": 3}
