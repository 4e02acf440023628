"""`kill -9` before and after every call to the hub, then one run more: as if nothing had happened.

A call is counted by the hub. Before: the gateway dies and nothing is done of the call. After: it is
done, and the gateway dies before it is told.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import web

from tests.trials.gateways import Gateway, Nursery, Starter
from tests.trials.picture import picture
from tests.trials.scene import Scene

INSTANTS = ("before", "after")
PARTS = 4
KILLED = -9


@dataclass(frozen=True)
class Ready:
    """What is to be lived again and again, how it ends when undisturbed, and the calls it takes."""

    scene: Scene
    calm: dict[str, Any]
    calls: list[str]


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory, nursery: Nursery) -> Ready:
    scene = Scene(tmp_path_factory.mktemp("scenes") / "ready")
    return nursery.run(_prepare(scene, nursery.starters[0]))


async def _prepare(scene: Scene, start: Starter) -> Ready:
    scene.draw()
    scene.make_keys()
    async with scene.playing() as hub:
        closed = scene.publish_first(hub)
        assert await _run(scene, start) == 0
        await scene.publish_rest(hub, closed)
    calm = scene.copied("calm")
    async with calm.playing() as hub:
        assert await _run(calm, start) == 0
        return Ready(scene, picture(calm, hub), [line.route for line in hub.journal.lines()])


async def _run(scene: Scene, start: Starter) -> int:
    return await (await _started(scene, start)).ended


async def _started(scene: Scene, start: Starter) -> Gateway:
    return await start.start(scene.root / "said", "flow", "run", "--config", scene.config)


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("instant", INSTANTS)
def test_a_gateway_killed_at_any_call_ends_as_if_it_had_lived(
    instant: str,
    part: int,
    ready: Ready,
    nursery: Nursery,
    record_property: Callable[[str, object], None],
) -> None:
    numbers = range(1 + part, len(ready.calls) + 1, PARTS)
    wrong = nursery.run(_all_lives(ready, nursery.starters, numbers, instant))
    record_property("kills", len(numbers))
    assert not wrong, "\n".join(wrong)


async def _all_lives(
    ready: Ready, starters: Sequence[Starter], numbers: range, instant: str
) -> list[str]:
    """As many lives at once as there are starters."""
    waiting = list(reversed(numbers))

    async def some(start: Starter) -> list[str]:
        wrong: list[str] = []
        while waiting:
            wrong += await _life(ready, start, waiting.pop(), instant)
        return wrong

    return [what for found in await asyncio.gather(*map(some, starters)) for what in found]


async def _life(ready: Ready, start: Starter, number: int, instant: str) -> list[str]:
    """Kill at this call, run once more, and say what differs from an undisturbed life."""
    scene = ready.scene.copied(f"{instant}-{number}")
    async with scene.playing() as hub:
        dying: asyncio.Future[Gateway] = asyncio.get_running_loop().create_future()

        async def kill() -> None:
            (await dying).kill()
            raise web.HTTPServiceUnavailable  # nobody is there to read it

        hook = hub.journal.before if instant == "before" else hub.journal.done
        hook(number, kill)
        dying.set_result(await _started(scene, start))
        first, second = await dying.result().ended, await _run(scene, start)
        found, words = picture(scene, hub), dying.result().words()
    scene.forget()
    where = f"{instant} call {number} ({ready.calls[number - 1]})"
    if (first, second) != (KILLED, 0):
        return [f"{where}: ended with {first}, then {second}: {words[-2000:]}"]
    return [
        f"{where}: {name} is {found[name]} and not {calm}"
        for name, calm in ready.calm.items()
        if found[name] != calm
    ]


def test_an_undisturbed_life_meets_every_kind_of_call(ready: Ready) -> None:
    assert set(ready.calls) >= {
        "token", "queue.read", "case.read", "case.download", "event.post",
        "event.download", "event.move", "queue.delete",
    }  # fmt: skip
    assert ready.calm["waiting"] == 0
    assert set(ready.calm["statuses"].values()) == {"DONE"}
    assert list(ready.calm["said"].values()) == [
        ["IN_PROGRESS", "DONE"] * 2,
        ["IN_PROGRESS", "DONE"],
    ]
    assert len(ready.calm["deliveries"]) == len(ready.calm["vault"]) == 4
    assert ready.calm["acknowledged"] == 4
    assert max(ready.calm["ledger"].values()) == 1
    assert len(ready.calm["extracts"]) == 2
