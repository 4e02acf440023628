"""The API, served for a test: over TLS to callers with their own keys, or on loopback over full stores."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.world.api import Served, served
from tests.world.counter import Here, open_counter


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Served]:
    async with served(tmp_path) as here:
        yield here


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Here]:
    async with open_counter(tmp_path) as opened:
        opened.habilitate()
        yield opened
