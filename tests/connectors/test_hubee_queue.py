"""The queue is read whole, once, and what is broken in it hides nothing."""

import asyncio
import io
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import Arrival, Snag
from connectors.errors import Unreachable
from connectors.hubee import HubeeSource
from connectors.sandbox.hubee import Fault
from connectors.sink import FileSink
from tests.world.hubee import (
    HubeeWorld,
    hubee_world,
)

LIMIT = 1 << 20


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[HubeeWorld]:
    async with hubee_world(tmp_path / "hub") as world:
        yield world


@pytest.fixture
async def source(world: HubeeWorld) -> AsyncIterator[HubeeSource]:
    async with world.source() as source:
        yield source


async def fetched(source: HubeeSource, arrival: Arrival) -> bytes:
    into = io.BytesIO()
    await source.fetch(arrival, FileSink(into), limit=LIMIT)
    return into.getvalue()


async def test_thirty_waiting_cases_are_all_listed(world: HubeeWorld, source: HubeeSource) -> None:
    cases = [world.publish() for _ in range(30)]
    found = await source.arrivals()
    assert sorted(a.reference["case"] for a in found) == sorted(cases)


async def test_the_oldest_comes_first_though_the_hub_shuffles(
    world: HubeeWorld, source: HubeeSource
) -> None:
    for _ in range(12):
        world.publish()
    moments = [a.seen_at for a in await source.arrivals() if a.seen_at]
    assert len(moments) == 12
    assert moments == sorted(moments)


async def test_unreadable_cases_do_not_hide_the_others(
    world: HubeeWorld, source: HubeeSource, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(5):
        world.publish()
    bad = (Fault.FORBIDDEN, Fault.MISSING, Fault.REFUSED)
    world.sandbox.faults.order("case.read", *bad)
    with caplog.at_level(logging.WARNING):
        assert len(await source.arrivals()) == 2
    assert sorted(s.snag for s in source.stuck()) == [Snag.GONE, Snag.NOT_OURS, Snag.REFUSED]
    assert all(stuck.what in caplog.text and stuck.since for stuck in source.stuck())
    assert len(await source.arrivals()) == 5
    assert source.stuck() == []


@pytest.mark.parametrize("poisoned", [25, 100])
@pytest.mark.parametrize("fault", [Fault.FORBIDDEN, Fault.ERROR_BEFORE, Fault.RESET_BEFORE])
async def test_poisoned_cases_hide_no_other_however_many(
    world: HubeeWorld, poisoned: int, fault: Fault
) -> None:
    bad = {world.publish() for _ in range(poisoned)}
    good = {world.publish() for _ in range(3)}
    break_cases(world, bad, fault)
    async with world.source(attempts=4, first_wait=0.2) as source:
        started = time.monotonic()
        assert {a.reference["case"] for a in await source.arrivals()} == good
        assert {stuck.what for stuck in source.stuck()} == bad
    assert time.monotonic() - started < 12


def break_cases(world: HubeeWorld, cases: set[str], fault: Fault) -> None:
    """These cases fail so, whenever they are read."""
    serve, faults = world.sandbox.faults.serve, world.sandbox.faults

    async def served(route: str, request: Any, handler: Any) -> Any:
        if route == "case.read" and request.match_info["caseId"] in cases:
            faults._ordered[route] = [fault]
        return await serve(route, request, handler)

    faults.serve = served  # type: ignore[method-assign]


async def test_a_batch_that_is_not_full_is_asked_for_once(
    world: HubeeWorld, source: HubeeSource
) -> None:
    for _ in range(24):
        world.publish()
    asked = count_requests(world)
    assert len(await source.arrivals()) == 24
    assert asked["queue.read"] == 1
    assert asked["case.read"] == 24


async def test_a_queue_that_never_grows_is_not_asked_for_for_ever(
    world: HubeeWorld, source: HubeeSource
) -> None:
    for _ in range(30):
        world.publish()
    queues, whole = world.sandbox._hub.queues, world.sandbox._hub.queues.waiting
    queues.waiting = lambda caller, most, **more: whole(caller, 25, **more)  # type: ignore[method-assign]  # noqa: ARG005
    asked = count_requests(world)
    assert len(await source.arrivals()) == 25
    assert asked["queue.read"] == 2


def count_requests(world: HubeeWorld) -> Counter[str]:
    asked, serve, faults = Counter[str](), world.sandbox.faults.serve, world.sandbox.faults

    async def served(route: str, request: Any, handler: Any) -> Any:
        asked[route] += 1
        return await serve(route, request, handler)

    faults.serve = served  # type: ignore[method-assign]
    return asked


async def test_cases_are_read_a_few_at_a_time(world: HubeeWorld, source: HubeeSource) -> None:
    for _ in range(10):
        world.publish()
    now, most, serve, faults = 0, 0, world.sandbox.faults.serve, world.sandbox.faults

    async def served(route: str, request: Any, handler: Any) -> Any:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.01)
        try:
            return await serve(route, request, handler)
        finally:
            now -= 1

    faults.serve = served  # type: ignore[method-assign]
    assert len(await source.arrivals()) == 10
    assert most == 4


async def test_a_silent_hub_is_not_waited_for_at_every_case(world: HubeeWorld) -> None:
    for _ in range(40):
        world.publish()
    world.sandbox.faults.order("case.read", *[Fault.SILENT_AFTER] * 500)
    async with world.source(read_timeout=0.05, connect_timeout=0.05, attempts=1) as source:
        started = time.monotonic()
        with pytest.raises(Unreachable):
            await source.arrivals()
    assert time.monotonic() - started < 3
    assert len(source.stuck()) == 40


async def test_a_hub_that_fails_on_every_case_is_unreachable(
    world: HubeeWorld, source: HubeeSource
) -> None:
    for _ in range(4):
        world.publish()
    world.sandbox.faults.order("case.read", *[Fault.ERROR_BEFORE] * 20)
    with pytest.raises(Unreachable):
        await source.arrivals()
