"""What moves a case, who may, and what nobody checks unless asked to."""

from collections.abc import Sequence

import pytest

from connectors.sandbox.hubee.records import Status
from connectors.sandbox.hubee.rules import MOVES
from tests.world.sides import V1, Sides

WAYS = [
    ["SENT", "SI_RECEIVED", "IN_PROGRESS", "ADD_AWAITING", "DONE"],
    ["IN_PROGRESS", "DONE"],
    ["SI_INTG_ERROR"],
    ["SENT", "DONE", "SI_INTG_ERROR"],
    ["SI_RECEIVED", "REFUSED"],
]
ASTRAY = [["DONE"], ["REFUSED"], ["ADD_AWAITING"], ["SENT", "REFUSED"], ["IN_PROGRESS", "SENT"]]


async def test_by_default_a_status_need_only_be_on_the_list(sides: Sides) -> None:
    folder = await sides.publish()
    for status in reversed(Status):
        assert await sides.us.move(folder.case_id, status) == 204
        assert (await sides.us.case(folder.case_id))["status"] == status
    assert await sides.us.move(folder.case_id, "SENDED") == 400


async def test_a_patch_says_nothing_to_nobody(sides: Sides) -> None:
    folder = await sides.publish()
    assert len(await sides.us.queue()) == 1
    await sides.us.move(folder.case_id, "DONE")
    await sides.publisher.move(folder.case_id, "CLOSED")
    assert (await sides.publisher.queue(), len(await sides.us.queue())) == ([], 1)
    assert (await sides.us.case(folder.case_id))["events"] == []


@pytest.mark.parametrize("way", WAYS, ids="-".join)
async def test_strict_lets_the_documented_ways_through(strict: Sides, way: Sequence[str]) -> None:
    patched, said = await strict.publish(), await strict.publish()
    for status in way:
        assert await strict.us.move(patched.case_id, status) == 204
        assert (await strict.us.say(said.case_id, status))[0] == 201


@pytest.mark.parametrize("way", ASTRAY, ids="-".join)
async def test_strict_refuses_the_others(strict: Sides, way: Sequence[str]) -> None:
    case_id = (await strict.publish()).case_id
    for status in way[:-1]:
        assert await strict.us.move(case_id, status) == 204
    before = (await strict.us.case(case_id))["status"]
    assert await strict.us.move(case_id, way[-1]) == 400
    assert (await strict.us.say(case_id, way[-1]))[0] == 400
    seen = await strict.us.case(case_id)
    assert (seen["status"], seen["events"]) == (before, [])


async def test_strict_lets_an_event_follow_its_patch(strict: Sides) -> None:
    case_id = (await strict.publish()).case_id
    assert await strict.us.move(case_id, "IN_PROGRESS") == 204
    said = await strict.us.say(case_id, "IN_PROGRESS", caseCurrentStatus="HUBEE_NOTIFIED")
    assert said[0] == 201


async def test_only_the_publisher_closes_and_reopens(strict: Sides) -> None:
    case_id = (await strict.publish()).case_id
    for status in ("IN_PROGRESS", "DONE"):
        await strict.us.move(case_id, status)
    assert await strict.us.move(case_id, "CLOSED") == 400
    assert await strict.publisher.move(case_id, "CLOSED") == 204
    assert await strict.us.move(case_id, "HUBEE_NOTIFIED") == 400
    assert await strict.publisher.move(case_id, "HUBEE_NOTIFIED") == 204
    assert (await strict.us.case(case_id))["closeDateTime"] is None


def test_every_status_but_the_hub_s_own_can_be_reached() -> None:
    assert set(Status) - set(MOVES) == {Status.HUBEE_RECEIVED, Status.ARCHIVED}


async def test_waiting_for_a_complement_is_for_processes_that_allow_it(sides: Sides) -> None:
    case_id = (await sides.publish()).case_id
    await sides.change_process(authorizedAwaiting=False)
    assert (await sides.us.say(case_id, "ADD_AWAITING"))[0] == 400
    assert await sides.us.move(case_id, "ADD_AWAITING") == 400
    await sides.change_process(authorizedAwaiting=True)
    assert (await sides.us.say(case_id, "ADD_AWAITING"))[0] == 201


async def test_a_folder_moves_its_cases_at_completion_only(sides: Sides) -> None:
    folder = await sides.publish()
    await sides.us.move(folder.case_id, "DONE")
    for status in ("CLOSED", "HUBEE_COMPLETED", "HUBEE_NOTIFIED"):
        assert (await folder.settle(status))[0] == 204
        assert (await sides.us.case(folder.case_id))["status"] == "DONE"
    assert len(await sides.us.queue()) == 1


async def test_a_closed_folder_keeps_the_date_it_was_given(sides: Sides) -> None:
    folder = await sides.publish()
    body = {"globalStatus": "CLOSED", "closeDateTime": "2026-11-02T10:00:00.000+00:00"}
    assert (await sides.publisher.ask("PATCH", folder.path, json=body))[0] == 204
    seen = await sides.publisher.get(folder.path)
    assert (seen["globalStatus"], seen["closeDateTime"]) == ("CLOSED", body["closeDateTime"])


async def test_a_folder_somebody_heard_of_is_not_deleted(sides: Sides) -> None:
    sent, spoken = await sides.publish(), await sides.declare()
    await sides.publisher.say(spoken.case_id, notification=False, caseNewStatus=None)
    back = await sides.publish()
    await back.settle("HUBEE_RECEIVED")
    for folder in (sent, spoken, back):
        assert (await sides.publisher.ask("DELETE", folder.path))[0] == 400
        assert (await sides.publisher.ask("GET", folder.path))[0] == 200
    assert (await sides.us.ask("GET", f"{V1}/cases/{sent.case_id}"))[0] == 200
