"""The API, served for a test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.world.api import Served, served


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Served]:
    async with served(tmp_path) as here:
        yield here
