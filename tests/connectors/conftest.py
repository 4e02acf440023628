"""What most tests of HubEE begin with: a hub, one who reads it, one who writes to it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connectors.hubee import HubeeSource
from tests.world.hubee import HubeeWorld, hubee_world
from tests.world.hubee_sender import Sender, sender


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[HubeeWorld]:
    async with hubee_world(tmp_path / "hub") as world:
        yield world


@pytest.fixture
async def source(world: HubeeWorld) -> AsyncIterator[HubeeSource]:
    async with world.source() as source:
        yield source


@pytest.fixture
async def cnaf(world: HubeeWorld) -> AsyncIterator[Sender]:
    async with sender(world) as hands:
        yield hands
