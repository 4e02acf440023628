"""What recipients answer at HubEE is given, noted once, and nothing of anybody else is touched."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connectors.contract import Answer, Milestone
from connectors.errors import Unreachable
from connectors.hubee import HubeeOutlet
from connectors.sandbox.hubee import Fault, applies
from tests.world.hubee import US, a_file
from tests.world.publisher import (
    NEIGHBOUR,
    OTHER,
    PROCESS,
    PublisherWorld,
    pieces,
    publisher_world,
)

AMBIGUOUS = [Fault.ERROR_BEFORE, Fault.ERROR_AFTER, Fault.RESET_BEFORE, Fault.RESET_AFTER]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[PublisherWorld]:
    async with publisher_world(tmp_path / "hub") as world:
        yield world


@pytest.fixture
async def outlet(world: PublisherWorld) -> AsyncIterator[HubeeOutlet]:
    async with world.outlet() as outlet:
        yield outlet


async def published(outlet: HubeeOutlet) -> tuple[str, str]:
    """A package its recipient was told of: what was prepared, and the recipient's case."""
    prepared = await outlet.prepare(pieces())
    await outlet.deliver(pieces(), prepared)
    return prepared, prepared.split("/")[1]


async def only(outlet: HubeeOutlet, prepared: str) -> Answer:
    (answer,) = await outlet.answers([prepared])
    return answer


@pytest.mark.parametrize(
    ("status", "milestone"),
    [
        ("IN_PROGRESS", Milestone.RECEIVED),
        ("DONE", Milestone.INTEGRATED),
        ("REFUSED", Milestone.REFUSED),
        ("SI_INTG_ERROR", Milestone.UNREADABLE),
    ],
)
async def test_a_status_of_the_recipient_is_an_answer(
    world: PublisherWorld, outlet: HubeeOutlet, status: str, milestone: Milestone
) -> None:
    prepared, case = await published(outlet)
    await world.says(case, status)
    answer = await only(outlet, prepared)
    assert (answer.milestone, answer.prepared) == (milestone, prepared)
    assert answer.said_at is not None
    assert await only(outlet, prepared) == answer


@pytest.mark.parametrize("status", ["DONE", "REFUSED"])
async def test_a_final_answer_noted_closes_the_exchange(
    world: PublisherWorld, outlet: HubeeOutlet, status: str
) -> None:
    prepared, case = await published(outlet)
    await world.says(case, status)
    answer = await only(outlet, prepared)
    for _ in range(2):
        await outlet.noted(answer)
    (folder,) = world.folders()
    assert folder.global_status == "CLOSED"
    assert folder.close_date_time is not None
    assert world.hub.case(case).status == "CLOSED"
    assert world.said_by_us(case) == ["CLOSED"]
    assert world.our_queue() == 0
    assert await outlet.answers([prepared]) == []


@pytest.mark.parametrize("status", ["IN_PROGRESS", "SI_INTG_ERROR"])
async def test_an_answer_that_ends_nothing_closes_nothing(
    world: PublisherWorld, outlet: HubeeOutlet, status: str
) -> None:
    prepared, case = await published(outlet)
    await world.says(case, status)
    await outlet.noted(await only(outlet, prepared))
    assert world.hub.case(case).status == status
    assert world.said_by_us(case) == []
    assert world.our_queue() == 0


async def test_answers_come_oldest_first(world: PublisherWorld, outlet: HubeeOutlet) -> None:
    prepared, case = await published(outlet)
    await world.says(case, "IN_PROGRESS", "SI_INTG_ERROR", "DONE")
    found = await outlet.answers([prepared])
    assert [answer.milestone for answer in found] == [
        Milestone.RECEIVED, Milestone.UNREADABLE, Milestone.INTEGRATED,
    ]  # fmt: skip


