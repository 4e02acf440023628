"""The queue is read whole, once, and what is broken in it hides nothing."""

import asyncio
import io
import logging

import pytest

from connectors.contract import Arrival, Snag
from connectors.errors import Unreachable
from connectors.hubee import HubeeSource
from connectors.sandbox.hubee import ALWAYS, Fault, Terms
from connectors.sink import FileSink
from tests.world.hubee import (
    HubeeWorld,
)

LIMIT = 1 << 20


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
        assert {a.reference["case"] for a in await source.arrivals()} == good
        assert {stuck.what for stuck in source.stuck()} == bad
    # A few are asked for again; from then on each is asked for once. After a reset the client itself
    # asks once more what it asked on a connection kept open.
    sent = 2 if fault is Fault.RESET_BEFORE else 1
    assert asked(world, "case.read") < sent * (poisoned + 30)


def break_cases(world: HubeeWorld, cases: set[str], fault: Fault) -> None:
    """These cases fail so, whenever they are read."""
    for case in cases:
        world.sandbox.faults.order("case.read", fault, terms=Terms(case=case, times=ALWAYS))


async def test_a_batch_that_is_not_full_is_asked_for_once(
    world: HubeeWorld, source: HubeeSource
) -> None:
    for _ in range(24):
        world.publish()
    assert len(await source.arrivals()) == 24
    assert asked(world, "queue.read") == 1
    assert asked(world, "case.read") == 24


async def test_a_queue_that_never_grows_is_not_asked_for_for_ever(
    world: HubeeWorld, source: HubeeSource
) -> None:
    for _ in range(30):
        world.publish()
    queues, whole = world.sandbox._hub.queues, world.sandbox._hub.queues.waiting
    queues.waiting = lambda caller, most, **more: whole(caller, 25, **more)  # type: ignore[method-assign]  # noqa: ARG005
    assert len(await source.arrivals()) == 25
    assert asked(world, "queue.read") == 2


async def test_a_hub_that_gives_more_than_asked_is_not_asked_for_more_for_ever(
    world: HubeeWorld,
) -> None:
    for _ in range(30):
        world.publish()
    queues, whole = world.sandbox._hub.queues, world.sandbox._hub.queues.waiting
    queues.waiting = lambda caller, most, **more: whole(caller, 1000, **more)  # type: ignore[method-assign]  # noqa: ARG005
    async with world.source(max_result=2) as other:
        assert len(await other.arrivals()) == 30
    assert asked(world, "queue.read") == 2


def asked(world: HubeeWorld, route: str) -> int:
    """How often this was asked of the hub."""
    return sum(line.route == route for line in world.sandbox.journal.lines())


async def test_cases_are_read_a_few_at_a_time(world: HubeeWorld, source: HubeeSource) -> None:
    for _ in range(10):
        world.publish()
    now, most = 0, 0

    async def taking_its_time() -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.01)
        now -= 1

    for number in range(20):
        world.sandbox.journal.before(number, taking_its_time)
    assert len(await source.arrivals()) == 10
    assert most == 4


async def test_a_silent_hub_is_not_waited_for_at_every_case(world: HubeeWorld) -> None:
    for _ in range(40):
        world.publish()
    terms = Terms(times=ALWAYS, delay=0.5)
    world.sandbox.faults.order("case.read", Fault.SILENT_BEFORE, terms=terms)
    async with world.source(read_timeout=0.05, connect_timeout=0.05, attempts=1) as source:
        with pytest.raises(Unreachable):
            await source.arrivals()
    assert len(source.stuck()) == 40
    assert asked(world, "case.read") < 10


async def test_a_hub_that_fails_on_every_case_is_unreachable(
    world: HubeeWorld, source: HubeeSource
) -> None:
    for _ in range(4):
        world.publish()
    world.sandbox.faults.order("case.read", *[Fault.ERROR_BEFORE] * 20)
    with pytest.raises(Unreachable):
        await source.arrivals()
