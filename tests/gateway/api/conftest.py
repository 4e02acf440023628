"""The API over real stores, served on loopback."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.world.counter import Here, open_counter


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Here]:
    async with open_counter(tmp_path) as opened:
        opened.habilitate()
        yield opened
