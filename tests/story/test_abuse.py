"""The sanction of January 2026: a legitimate account that fetches everything. Seen the same hour, and stopped.

For six weeks a département's software fetches its own extracts, in the day. One night its account asks for
every other département, extract after extract.
"""

import random
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from gateway.abuse.uses import PARIS, Use
from gateway.abuse.watching import watch_abuse
from gateway.errors import CeilingReached
from gateway.ledger.entry import Act, Entry
from gateway.ledger.log import bodies, committed_size
from gateway.store.alerts import Level, open_alerts
from gateway.store.database import open_engine
from gateway.store.releases import all_releases, authorise
from tests.world.records import extracted
from tests.world.uses import A_DAY, MONDAY, Manner, kept, ordinary

NIGHT: date = MONDAY + 42 * A_DAY
CEILING, ROWS = 20_000, 4_000
CLIENT = "client cd-08"


def at_night(minute: int) -> datetime:
    return datetime.combine(NIGHT, time(2), PARIS) + timedelta(minutes=minute)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_engine(f"sqlite:///{tmp_path / 'base.sqlite'}")


def asked(engine: Engine, minute: int) -> Use:
    """One extract asked for, under the ceiling of its habilitation or refused."""
    departement = f"{10 + minute % 40:02d}"
    key = f"publication:h@v1:{departement}:2026-04-01:{minute:04x}"
    wanted = extracted(key, departement=departement, rows=ROWS)
    entry = Entry(Act.RELEASE_AUTHORISED, at_night(minute), key)
    try:
        authorise(engine, wanted, entry, daily_rows=CEILING)
        rows = ROWS
    except CeilingReached:
        rows = 0
    size, refused = rows * 200, not rows
    return Use(
        CLIENT, at_night(minute), "downloadRelease", key, rows, size, departement, refused=refused
    )


def test_who_fetches_everything_at_night_is_seen_within_the_hour_and_stopped(
    engine: Engine,
) -> None:
    kept(engine, ordinary(random.Random(8), Manner(who=CLIENT), 42))
    assert watch_abuse(engine, {}, at_night(0)) == 0
    seen_after: dict[str, int] = {}
    for minute in range(60):
        kept(engine, [asked(engine, minute)])
        if minute % 5 == 0:  # [alerts] check_minutes
            watch_abuse(engine, {}, at_night(minute))
            with engine.begin() as connection:
                for one in open_alerts(connection):
                    seen_after.setdefault(one.alert.kind, minute)
    with engine.begin() as connection:
        assert sum(row.rows for row in all_releases(connection)) == CEILING
        urgent = {o.alert.kind for o in open_alerts(connection) if o.alert.level is Level.URGENT}
    assert set(seen_after) >= {"abuse-hour", "abuse-territory", "abuse-refusals", "abuse-volume"}
    assert max(seen_after[k] for k in ("abuse-hour", "abuse-territory", "abuse-volume")) <= 5
    assert max(seen_after.values()) < 60
    assert {"abuse-volume", "abuse-refusals"} <= urgent
    acts = [Entry.decode(body).act for body in bodies(engine, 0, committed_size(engine))]
    assert acts.count(Act.ABUSE_SEEN) == len(seen_after)
