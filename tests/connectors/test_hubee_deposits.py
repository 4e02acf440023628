"""Files deposited on a known case, and cases their sender reopens."""

import asyncio
from collections.abc import Sequence

import pytest

from connectors.contract import Arrival, Notice, Snag
from connectors.hubee import Generation, HubeeSource
from connectors.sandbox.hubee import Fault
from connectors.sandbox.hubee.records import EventStatus
from tests.connectors.place import fetched
from tests.world.hubee import INTEGRATED, RECEIVED, HubeeWorld, a_file
from tests.world.hubee_sender import Sender

DONE = [RECEIVED, INTEGRATED]
ONCE, TWICE = ["IN_PROGRESS", "DONE"], ["IN_PROGRESS", "DONE"] * 2


async def finish(source: HubeeSource, arrival: Arrival, notices: Sequence[Notice] = DONE) -> None:
    await source.acknowledge(arrival, notices)
    await source.settle(arrival)


async def finished(world: HubeeWorld, source: HubeeSource) -> str:
    """A case told and settled, its queue empty; the next moment is a later one."""
    case_id = world.publish()
    (arrival,) = await source.arrivals()
    await finish(source, arrival)
    assert world.sandbox.state().waiting_for_recipients() == 0
    await asyncio.sleep(0.002)
    return case_id


def ours(world: HubeeWorld, case_id: str) -> list[str | None]:
    events = world.case(case_id).events
    return [e.new_status for e in events if e.transmitter.type == "SI"]


async def test_a_deposited_file_is_an_arrival_read_by_the_route_of_its_event(
    world: HubeeWorld, source: HubeeSource, cnaf: Sender
) -> None:
    case_id = await finished(world, source)
    event_id = await cnaf.deposit(case_id, a_file(b"more"))
    (arrival,) = await source.arrivals()
    assert arrival.key == f"{case_id}/{event_id}/{arrival.reference['attachment']}"
    assert await fetched(source, arrival) == b"more"


async def test_a_deposit_is_answered_then_marked_read_then_deleted(
    world: HubeeWorld, source: HubeeSource, cnaf: Sender
) -> None:
    case_id = await finished(world, source)
    event_id = await cnaf.deposit(case_id)
    (arrival,) = await source.arrivals()
    world.sandbox.faults.order("event.move", Fault.FORBIDDEN)
    await source.acknowledge(arrival, DONE)
    assert ours(world, case_id) == TWICE
    with pytest.raises(Exception, match="not ours"):
        await source.settle(arrival)
    assert world.sandbox.state().waiting_for_recipients() == 1
    await source.settle(arrival)
    assert world.sandbox.state().waiting_for_recipients() == 0
    (deposit,) = [e for e in world.case(case_id).events if e.id == event_id]
    assert deposit.status == "RECEIVED"


@pytest.mark.parametrize("generation", list(Generation))
async def test_a_deposit_that_reopens_a_closed_case_is_answered_once(
    world: HubeeWorld, cnaf: Sender, generation: Generation
) -> None:
    async with world.source(status_generation=generation) as source:
        case_id = await finished(world, source)
        await cnaf.move(case_id, "CLOSED")
        await cnaf.deposit(case_id, caseNewStatus="HUBEE_NOTIFIED")
        (arrival,) = await source.arrivals()
        await source.acknowledge(arrival, DONE)
        (arrival,) = await source.arrivals()
        await finish(source, arrival)
    assert ours(world, case_id) == TWICE
    assert world.case(case_id).status == "DONE"


async def test_a_deposit_on_a_case_left_closed_is_answered(
    world: HubeeWorld, source: HubeeSource, cnaf: Sender
) -> None:
    case_id = await finished(world, source)
    await cnaf.move(case_id, "CLOSED")
    await cnaf.deposit(case_id)
    (arrival,) = await source.arrivals()
    await finish(source, arrival)
    assert ours(world, case_id) == TWICE


async def test_a_deposit_on_a_case_closed_without_a_word_of_ours_is_answered(
    world: HubeeWorld, source: HubeeSource, cnaf: Sender
) -> None:
    case_id = world.publish()
    (arrival,) = await source.arrivals()
    await cnaf.move(case_id, "CLOSED")
    await finish(source, arrival)
    assert (ours(world, case_id), world.sandbox.state().waiting_for_recipients()) == ([], 0)
    await cnaf.deposit(case_id)
    (arrival,) = await source.arrivals()
    await finish(source, arrival)
    assert ours(world, case_id) == ONCE


@pytest.mark.parametrize("generation", list(Generation))
async def test_a_deposit_being_uploaded_reopens_nothing_yet(
    world: HubeeWorld, cnaf: Sender, generation: Generation
) -> None:
    case_id = world.publish()
    async with world.source(status_generation=generation) as source:
        (arrival,) = await source.arrivals()
        await source.acknowledge(arrival, DONE)
    file = {"fileName": "f", "type": "t", "size": 1, "mimeType": "text/plain"}
    await cnaf.say(case_id, "ATTACH_DEPOSIT", attachments=[file], caseNewStatus="HUBEE_NOTIFIED")
    async with world.source(status_generation=generation) as restarted:
        await restarted.acknowledge(arrival, DONE)
    assert ours(world, case_id) == ONCE


