"""What the sender is told at HubEE: once, in order, never backwards, never too early."""

import asyncio
import io
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import Arrival, Milestone, Notice
from connectors.errors import Denied, Unreachable
from connectors.hubee import Generation, HubeeSource
from connectors.hubee.model import Case, Event, Organisation
from connectors.hubee.statuses import RANK, SAYS, owed
from connectors.sandbox.hubee import Fault
from connectors.sandbox.hubee.records import Status
from connectors.sink import FileSink
from tests.world.hubee import (
    INTEGRATED,
    NOTICES,
    READABLE,
    RECEIVED,
    REFUSED,
    UNREADABLE,
    HubeeWorld,
    as_publisher,
    hubee_world,
)

US = Organisation("SI", "22990000000011", "99")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[HubeeWorld]:
    async with hubee_world(tmp_path / "hub") as world:
        yield world


@pytest.fixture
async def source(world: HubeeWorld) -> AsyncIterator[HubeeSource]:
    async with world.source() as source:
        yield source


async def waiting(world: HubeeWorld, source: HubeeSource) -> tuple[str, Arrival]:
    case_id = world.publish()
    (arrival,) = await source.arrivals()
    return case_id, arrival


async def test_nothing_starts_the_purge_before_the_received_notice(
    world: HubeeWorld, source: HubeeSource
) -> None:
    case_id, arrival = await waiting(world, source)
    await source.fetch(arrival, FileSink(io.BytesIO()), limit=100)
    await source.acknowledge(arrival, [])
    await source.acknowledge(arrival, [READABLE])
    await source.settle(arrival)
    assert (world.case(case_id).status, world.said(case_id)) == ("HUBEE_NOTIFIED", [])


@pytest.mark.parametrize(
    ("notices", "said"),
    [
        ([RECEIVED], ["IN_PROGRESS"]),
        ([RECEIVED, READABLE, INTEGRATED], ["IN_PROGRESS", "DONE"]),
        ([INTEGRATED, RECEIVED], ["IN_PROGRESS", "DONE"]),
        ([INTEGRATED], ["IN_PROGRESS", "DONE"]),
        ([RECEIVED, REFUSED], ["IN_PROGRESS", "REFUSED"]),
        ([REFUSED], ["REFUSED"]),
        ([UNREADABLE], ["SI_INTG_ERROR"]),
    ],
)
@pytest.mark.parametrize("generation", list(Generation))
async def test_milestones_become_statuses(
    world: HubeeWorld, notices: Sequence[Notice], said: list[str], generation: Generation
) -> None:
    async with world.source(status_generation=generation) as source:
        case_id, arrival = await waiting(world, source)
        for _ in range(2):
            await source.acknowledge(arrival, notices)
    assert (world.said(case_id), world.case(case_id).status) == (said, said[-1])


async def test_telling_at_the_same_moment_tells_once(
    world: HubeeWorld, source: HubeeSource
) -> None:
    case_id, arrival = await waiting(world, source)
    await asyncio.gather(*[source.acknowledge(arrival, [RECEIVED]) for _ in range(5)])
    assert world.said(case_id) == ["IN_PROGRESS"]


async def test_a_restarted_source_does_not_say_it_again(
    world: HubeeWorld, source: HubeeSource
) -> None:
    case_id, arrival = await waiting(world, source)
    await source.acknowledge(arrival, [RECEIVED, INTEGRATED])
    async with world.source() as restarted:
        await restarted.acknowledge(arrival, [RECEIVED])
    assert world.said(case_id) == ["IN_PROGRESS", "DONE"]


@pytest.mark.parametrize("fault", [Fault.ERROR_AFTER, Fault.RESET_AFTER])
@pytest.mark.parametrize("generation", list(Generation))
async def test_an_event_taken_but_answered_badly_is_posted_once(
    world: HubeeWorld, fault: Fault, generation: Generation
) -> None:
    async with world.source(status_generation=generation) as source:
        case_id, arrival = await waiting(world, source)
        world.sandbox.faults.order("event.post", fault, fault)
        await source.acknowledge(arrival, [RECEIVED, INTEGRATED])
    assert world.said(case_id) == ["IN_PROGRESS", "DONE"]


@pytest.mark.parametrize("fault", [Fault.ERROR_BEFORE, Fault.RESET_BEFORE, Fault.TOKEN_REFUSED])
@pytest.mark.parametrize("generation", list(Generation))
async def test_an_event_not_taken_is_posted_again(
    world: HubeeWorld, fault: Fault, generation: Generation
) -> None:
    async with world.source(status_generation=generation) as source:
        case_id, arrival = await waiting(world, source)
        world.sandbox.faults.order("event.post", fault)
        await source.acknowledge(arrival, [RECEIVED])
    assert world.said(case_id) == ["IN_PROGRESS"]


