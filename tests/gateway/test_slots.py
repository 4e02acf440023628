"""Each process walks what it started; what a dead one left is resumed by a living one, once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.doors import durable as notebook
from gateway.doors.durable import Durable, Patience, Walk, given_up
from gateway.errors import Unavailable
from gateway.passage.steps import Steps
from gateway.store.holding import Elsewhere, Locks
from gateway.store.locks import state_locks

QUICK = Patience(tries=3, first_wait=0.01)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'travaux.sqlite'}"


def slots(folder: Path) -> Locks:
    return state_locks("sqlite:///x", folder)


@asynccontextmanager
async def opened(url: str, locks: Locks | None, **walks: Walk) -> AsyncIterator[Durable]:
    here = Durable(url, walks, QUICK, locks)
    await here.launch()
    try:
        yield here
    finally:
        await here.close()
        if locks is not None:
            locks.close()


class Interrupted:
    """A walk of two steps, interrupted in the second until told to go on."""

    def __init__(self) -> None:
        self.first, self.second = 0, 0
        self.may_end = False

    async def walk(self, steps: Steps) -> None:
        async def _one() -> None:
            self.first += 1

        async def _two() -> None:
            self.second += 1
            while not self.may_end:
                await asyncio.sleep(0.01)

        await steps.run("one", _one)
        await steps.run("two", _two)


async def _yes(_partition: str) -> bool:
    return True


async def _no(_partition: str) -> bool:
    return False


async def test_what_a_dead_process_left_is_finished_by_another_and_not_redone(
    url: str, tmp_path: Path
) -> None:
    left = Interrupted()
    async with opened(url, slots(tmp_path), walk=left.walk) as dying:
        await dying.start("walk", "w", partition="08/cnaf/X")
        while not left.second:
            await asyncio.sleep(0.01)
    alive = slots(tmp_path)
    assert alive.take("noeud-1")  # as if the first one lived still
    async with opened(url, slots(tmp_path), walk=left.walk) as taking:
        left.may_end = True
        assert await taking.adopt(_yes) == 0  # it lives: its walks are its own
        await taking.drain()  # nothing of ours to wait for
        alive.close()
        assert await taking.adopt(_no) == 0  # its account is another's
        assert await taking.adopt(_yes) == 1
        assert await taking.adopt(_yes) == 0
        await taking.drain()
        assert await taking.failures() == {}
        assert await taking.start("walk", "w", partition="08/cnaf/X") is False
    assert left.first == 1
    assert left.second == 2


async def test_the_next_process_of_a_slot_resumes_what_the_last_one_left(
    url: str, tmp_path: Path
) -> None:
    left = Interrupted()
    async with opened(url, slots(tmp_path), walk=left.walk) as dying:
        await dying.start("walk", "w", partition="08")
        while not left.second:
            await asyncio.sleep(0.01)
    left.may_end = True
    async with opened(url, slots(tmp_path), walk=left.walk) as again:
        await again.drain()
        assert await again.start("walk", "w", partition="08") is False
    assert left.first == 1


async def test_waiting_for_everybody_has_an_end(url: str, tmp_path: Path) -> None:
    left = Interrupted()
    async with opened(url, slots(tmp_path), walk=left.walk) as here:
        await here.start("walk", "w", partition="08")
        await asyncio.wait_for(here.quiet("walk", _yes, longest=0.2), 10)
        await here.quiet("another", _yes, longest=60)
        left.may_end = True
        await here.quiet("walk", _yes, longest=60)
        await here.drain()
    assert left.second == 1


async def test_what_another_gateway_holds_is_neither_waited_for_nor_a_failure(url: str) -> None:
    tries: list[int] = []

    async def walk(steps: Steps) -> None:
        async def _step() -> None:
            tries.append(1)
            if len(tries) < 3:
                raise Elsewhere("compte relevé par une autre passerelle")

        await steps.run("collect", _step)

    async with opened(url, None, walk=walk) as here:
        for number in (1, 2, 3):
            assert await here.start("walk", "w", partition="08")
            await here.drain()
            assert len(tries) == number
            assert await here.failures() == {}
        assert await here.start("walk", "w", partition="08") is False


async def test_walks_given_up_are_told_with_their_kind_of_error(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notebook, "MAX_ATTEMPTS", 2)

    async def broken(steps: Steps) -> None:
        async def _step() -> None:
            raise ValueError("MARTIN")

        await steps.run("treat", _step)

    async def slow(steps: Steps) -> None:
        async def _step() -> None:
            raise Unavailable("le partenaire ne répond pas")

        await steps.run("collect", _step)

    assert given_up(url) == {}
    assert list(tmp_path.iterdir()) == []  # looking makes nothing
    async with opened(url, None, broken=broken, slow=slow) as here:
        await here.start("slow", "s", partition="08")
        for _ in range(2):
            await here.start("broken", "b", partition="08")
            await here.drain()
    assert given_up(url) == {"b": "incident interne à l'étape treat (ValueError)"}