async def test_a_case_silently_reopened_is_answered_again(
    world: HubeeWorld, source: HubeeSource, cnaf: Sender
) -> None:
    case_id = await finished(world, source)
    await cnaf.move(case_id, "CLOSED")
    cnaf.notify(case_id)
    (arrival,) = await source.arrivals()
    await finish(source, arrival)
    assert ours(world, case_id) == TWICE
    assert world.sandbox.state().waiting_for_recipients() == 0


async def test_a_reopening_seen_after_a_restart_is_answered_once(
    world: HubeeWorld, source: HubeeSource, cnaf: Sender
) -> None:
    case_id = await finished(world, source)
    cnaf.notify(case_id)
    for _ in range(3):
        async with world.source() as restarted:
            (arrival,) = await restarted.arrivals()
            await restarted.acknowledge(arrival, DONE)
    assert ours(world, case_id) == TWICE


async def test_a_reopening_without_any_date_is_answered_once(
    world: HubeeWorld, source: HubeeSource, cnaf: Sender
) -> None:
    case_id = await finished(world, source)
    cnaf.notify(case_id)
    for _ in range(2):
        forget_dates(world, case_id)
        async with world.source() as restarted:
            (arrival,) = await restarted.arrivals()
            assert arrival.seen_at is None
            await restarted.acknowledge(arrival, DONE)
    assert ours(world, case_id) == TWICE


def forget_dates(world: HubeeWorld, case_id: str) -> None:
    store = world.sandbox._hub.store
    with store.change() as kept:
        for event in kept.cases[case_id].events:
            event.create_date_time = ""
        for item in kept.notifications.values():
            item.date_time = ""


async def test_new_files_during_the_treatment_wait_for_one_answer_to_all(
    world: HubeeWorld, source: HubeeSource, cnaf: Sender
) -> None:
    case_id = world.publish()
    (first,) = await source.arrivals()
    await cnaf.deposit(case_id)
    await source.acknowledge(first, DONE)
    assert ours(world, case_id) == []
    both = await source.arrivals()
    assert len(both) == 2
    for arrival in both:
        await finish(source, arrival)
    assert ours(world, case_id) == ONCE
    assert world.sandbox.state().waiting_for_recipients() == 0


async def test_a_deposit_after_in_progress_gets_the_final_word_only(
    world: HubeeWorld, source: HubeeSource, cnaf: Sender
) -> None:
    case_id = world.publish()
    (first,) = await source.arrivals()
    await source.acknowledge(first, [RECEIVED])
    await asyncio.sleep(0.002)
    await cnaf.deposit(case_id)
    for arrival in await source.arrivals():
        await finish(source, arrival)
    assert ours(world, case_id) == ONCE


async def test_an_item_repeated_while_its_case_is_answered_is_cleared_with_it(
    world: HubeeWorld, source: HubeeSource, cnaf: Sender
) -> None:
    case_id = world.publish()
    (arrival,) = await source.arrivals()
    await source.acknowledge(arrival, [RECEIVED])
    await source.settle(arrival)
    store = world.sandbox._hub.store
    with store.change() as kept:
        twin = next(iter(kept.notifications.values()))
        kept.notifications["twin"] = type(twin)(
            **{n: getattr(twin, n) for n in twin.__struct_fields__} | {"id": case_id}
        )
        kept.notifications[case_id] = kept.notifications.pop("twin")
    (again,) = await source.arrivals()
    await finish(source, again)
    assert ours(world, case_id) == ONCE
    assert world.sandbox.state().waiting_for_recipients() == 0


async def test_a_deposit_nobody_announced_is_offered_with_its_case(
    world: HubeeWorld, source: HubeeSource, cnaf: Sender
) -> None:
    case_id = world.publish()
    event_id = await cnaf.deposit(case_id, notification=False)
    both = await source.arrivals()
    assert [a.reference.get("event") for a in both] == [None, event_id]
    for arrival in both:
        await finish(source, arrival)
    assert next(e for e in world.case(case_id).events if e.id == event_id).status == "RECEIVED"


async def test_a_deposit_its_sender_has_not_sent_is_not_offered(
    world: HubeeWorld, source: HubeeSource, cnaf: Sender
) -> None:
    case_id = world.publish()
    event_id = await cnaf.deposit(case_id)
    store = world.sandbox._hub.store
    with store.change() as kept:
        kept.cases[case_id].events[0].status = EventStatus.IN_PROGRESS
        for item in [n for n in kept.notifications.values() if n.event_id == event_id]:
            del kept.notifications[item.id]
    (only,) = await source.arrivals()
    assert "event" not in only.reference


async def test_a_deposit_of_an_undeclared_type_parks_its_case(
    world: HubeeWorld, source: HubeeSource, cnaf: Sender
) -> None:
    case_id = await finished(world, source)
    await cnaf.deposit(case_id, a_file(kind="facture"))
    assert list(await source.arrivals()) == []
    (stuck,) = source.stuck()
    assert (stuck.what, stuck.snag) == (case_id, Snag.UNDECLARED_KIND)
    assert await source.tidy() == 0
