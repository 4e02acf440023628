"""Crossings and releases as the store remembers them, on SQLite and PostgreSQL."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from gateway.ledger.log import committed_size
from gateway.store.database import open_engine
from gateway.store.releases import (
    all_releases,
    authorise,
    find_crossing,
    find_release,
    keep_crossing,
    last_crossing,
    latest_crossing,
    mark_delivered,
    refuse_release,
    write_manifest,
)
from gateway.store.tables import CROSSING, RELEASE
from tests.world.databases import KINDS, postgres_url, sqlite_url
from tests.world.postgres import postgres
from tests.world.records import DAY, crossed, entry, extracted


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres() as url:
        yield url


@pytest.fixture(params=KINDS)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Every test runs on both."""
    kind: str = request.param
    server = request.getfixturevalue("server") if kind == "postgresql" else ""
    opened = open_engine(postgres_url(server) if server else sqlite_url(tmp_path))
    yield opened
    opened.dispose()


def test_crossings_are_found_by_name_day_and_last(engine: Engine) -> None:
    for key, day in (("one", DAY), ("two", DAY), ("old", DAY - timedelta(days=30))):
        keep_crossing(engine, crossed(key, as_of=day), entry(key))
    with engine.begin() as connection:
        assert find_crossing(connection, "one") == crossed("one")
        assert find_crossing(connection, "none") is None
        assert latest_crossing(connection, "08", DAY) == crossed("two")
        assert latest_crossing(connection, "08", DAY + timedelta(days=1)) is None
        assert last_crossing(connection, "08") == crossed("two")
        assert last_crossing(connection, "51") is None


def test_a_release_lives_its_life_once(engine: Engine) -> None:
    key = extracted().id
    index = authorise(engine, extracted(), entry(key))
    assert write_manifest(engine, key, "first") == "first"
    assert write_manifest(engine, key, "second") == "first"
    delivered = mark_delivered(engine, key, "retrait/x", entry(key))
    assert mark_delivered(engine, key, "ailleurs", entry(key)) == delivered == index + 1
    with engine.begin() as connection:
        row = find_release(connection, key)
        assert [one.id for one in all_releases(connection)] == [key]
    assert row is not None
    assert (row.manifest, row.location, row.delivered) == ("first", "retrait/x", True)
    assert (row.authorised_index, row.delivered_index) == (index, delivered)
    assert committed_size(engine) == 2


def test_a_refused_release_is_only_written_down(engine: Engine) -> None:
    refuse_release(engine, entry("publication:h"))
    with engine.begin() as connection:
        assert connection.scalar(select(func.count()).select_from(RELEASE)) == 0
        assert connection.scalar(select(func.count()).select_from(CROSSING)) == 0
    assert committed_size(engine) == 1
