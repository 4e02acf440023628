"""A database for who needs one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete

from gateway.store.database import open_engine
from gateway.store.tables import METADATA
from tests.world.databases import KINDS, postgres_url, sqlite_url
from tests.world.postgres import postgres


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


@pytest.fixture(scope="module", params=KINDS)
def shared(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """One migrated database of each kind for a whole module."""
    sqlite = request.param == "sqlite"
    url = (
        sqlite_url(tmp_path_factory.mktemp("shared"))
        if sqlite
        else postgres_url(request.getfixturevalue("server"))
    )
    opened = open_engine(url)
    yield opened
    opened.dispose()


@pytest.fixture
def emptied(shared: Engine) -> Engine:
    """That database without a row: ten times faster than a new one."""
    with shared.begin() as connection:
        for table in METADATA.sorted_tables:
            connection.execute(delete(table))
    return shared
