"""By night the hub erases, archives and deletes, each on its day and never before."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.world.sides import Sides, sides_of

SHORT: dict[str, Any] = {
    "timeBeforeFileDeletion": 3,
    "timeBeforeArchiving": 10,
    "timeBeforeFolderDeletion": 20,
}


@pytest.mark.parametrize(("days", "status"), [(3, 200), (4, 404)])
async def test_a_file_lives_its_days_and_one_more_once_in_progress(
    sides: Sides, days: int, status: int
) -> None:
    await sides.change_process(**SHORT)
    folder = await sides.publish()
    await sides.us.say(folder.case_id, "IN_PROGRESS")
    await sides.days_pass(days)
    assert (await sides.us.ask("GET", folder.download()))[0] == status
    (file,) = (await sides.us.case(folder.case_id))["attachments"]
    assert file["status"] == ("RECEIVED" if status == 200 else "DELETED")


async def test_bytes_are_gone_from_the_disk_too(sides: Sides, tmp_path: Path) -> None:
    await sides.change_process(**SHORT)
    folder = await sides.publish()
    place = tmp_path / "hub" / "attachments" / folder.files[0]
    assert place.read_bytes() == b"body"
    await sides.us.move(folder.case_id, "DONE")
    await sides.days_pass(4)
    await sides.us.queue()
    assert not place.exists()


@pytest.mark.parametrize("status", ["SENT", "SI_RECEIVED", "SI_INTG_ERROR"])
async def test_a_case_that_did_not_get_there_keeps_its_file(sides: Sides, status: str) -> None:
    await sides.change_process(**SHORT)
    folder = await sides.publish()
    await sides.us.move(folder.case_id, status)
    await sides.days_pass(400)
    assert await sides.us.get(folder.download()) == b"body"


async def test_reopening_a_case_does_not_save_its_file(sides: Sides) -> None:
    await sides.change_process(**SHORT)
    folder = await sides.publish()
    await sides.us.move(folder.case_id, "IN_PROGRESS")
    await sides.publisher.move(folder.case_id, "HUBEE_NOTIFIED")
    await sides.days_pass(4)
    assert (await sides.us.ask("GET", folder.download()))[0] == 404


async def test_a_file_waits_for_the_last_of_its_cases(sides: Sides) -> None:
    await sides.change_process(**SHORT)
    other = await sides.subscriber("11111111111111", "1")
    recipients = [("22990000000011", "99"), ("11111111111111", "1")]
    cases = [
        {"recipient": {"type": "SI", "companyRegister": s, "branchCode": b}, "externalId": b}
        for s, b in recipients
    ]
    file = {"fileName": "f", "type": "coordonnees-allocataire", "size": 4}
    folder = await sides.declare(
        file | {"mimeType": "text/plain", "recipients": ["99", "1"]}, cases=cases
    )
    await folder.upload()
    await folder.settle()
    seen = {c["externalId"]: c["id"] for c in (await sides.publisher.get(folder.path))["cases"]}
    await sides.us.move(seen["99"], "DONE")
    await sides.days_pass(30)
    assert await sides.us.get(folder.download()) == b"body"
    other = await sides.subscriber("11111111111111", "1")
    await other.move(seen["1"], "REFUSED")
    await sides.days_pass(4)
    assert (await sides.us.ask("GET", folder.download()))[0] == 404


async def test_the_process_says_which_status_starts_the_purge(sides: Sides) -> None:
    await sides.change_process(**SHORT, statusBeforeFileDeletion="CLOSED")
    folder = await sides.publish()
    await sides.us.move(folder.case_id, "DONE")
    await sides.days_pass(30)
    assert await sides.us.get(folder.download()) == b"body"
    await sides.publisher.move(folder.case_id, "CLOSED")
    await sides.days_pass(4)
    assert (await sides.us.ask("GET", folder.download()))[0] == 404


async def test_a_closed_case_is_archived_then_its_folder_is_deleted(sides: Sides) -> None:
    await sides.change_process(**SHORT)
    folder = await sides.publish()
    await sides.publisher.move(folder.case_id, "CLOSED")
    for days, status in ((9, "CLOSED"), (1, "ARCHIVED"), (19, "ARCHIVED")):
        await sides.days_pass(days)
        assert (await sides.us.case(folder.case_id))["status"] == status
    await sides.days_pass(1)
    for path in (f"/teledossiers/v1/cases/{folder.case_id}", folder.path):
        assert (await sides.publisher.ask("GET", path))[0] == 404
    assert await sides.us.queue() == []


async def test_a_case_reopened_in_time_is_not_archived(sides: Sides) -> None:
    await sides.change_process(**SHORT)
    folder = await sides.publish()
    await sides.publisher.move(folder.case_id, "CLOSED")
    await sides.days_pass(9)
    await sides.publisher.move(folder.case_id, "HUBEE_NOTIFIED")
    await sides.days_pass(300)
    assert (await sides.us.case(folder.case_id))["status"] == "HUBEE_NOTIFIED"


async def test_a_process_with_shorter_delays_counts_at_once(sides: Sides) -> None:
    folder = await sides.publish()
    await sides.us.move(folder.case_id, "DONE")
    await sides.days_pass(5)
    assert await sides.us.get(folder.download()) == b"body"
    await sides.change_process(**SHORT)
    assert (await sides.us.ask("GET", folder.download()))[0] == 404


@settings(max_examples=8, deadline=None)
@given(st.lists(st.integers(1, 12), max_size=6))
async def test_one_long_night_does_what_many_short_ones_do(
    tmp_path_factory: object, steps: list[int]
) -> None:
    seen = []
    for nights in (steps, [sum(steps)]):
        folder_of = tmp_path_factory.mktemp("hub")  # type: ignore[attr-defined] # pytest's own
        async with sides_of(folder_of) as sides:
            await sides.change_process(**SHORT)
            folder = await sides.publish()
            await sides.us.move(folder.case_id, "CLOSED")
            for days in nights:
                await sides.days_pass(days)
                await sides.us.queue()
            case = sides.sandbox.state().cases.get(folder.case_id)
            seen.append(case and (case.status, case.files))
    assert seen[0] == seen[1]