async def test_a_hub_that_never_takes_the_event_is_unreachable(
    world: HubeeWorld, source: HubeeSource
) -> None:
    case_id, arrival = await waiting(world, source)
    world.sandbox.faults.order("event.post", *[Fault.ERROR_BEFORE] * 3)
    with pytest.raises(Unreachable):
        await source.acknowledge(arrival, [RECEIVED])
    assert world.said(case_id) == []
    await source.acknowledge(arrival, [RECEIVED])
    assert world.said(case_id) == ["IN_PROGRESS"]


async def test_after_a_silence_nothing_is_posted_before_a_later_look(world: HubeeWorld) -> None:
    async with world.source(connect_timeout=0.1, read_timeout=0.1) as source:
        case_id, arrival = await waiting(world, source)
        world.sandbox.faults.order("event.post", Fault.SILENT_AFTER)
        with pytest.raises(Unreachable):
            await source.acknowledge(arrival, [RECEIVED])
    async with world.source() as source:
        await source.acknowledge(arrival, [RECEIVED])
    assert world.said(case_id) == ["IN_PROGRESS"]


async def test_an_event_the_hub_refuses_is_denied(world: HubeeWorld, source: HubeeSource) -> None:
    _, arrival = await waiting(world, source)
    world.sandbox.faults.order("event.post", Fault.REFUSED)
    with pytest.raises(Denied):
        await source.acknowledge(arrival, [RECEIVED])


async def test_a_case_that_is_gone_cannot_be_answered(
    world: HubeeWorld, source: HubeeSource
) -> None:
    _, arrival = await waiting(world, source)
    world.sandbox.faults.order("case.read", Fault.MISSING)
    with pytest.raises(Denied, match="gone"):
        await source.acknowledge(arrival, [RECEIVED])


async def test_a_reopened_case_is_told_again(world: HubeeWorld, source: HubeeSource) -> None:
    case_id, arrival = await waiting(world, source)
    await source.acknowledge(arrival, [RECEIVED, INTEGRATED])
    again = {"actionType": "STATUS_UPDATE", "notification": True, "caseNewStatus": "HUBEE_NOTIFIED"}
    path = f"/teledossiers/v1/cases/{case_id}/events"
    async with as_publisher(world) as publisher, publisher.post(path, json=again) as answer:
        assert answer.status == 201
    await source.acknowledge(arrival, [RECEIVED])
    assert world.said(case_id) == ["IN_PROGRESS", "DONE", "HUBEE_NOTIFIED", "IN_PROGRESS"]


async def test_the_message_carries_the_code_and_fits(
    world: HubeeWorld, source: HubeeSource
) -> None:
    case_id, arrival = await waiting(world, source)
    refused = Notice(Milestone.REFUSED, "é" * 2000, code="GW-503")
    await source.acknowledge(arrival, [refused])
    message = world.case(case_id).events[0].message
    assert message is not None
    assert message.startswith("GW-503 : é")
    assert len(message) == 1000


def test_every_milestone_has_a_status_and_every_status_a_rank() -> None:
    assert set(SAYS) == set(Milestone)
    assert set(RANK) == set(Status)


notices = st.lists(st.sampled_from(list(NOTICES.values())), max_size=6)


def said_on(status: str, told: Sequence[str]) -> Case:
    events = [Event(UUID(int=i), US, case_new_status=s) for i, s in enumerate(told)]
    return Case(UUID(int=0), status, US, events=events)


@given(st.sampled_from([*RANK, "A_STATUS_OF_TOMORROW"]), notices, st.booleans())
def test_what_is_owed_only_climbs(status: str, notices: list[Notice], by_patch: bool) -> None:
    ranks = [RANK[s] for s, _ in owed(said_on(status, []), notices, by_patch=by_patch)]
    assert ranks == sorted(set(ranks))
    assert all(r >= RANK.get(status, 0) for r in ranks)


@given(notices, st.booleans())
def test_once_told_nothing_is_owed(notices: list[Notice], by_patch: bool) -> None:
    told = [s for s, _ in owed(said_on("HUBEE_NOTIFIED", []), notices, by_patch=by_patch)]
    after = said_on(told[-1] if told else "HUBEE_NOTIFIED", told)
    assert list(owed(after, notices, by_patch=by_patch)) == []
    stale = said_on("HUBEE_NOTIFIED", told)
    assert list(owed(stale, notices, by_patch=by_patch)) == []


@given(st.lists(st.sampled_from([READABLE, REFUSED, UNREADABLE])))
def test_the_purge_starts_with_received_or_integrated_only(notices: list[Notice]) -> None:
    assert "IN_PROGRESS" not in dict(owed(said_on("HUBEE_NOTIFIED", []), notices))
