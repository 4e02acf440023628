"""The hub as each test of this folder meets it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.world.sides import Sides, sides_of


@pytest.fixture
async def sides(tmp_path: Path) -> AsyncIterator[Sides]:
    async with sides_of(tmp_path / "hub") as sides:
        yield sides


@pytest.fixture
async def strict(tmp_path: Path) -> AsyncIterator[Sides]:
    async with sides_of(tmp_path / "hub", strict=True) as sides:
        yield sides
