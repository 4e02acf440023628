"""Events: what the process lets each side send, and what a deposit waits for."""

from pathlib import Path

import pytest

from connectors.sandbox.hubee.uploads import EICAR
from tests.world.sides import V1, Sides, a_file, sentence, sides_of

PDF = "application/pdf"


async def sent(sides: Sides, *, body: bytes, upload: bytes | None = None) -> tuple[int, int]:
    """The hub's answer to a deposit being sent, and how many items tell of it."""
    case_id = (await sides.publish()).case_id
    made, event = await sides.publisher.deposit(case_id, a_file(body))
    assert (made, event["status"]) == (201, "IN_PROGRESS")
    path = f"{V1}/cases/{case_id}/events/{event['id']}"
    if upload is not None:
        place = f"{path}/attachments/{event['attachments'][0]['id']}"
        assert (await sides.publisher.ask("PUT", place, data=upload))[0] == 204
    status = (await sides.publisher.ask("PATCH", path, json={"status": "SENT"}))[0]
    told = [item for item in await sides.us.queue() if item["eventId"] == event["id"]]
    return status, len(told)


async def test_a_deposit_is_sent_once_all_its_files_are_received(sides: Sides) -> None:
    assert await sent(sides, body=b"body", upload=b"body") == (204, 1)


async def test_a_deposit_without_its_file_is_not_sent(sides: Sides) -> None:
    assert await sent(sides, body=b"body") == (400, 0)


async def test_a_deposit_with_a_virus_is_not_sent(sides: Sides) -> None:
    assert await sent(sides, body=EICAR, upload=EICAR) == (400, 0)


async def test_an_si_may_send_nothing_unless_its_process_lists_formats(sides: Sides) -> None:
    case_id = (await sides.publish()).case_id
    assert (await sides.us.deposit(case_id, a_file(mimeType=PDF)))[0] == 400
    await sides.change_process(siAttachmentFormatsEnabled=[PDF])
    assert (await sides.us.deposit(case_id, a_file(mimeType=PDF)))[0] == 201
    assert (await sides.us.deposit(case_id, a_file()))[0] == 400
    assert (await sides.us.deposit(case_id, a_file(mimeType=PDF, size=10**10)))[0] == 400


async def test_a_message_needs_a_process_that_carries_it(sides: Sides) -> None:
    case_id = (await sides.publish()).case_id
    await sides.change_process(messageToTransmitter=False)
    assert (await sides.us.say(case_id, "DONE", message="fait"))[0] == 400
    assert (await sides.us.say(case_id, "DONE"))[0] == 201
    assert (await sides.publisher.say(case_id, "CLOSED", message="merci"))[0] == 201


async def test_an_event_nobody_is_told_of_still_moves_the_case(sides: Sides) -> None:
    case_id = (await sides.publish()).case_id
    assert (await sides.us.say(case_id, "DONE", notification=False))[0] == 201
    assert (await sides.us.case(case_id))["status"] == "DONE"
    assert await sides.publisher.queue() == []


async def test_a_deposit_moves_the_case_when_it_is_sent_and_not_before(sides: Sides) -> None:
    folder = await sides.publish()
    await sides.publisher.move(folder.case_id, "CLOSED")
    _, event = await sides.publisher.deposit(
        folder.case_id, a_file(), caseNewStatus="HUBEE_NOTIFIED"
    )
    path = f"{V1}/cases/{folder.case_id}/events/{event['id']}"
    place = f"{path}/attachments/{event['attachments'][0]['id']}"
    await sides.publisher.ask("PUT", place, data=b"body")
    assert (await sides.us.case(folder.case_id))["status"] == "CLOSED"
    for _ in range(2):
        assert (await sides.publisher.ask("PATCH", path, json={"status": "SENT"}))[0] == 204
    assert (await sides.us.case(folder.case_id))["status"] == "HUBEE_NOTIFIED"
    told = [item for item in await sides.us.queue() if item["eventId"] == event["id"]]
    assert len(told) == 1
    assert (await sides.us.ask("PATCH", path, json={"status": "RECEIVED"}))[0] == 204
    assert (await sides.publisher.ask("PATCH", path, json={"status": "SENT"}))[0] == 204
    (back,) = await sides.publisher.queue()
    assert (back["eventId"], back["eventStatus"]) == (event["id"], "RECEIVED")


async def test_a_deposit_under_way_is_the_author_s_to_give_up(sides: Sides) -> None:
    case_id = (await sides.publish()).case_id
    _, event = await sides.publisher.deposit(case_id, a_file())
    path = f"{V1}/cases/{case_id}/events/{event['id']}"
    assert (await sides.us.ask("DELETE", path))[0] == 403
    assert (await sides.us.ask("PATCH", path, json={"status": "RECEIVED"}))[0] == 400
    assert (await sides.publisher.ask("DELETE", path))[0] == 204
    gone = await sides.publisher.ask("GET", path)
    assert (gone[0], sentence(gone[1])) == (404, "event is not found")


@pytest.mark.parametrize("status", [400, 403])
async def test_a_full_case_refuses_as_it_was_told_to(tmp_path: Path, status: int) -> None:
    async with sides_of(tmp_path, most_events=2, full_case_status=status) as sides:
        case_id = (await sides.publish()).case_id
        said = [(await sides.us.say(case_id, "IN_PROGRESS"))[0] for _ in range(3)]
        assert said == [201, 201, status]
        assert len((await sides.us.case(case_id))["events"]) == 2
