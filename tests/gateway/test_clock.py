"""The clock ticks, and what it starts has a key: ten clocks, or a missed tick, start one walk."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.doors import durable as notebook
from gateway.doors.clock import Clock
from gateway.doors.durable import Durable, Patience, Walk
from gateway.errors import Unavailable
from gateway.passage.steps import Steps

QUICK = Patience(tries=3, first_wait=0.01)
EVERY_SECOND = 1 / 60


@asynccontextmanager
async def durable(folder: Path, **walks: Walk) -> AsyncIterator[Durable]:
    opened = Durable(f"sqlite:///{folder / 'travaux.sqlite'}", walks, QUICK)
    await opened.launch()
    try:
        yield opened
    finally:
        await opened.close()


async def test_two_clocks_start_one_walk(tmp_path: Path) -> None:
    walked: list[str] = []
    ticks: list[float] = []

    async def walk(key: str, steps: Steps) -> None:
        async def _step() -> None:
            walked.append(key)

        await steps.run("step", _step)

    async with durable(tmp_path, walk=walk) as running:

        async def tick() -> None:
            ticks.append(time.monotonic())
            await running.start("walk", "tournée@10:00", "tournée@10:00", partition="08")

        clocks = [Clock(), Clock()]
        for clock in clocks:
            clock.every(EVERY_SECOND, 0, tick)
            clock.start()
        while len(ticks) < 4:
            await asyncio.sleep(0.05)
        for clock in clocks:
            clock.stop()
        await running.drain()
    assert walked == ["tournée@10:00"]


async def test_missed_runs_are_made_once() -> None:
    ticks: list[float] = []

    async def tick() -> None:
        ticks.append(time.monotonic())

    clock = Clock()
    clock.every(EVERY_SECOND, 0, tick)
    clock.start()
    await asyncio.sleep(0.1)
    time.sleep(3.3)  # three ticks are due while nobody can make them
    resumed = time.monotonic()
    await asyncio.sleep(0.5)
    clock.stop()
    assert len([at for at in ticks if at >= resumed]) == 1


async def test_a_slow_run_is_never_joined_by_another() -> None:
    together, most = 0, 0

    async def tick() -> None:
        nonlocal together, most
        together += 1
        most = max(most, together)
        await asyncio.sleep(2.2)
        together -= 1

    clock = Clock()
    clock.every(EVERY_SECOND, 0, tick)
    clock.start()
    await asyncio.sleep(3.5)
    clock.stop()
    assert most == 1


async def test_a_stopped_clock_ticks_no_more() -> None:
    ticks: list[int] = []

    async def tick() -> None:
        ticks.append(1)

    clock = Clock()
    clock.every(EVERY_SECOND, 0, tick)
    clock.start()
    clock.stop()
    await asyncio.sleep(1.3)
    assert ticks == []


async def test_a_walk_that_always_fails_holds_up_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(notebook, "MAX_ATTEMPTS", 2)

    async def broken(steps: Steps) -> None:
        async def _step() -> None:
            raise ValueError("MARTIN")

        await steps.run("treat", _step)

    async def sound(steps: Steps) -> None:
        async def _step() -> None:
            return None

        await steps.run("keep", _step)

    async with durable(tmp_path, broken=broken, sound=sound) as running:
        started = []
        for _ in range(4):
            started.append(await running.start("broken", "b", partition="08"))
            await running.drain()
        assert started == [True, True, False, False]
        assert await running.start("sound", "s", partition="08")
        await running.drain()
        failures = await running.failures()
    assert failures == {"b": "incident interne à l'étape treat (ValueError)"}
    assert "MARTIN" not in caplog.text
    assert b"MARTIN" not in b"".join(p.read_bytes() for p in tmp_path.iterdir())


async def test_what_time_must_mend_is_told_as_such_once_tries_are_spent(tmp_path: Path) -> None:
    tries: list[int] = []

    async def waiting(steps: Steps) -> None:
        async def _step() -> None:
            tries.append(1)
            raise Unavailable("le partenaire ne répond pas")

        await steps.run("collect", _step)

    async with durable(tmp_path, waiting=waiting) as running:
        await running.start("waiting", "w", partition="08")
        await running.drain()
        failures = await running.failures()
    assert len(tries) == QUICK.tries
    assert failures == {"w": "le partenaire ne répond pas"}


async def test_a_walk_that_succeeded_at_last_is_no_failure(tmp_path: Path) -> None:
    tries: list[int] = []

    async def mended(steps: Steps) -> None:
        async def _step() -> None:
            tries.append(1)
            if len(tries) == 1:
                raise ValueError("once")

        await steps.run("keep", _step)

    async with durable(tmp_path, mended=mended) as running:
        for expected in (True, True, False):
            assert await running.start("mended", "m", partition="08") is expected
            await running.drain()
        assert await running.failures() == {}
