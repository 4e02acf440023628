"""A case of two files is told of as a whole: HubEE knows no status per file."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from connectors.contract import Arrival, Milestone, Notice, Snag
from connectors.hubee import HubeeSource
from tests.world.hubee import (
    INTEGRATED,
    RECEIVED,
    REFUSED,
    RSA,
    UNREADABLE,
    HubeeWorld,
    a_file,
    hubee_world,
)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[HubeeWorld]:
    async with hubee_world(tmp_path / "hub") as world:
        yield world


class TestACaseOfTwoFiles:
    """Statuses are per case, and the first one lets HubEE erase every file of it."""

    @pytest.fixture
    async def source(self, world: HubeeWorld) -> AsyncIterator[HubeeSource]:
        async with world.source(RSA) as source:
            yield source

    async def pair(self, world: HubeeWorld, source: HubeeSource) -> tuple[str, Arrival, Arrival]:
        bodies = a_file(b"1", kind="RSABEI"), a_file(b"2", kind="RSABAI")
        case_id = world.publish(*bodies, process=RSA)
        first, second = await source.arrivals()
        return case_id, first, second

    async def test_nothing_is_said_before_both_are_held(
        self, world: HubeeWorld, source: HubeeSource
    ) -> None:
        case_id, first, second = await self.pair(world, source)
        assert await source.acknowledge(first, [RECEIVED, INTEGRATED]) == []
        await source.settle(first)
        assert (world.said(case_id), world.case(case_id).status) == ([], "HUBEE_NOTIFIED")
        assert await source.acknowledge(second, [RECEIVED]) == []
        assert world.said(case_id) == ["IN_PROGRESS"]
        await source.settle(second)
        told = await source.acknowledge(second, [RECEIVED, INTEGRATED])
        assert sorted(told) == sorted([first.key, second.key])
        assert world.said(case_id) == ["IN_PROGRESS", "DONE"]
        assert world.sandbox.state().waiting_for_recipients() == 1
        await source.settle(second)
        assert world.sandbox.state().waiting_for_recipients() == 0

    @pytest.mark.parametrize(
        ("one", "other", "said"),
        [
            ([RECEIVED, INTEGRATED], [RECEIVED, INTEGRATED], ["IN_PROGRESS", "DONE"]),
            ([RECEIVED, INTEGRATED], [RECEIVED, REFUSED], ["IN_PROGRESS", "REFUSED"]),
            ([RECEIVED, REFUSED], [UNREADABLE], ["IN_PROGRESS", "SI_INTG_ERROR"]),
            ([UNREADABLE], [UNREADABLE], ["SI_INTG_ERROR"]),
            ([REFUSED], [REFUSED], ["REFUSED"]),
        ],
    )
    async def test_the_final_status_is_the_worst(
        self,
        world: HubeeWorld,
        source: HubeeSource,
        one: Sequence[Notice],
        other: Sequence[Notice],
        said: list[str],
    ) -> None:
        case_id, first, second = await self.pair(world, source)
        await source.acknowledge(first, one)
        await source.acknowledge(second, other)
        assert world.said(case_id) == said

    async def test_after_a_restart_each_file_is_acknowledged_again_and_nothing_said_twice(
        self, world: HubeeWorld, source: HubeeSource
    ) -> None:
        case_id, first, second = await self.pair(world, source)
        await source.acknowledge(first, [RECEIVED, INTEGRATED])
        async with world.source(RSA) as restarted:
            assert {a.key for a in await restarted.arrivals()} == {first.key, second.key}
            for _ in range(2):
                await restarted.acknowledge(second, [RECEIVED, INTEGRATED])
                await restarted.settle(second)
                assert world.said(case_id) == []
            await restarted.acknowledge(first, [RECEIVED, INTEGRATED])
            assert world.sandbox.state().waiting_for_recipients() == 1
            await restarted.settle(first)
        assert world.said(case_id) == ["IN_PROGRESS", "DONE"]
        assert world.sandbox.state().waiting_for_recipients() == 0

    async def test_a_crash_between_the_last_word_and_the_deletion_is_made_up_for(
        self, world: HubeeWorld, source: HubeeSource
    ) -> None:
        case_id, first, second = await self.pair(world, source)
        for arrival in (first, second):
            await source.acknowledge(arrival, [RECEIVED, INTEGRATED])
        async with world.source(RSA) as restarted:
            told = []
            for arrival in await restarted.arrivals():
                told.append(set(await restarted.acknowledge(arrival, [RECEIVED, INTEGRATED])))
                await restarted.settle(arrival)
        assert told == [set(), {first.key, second.key}]
        assert world.said(case_id) == ["IN_PROGRESS", "DONE"]
        assert world.sandbox.state().waiting_for_recipients() == 0

    async def test_the_message_says_what_becomes_of_each_by_its_type(
        self, world: HubeeWorld, source: HubeeSource
    ) -> None:
        case_id, first, second = await self.pair(world, source)
        await source.acknowledge(first, [RECEIVED, INTEGRATED])
        await source.acknowledge(second, [RECEIVED, Notice(Milestone.REFUSED, "non", "GW-1")])
        message = world.case(case_id).events[-1].message
        assert message == f"{second.kind} : GW-1 : non\n{first.kind} : étape integrated"

    async def test_what_could_not_be_said_of_a_case_all_settled_is_offered_until_it_is(
        self, world: HubeeWorld, source: HubeeSource
    ) -> None:
        _, first, second = await self.pair(world, source)
        for arrival in (first, second):
            with pytest.MonkeyPatch.context() as blind:
                blind.setattr("connectors.hubee.reports.brought", lambda *_: Snag.UNREADABLE)
                assert await source.acknowledge(arrival, [RECEIVED, INTEGRATED]) == []
                await source.settle(arrival)
        both = {first.key, second.key}
        assert {a.key for a in await source.arrivals()} == both
        assert set(await source.acknowledge(first, [RECEIVED, INTEGRATED])) == both
        await source.settle(first)
        assert await source.arrivals() == []
