"""The API, served for a test: over TLS to callers with their own keys, or on loopback over full stores.

`here` is on SQLite, unless a file of tests says on which `DATABASES`.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.world.api import Served, served
from tests.world.counter import Here, open_counter
from tests.world.databases import postgres_url


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Served]:
    async with served(tmp_path) as here:
        yield here


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "here" in metafunc.fixturenames and hasattr(metafunc.module, "DATABASES"):
        metafunc.parametrize("here", metafunc.module.DATABASES, indirect=True)


@pytest.fixture
async def here(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Here]:
    on_postgres = getattr(request, "param", "sqlite") == "postgresql"
    database = postgres_url(request.getfixturevalue("server")) if on_postgres else ""
    async with open_counter(tmp_path, database=database) as opened:
        opened.habilitate()
        yield opened
