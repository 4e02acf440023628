"""A database for who needs one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from gateway.store.database import open_engine
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
