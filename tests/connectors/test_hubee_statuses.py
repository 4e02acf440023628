"""What the sender is told at HubEE: once, in order, never backwards, never too early."""

import asyncio
import io
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import Arrival, Milestone, Notice, Snag
from connectors.errors import Denied, Unreachable
from connectors.hubee import Generation, HubeeSource
from connectors.hubee.hub import FileState, HubDelivery, HubFile, Item, Saying, State, Told
from connectors.hubee.statuses import FINAL, RANK, joined, owed, wanted
from connectors.hubee.v1.words import STATES
from connectors.sandbox.hubee import Fault, Terms
from connectors.sandbox.hubee.records import Status
from connectors.sink import FileSink
from tests.world.hubee import (
    INTEGRATED,
    KIND,
    NOTICES,
    READABLE,
    RECEIVED,
    REFUSED,
    UNREADABLE,
    HubeeWorld,
    as_publisher,
    hubee_world,
)


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


async def test_words_that_fail_for_good_park_their_case_and_leave_it_offered(
    tmp_path: Path,
) -> None:
    async with hubee_world(tmp_path) as world, world.source() as source:
        case_id, arrival = await waiting(world, source)
        world.sandbox.faults.order("event.post", Fault.EVENT_LIMIT, terms=Terms(skip=1))
        with pytest.raises(Denied):
            await source.acknowledge(arrival, [RECEIVED, INTEGRATED])
        assert [(s.what, s.snag) for s in source.stuck()] == [(case_id, Snag.REFUSED)]
        assert [a.key for a in await source.arrivals()] == [arrival.key]
        assert [s.snag for s in source.stuck()] == [Snag.REFUSED]
        world.sandbox.faults.clear()
        await source.acknowledge(arrival, [RECEIVED, INTEGRATED])
        assert source.stuck() == []
        assert world.said(case_id) == ["IN_PROGRESS", "DONE"]


async def test_our_words_carry_a_mark_only_our_side_sees(
    world: HubeeWorld, source: HubeeSource
) -> None:
    case_id, arrival = await waiting(world, source)
    await source.acknowledge(arrival, [RECEIVED, INTEGRATED])
    stored = world.sandbox._hub.store.world.cases[case_id].events
    assert all(re.fullmatch("passerelle:[0-9a-f]{16}", e.comment or "") for e in stored)
    assert len({e.comment for e in stored}) == 2


async def test_words_said_before_we_left_marks_still_count(
    world: HubeeWorld, source: HubeeSource
) -> None:
    case_id, arrival = await waiting(world, source)
    await source.acknowledge(arrival, [RECEIVED, INTEGRATED])
    for event in world.sandbox._hub.store.world.cases[case_id].events:
        event.comment = None
    async with world.source() as restarted:
        await restarted.acknowledge(arrival, [RECEIVED, INTEGRATED])
    assert world.said(case_id) == ["IN_PROGRESS", "DONE"]


async def test_a_hub_that_is_late_to_show_our_word_does_not_hear_it_twice(
    world: HubeeWorld, source: HubeeSource
) -> None:
    case_id, arrival = await waiting(world, source)
    case = world.sandbox._hub.store.world.cases[case_id]
    await source.acknowledge(arrival, [RECEIVED])
    case.events.clear()
    case.status = Status.HUBEE_NOTIFIED
    await source.acknowledge(arrival, [RECEIVED])
    assert case.events == []


def test_every_status_of_the_hub_has_a_state_and_every_state_a_rank() -> None:
    assert set(STATES) == set(Status)
    assert set(RANK) == set(State)
    assert set(FINAL) | {Milestone.RECEIVED, Milestone.READABLE} == set(Milestone)


ITEM = Item("n", Saying.NEW, "case")
notices = st.lists(st.sampled_from(list(NOTICES.values())), max_size=6)
cases = st.lists(notices, min_size=1, max_size=4)


def saying(heard: Sequence[Sequence[Notice]]) -> list[tuple[State, str]]:
    files = [HubFile(str(i), KIND, "", None, FileState.READY) for i in range(len(heard))]
    return list(
        wanted(files, {str(i): {n.milestone: n for n in said} for i, said in enumerate(heard)})
    )


def said_on(state: State, told: Sequence[State]) -> HubDelivery:
    history = tuple(Told(str(i), s, ours=True) for i, s in enumerate(told))
    return HubDelivery("case", state, (), history)


@given(st.sampled_from(State), cases, st.booleans())
def test_what_is_owed_only_climbs(state: State, heard: list[list[Notice]], by_patch: bool) -> None:
    ranks = [RANK[s] for s, _ in owed(said_on(state, []), [ITEM], saying(heard), by_patch=by_patch)]
    assert ranks == sorted(set(ranks))
    assert all(r >= RANK[state] for r in ranks)


@given(cases, st.booleans())
def test_once_told_nothing_is_owed(heard: list[list[Notice]], by_patch: bool) -> None:
    words = saying(heard)
    told = [s for s, _ in owed(said_on(State.NEW, []), [ITEM], words, by_patch=by_patch)]
    for state in (told[-1] if told else State.NEW, State.NEW):
        assert list(owed(said_on(state, told), [ITEM], words, by_patch=by_patch)) == []


@given(cases)
def test_nothing_is_said_while_one_file_is_not_held(heard: list[list[Notice]]) -> None:
    held = [{n.milestone for n in said} - {Milestone.READABLE} for said in heard]
    assert bool(saying(heard)) is all(held)


@given(cases)
def test_the_purge_starts_only_when_a_file_was_received(heard: list[list[Notice]]) -> None:
    good = {Milestone.RECEIVED, Milestone.INTEGRATED}
    if State.PROCESSING in dict(saying(heard)):
        assert any(n.milestone in good for said in heard for n in said)


@given(
    st.lists(st.tuples(st.text("AB", min_size=1), st.text(max_size=1500)), min_size=1, max_size=60)
)
def test_the_message_always_fits(said: list[tuple[str, str]]) -> None:
    notices = [
        (HubFile("f", kind, "DUPONT.txt", 1, FileState.READY), Notice(Milestone.REFUSED, text))
        for kind, text in said
    ]
    assert len(joined(notices)) <= 1000