async def test_words_that_answer_nothing_are_read_and_cleared(
    world: PublisherWorld, outlet: HubeeOutlet, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    prepared, case = await published(outlet)
    await world.says(case, "SI_RECEIVED", "ADD_AWAITING")
    message = {"actionType": "SENDING_MESSAGE", "notification": True, "message": "secret du 08"}
    await world.posts(case, message)
    assert await outlet.answers([prepared]) == []
    assert world.our_queue() == 0
    assert {event.status for event in world.hub.case(case).events} == {"RECEIVED"}
    assert "secret" not in caplog.text


async def test_the_text_of_a_recipient_is_in_no_answer(
    world: PublisherWorld, outlet: HubeeOutlet
) -> None:
    prepared, case = await published(outlet)
    await world.says(case, "DONE")
    assert "secret" not in repr(await only(outlet, prepared))


async def test_files_a_recipient_announces_are_left(
    world: PublisherWorld, outlet: HubeeOutlet, caplog: pytest.LogCaptureFixture
) -> None:
    prepared, case = await published(outlet)
    await world.deposits(case)
    assert await outlet.answers([prepared]) == []
    assert world.our_queue() == 1
    assert "left in the queue" in caplog.text


async def test_the_queue_of_the_other_demarches_is_untouched_and_hides_nothing(
    world: PublisherWorld, outlet: HubeeOutlet
) -> None:
    world.hub.sandbox.subscribe(*US, OTHER)
    for number in range(30):
        case = world.hub.sandbox.publish(OTHER, US, [a_file()], f"CNAF-RSABEM-{number:013}")
        await world.says(case, "DONE", process=OTHER)
    prepared, case = await published(outlet)
    await world.says(case, "DONE")
    await outlet.noted(await only(outlet, prepared))
    assert (world.our_queue(), world.our_queue(OTHER)) == (0, 30)
    assert set(world.polled) == {(PROCESS,)}


async def test_the_answers_of_another_recipient_are_left_to_its_outlet(
    world: PublisherWorld, outlet: HubeeOutlet
) -> None:
    world.hub.sandbox.subscribe(*NEIGHBOUR, PROCESS)
    async with world.outlet(recipient=NEIGHBOUR, alias="cd08") as neighbour:
        theirs, their_case = await published(neighbour)
        await world.says(their_case, *["SI_RECEIVED"] * 30, who=NEIGHBOUR)
        prepared, case = await published(outlet)
        await world.says(case, "DONE")
        await world.says(their_case, "DONE", who=NEIGHBOUR)
        await outlet.noted(await only(outlet, prepared))
        assert world.our_queue() == 31
        assert (await only(neighbour, theirs)).milestone is Milestone.INTEGRATED
        assert world.our_queue() == 1


async def test_an_answer_read_and_never_noted_is_given_again(
    world: PublisherWorld, outlet: HubeeOutlet
) -> None:
    prepared, case = await published(outlet)
    await world.says(case, "DONE")
    world.hub.sandbox.faults.order("case.move", *[Fault.RESET_BEFORE] * 3)
    with pytest.raises(Unreachable):
        await outlet.noted(await only(outlet, prepared))
    assert [event.status for event in world.hub.case(case).events] == ["RECEIVED"]
    async with world.outlet() as another:
        await another.noted(await only(another, prepared))
    assert world.said_by_us(case) == ["CLOSED"]
    assert world.our_queue() == 0


NOTING = [
    "event.move", "case.read", "case.move", "event.post", "folder.read", "folder.move",
    "queue.delete",
]  # fmt: skip


@pytest.mark.parametrize("times", [1, 3, 5])
@pytest.mark.parametrize(
    ("route", "fault"),
    [(route, fault) for route in NOTING for fault in AMBIGUOUS if applies(fault, route)],
)
async def test_whatever_fails_while_noting_the_exchange_is_closed_once(
    world: PublisherWorld, outlet: HubeeOutlet, route: str, fault: Fault, times: int
) -> None:
    prepared, case = await published(outlet)
    await world.says(case, "DONE")
    answer = await only(outlet, prepared)
    world.hub.sandbox.faults.order(route, *[fault] * times)
    for _ in range(4):
        try:
            await outlet.noted(answer)
        except Unreachable:
            continue
        break
    assert world.said_by_us(case) == ["CLOSED"]
    assert world.hub.case(case).status == "CLOSED"
    assert [folder.global_status for folder in world.folders()] == ["CLOSED"]
    assert world.our_queue() == 0
    assert len(world.new_items()) == 1


async def test_a_closing_that_gets_no_answer_is_not_said_again_before_looking(
    world: PublisherWorld,
) -> None:
    async with world.outlet(read_timeout=0.05, connect_timeout=0.05) as outlet:
        prepared, case = await published(outlet)
        await world.says(case, "DONE")
        answer = await only(outlet, prepared)
        world.hub.sandbox.faults.order("event.post", Fault.SILENT_AFTER)
        await outlet.noted(answer)
    assert world.said_by_us(case) == ["CLOSED"]


@pytest.mark.parametrize("fault", [Fault.MISSING, Fault.FORBIDDEN, Fault.HTML])
async def test_a_case_that_cannot_be_read_hides_no_other(
    world: PublisherWorld, fault: Fault
) -> None:
    async with world.outlet(attempts=1) as outlet:
        told = [await published(outlet) for _ in range(2)]
        for _, case in told:
            await world.says(case, "DONE")
        expected = [prepared for prepared, _ in told]
        world.hub.sandbox.faults.order("case.read", fault)
        assert len(await outlet.answers(expected)) == 1
        assert len(await outlet.answers(expected)) == 2


async def test_an_exchange_the_hub_forgot_lets_its_answer_go(
    world: PublisherWorld, outlet: HubeeOutlet
) -> None:
    prepared, case = await published(outlet)
    await world.says(case, "DONE")
    answer = await only(outlet, prepared)
    world.hub.sandbox.faults.order("event.move", Fault.MISSING)
    await outlet.noted(answer)
    assert world.our_queue() == 0


async def test_a_hub_that_does_not_answer_is_unreachable(
    world: PublisherWorld, outlet: HubeeOutlet
) -> None:
    prepared, _ = await published(outlet)
    world.hub.sandbox.cut()
    with pytest.raises(Unreachable):
        await outlet.answers([prepared])


async def test_what_was_prepared_elsewhere_expects_no_answer_here(outlet: HubeeOutlet) -> None:
    assert await outlet.answers(["", "sftp:something"]) == []
