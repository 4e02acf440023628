"""A hub with its catalogue on loopback, and an eye on everything it answers."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.foreign.line import PROCESS, Line
from tests.foreign.osl_script import OslScript
from tests.foreign.seen import Seen
from tests.world.hubee import US, HubeeWorld, hubee_world, token_for


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[HubeeWorld]:
    async with hubee_world(tmp_path / "hub", catalogue=True) as world:
        yield world


@pytest.fixture
async def seen(world: HubeeWorld) -> AsyncIterator[Seen]:
    """Whatever the test is about, every answer must be as described."""
    eye = Seen(world.base)
    yield eye
    assert eye.answers
    assert await asyncio.to_thread(eye.wrong) == []


@pytest.fixture
def publisher(world: HubeeWorld, seen: Seen) -> OslScript:
    return OslScript(world.base, world.sandbox.publisher, seen.opener())


@pytest.fixture
async def line(world: HubeeWorld) -> AsyncIterator[Line]:
    world.sandbox.subscribe(*US, PROCESS)
    credential = world.sandbox.standing["osl-dgs"]
    yield Line(int(world.base.rpartition(":")[2]), await token_for(world, *credential, "OSL"))
