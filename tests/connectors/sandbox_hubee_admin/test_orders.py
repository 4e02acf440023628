"""Failures ordered, aimed, counted and cleared; queues that misbehave; requests written down."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connectors.sandbox.hubee import ALWAYS, Fault
from connectors.sandbox.hubee.faults import Inapplicable
from tests.connectors.sandbox_hubee_admin.desk import BODY, UPDATE, V1, Desk, a_desk


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with a_desk(tmp_path / "hub") as desk:
        yield desk


# --- the queue


async def test_notifications_come_twice_and_in_any_order(desk: Desk) -> None:
    for _ in range(6):
        desk.world.publish()
    desk.order("queue.read", Fault.REVERSED)
    dates = [item["dateTime"] for item in (await desk.ask("queue.read")).content]
    assert dates == sorted(dates, reverse=True)
    desk.order("queue.read", Fault.DUPLICATES, Fault.SHUFFLED)
    twice = [item["id"] for item in (await desk.ask("queue.read")).content]
    assert sorted(twice) == sorted(2 * list(set(twice)))
    assert len(twice) == 2 * len(dates)


@pytest.mark.parametrize(
    ("fault", "status"), [(Fault.POISON_FORBIDDEN, 403), (Fault.POISON_MISSING, 404)]
)
async def test_a_poisoned_notification_leads_nowhere_until_deleted(
    desk: Desk, fault: Fault, status: int
) -> None:
    well = len((await desk.ask("queue.read")).content)
    desk.order("queue.read", fault)
    ghost, *others = (await desk.ask("queue.read")).content
    assert len(others) == well
    for path in (f"cases/{ghost['caseId']}", f"cases/{ghost['caseId']}/attachments/{ghost['id']}"):
        async with desk.us.get(f"{V1}/{path}") as answer:
            assert answer.status == status
    async with desk.us.delete(f"{V1}/notifications/{ghost['id']}") as answer:
        assert answer.status == 204
    async with desk.us.delete(f"{V1}/notifications/{ghost['id']}") as answer:
        assert answer.status == 404
    assert len((await desk.ask("queue.read")).content) == well


async def test_a_notification_may_name_no_case(desk: Desk) -> None:
    desk.order("queue.read", Fault.POISON_NOWHERE)
    assert (await desk.ask("queue.read")).content[0]["caseId"] is None


async def test_a_starving_queue_hides_the_good_from_who_asks_for_one_batch(desk: Desk) -> None:
    desk.order("queue.read", Fault.STARVING)
    first = (await desk.ask("queue.read")).content
    assert len(first) == 25
    assert desk.ids["case"] not in {item["caseId"] for item in first}
    more = (await desk.ask("queue.read", params={"maxResult": "100"})).content
    assert desk.ids["case"] in {item["caseId"] for item in more}
    assert {item["processCode"] for item in more} == {more[-1]["processCode"]}


# --- orders


async def test_orders_are_served_one_each_in_turn(desk: Desk) -> None:
    desk.order("case.read", Fault.FORBIDDEN, Fault.MISSING)
    desk.order("case.read", Fault.REFUSED, times=2)
    seen = [(await desk.ask("case.read")).status for _ in range(5)]
    assert seen == [403, 404, 400, 400, 200]


async def test_an_order_may_stand_until_cleared(desk: Desk) -> None:
    desk.order("case.read", Fault.FORBIDDEN, times=ALWAYS)
    assert [(await desk.ask("case.read")).status for _ in range(3)] == [403] * 3
    (order,) = desk.world.sandbox.faults.waiting()
    assert (order.left, order.served) == (None, 3)
    assert desk.world.sandbox.faults.clear(order.number) == 1
    assert (await desk.ask("case.read")).status == 200


async def test_what_lasts_and_what_passes_are_served_together(desk: Desk) -> None:
    desk.order("*", Fault.NO_DETAILS, Fault.Z_DATES)
    desk.order("queue.read", Fault.DUPLICATES, times=1)
    items = (await desk.ask("queue.read")).content
    assert len(items) == 2 * len({i["id"] for i in items})
    assert all(i["dateTime"].endswith("Z") and "eventStatus" not in i for i in items)


async def test_an_order_may_aim_at_a_case_a_file_or_a_demarche(desk: Desk) -> None:
    other = desk.world.publish()
    desk.order("*", Fault.FORBIDDEN, case=other, times=ALWAYS)
    desk.order("case.download", Fault.MISSING, attachment=other, times=ALWAYS)
    desk.order("*", Fault.ERROR_BEFORE, process="GRO", times=ALWAYS)
    assert (await desk.ask("case.read")).status == 200
    assert (await desk.ask("case.download")).status == 200
    desk.order("token", Fault.ERROR_BEFORE, process="ContactsAllocataires-BRSA")
    assert (await desk.ask("token")).status == 500
    desk.ids["case"] = other
    assert (await desk.ask("case.read")).status == 403


def test_a_failure_is_refused_where_it_makes_no_sense(desk: Desk) -> None:
    with pytest.raises(Inapplicable):
        desk.order("token", Fault.WRONG_DIGEST)
    assert desk.world.sandbox.faults.waiting() == ()


# --- the journal


async def test_requests_are_written_without_what_they_carried(desk: Desk) -> None:
    journal = desk.world.sandbox.journal
    journal.clear()
    desk.order("case.read", Fault.FORBIDDEN, Fault.RESET_BEFORE)
    await desk.ask("event.post", json=UPDATE | {"message": "à taire"})
    await desk.ask("case.read")
    await desk.ask("case.read")
    lines = journal.lines()
    assert [(line.method, line.route, line.status) for line in lines] == [
        ("POST", "event.post", 201),
        ("GET", "case.read", 403),
        ("GET", "case.read", None),
    ]
    assert [line.number for line in lines] == list(range(journal.count - 2, journal.count + 1))
    assert lines[0].ids == {"caseId": desk.ids["case"]}
    assert "taire" not in repr(lines)
    assert "Bearer" not in repr(lines)


async def test_an_act_is_called_before_or_after_any_request(desk: Desk) -> None:
    journal, case = desk.world.sandbox.journal, desk.ids["case"]
    found: list[list[str | None]] = []
    journal.before(journal.count + 2, lambda: found.append(desk.world.said(case)[2:]))
    journal.after(journal.count + 2, lambda: found.append(desk.world.said(case)[2:]))
    for _ in range(3):
        assert (await desk.ask("event.post")).status == 201
    assert found == [["IN_PROGRESS"], ["IN_PROGRESS"] * 2]


async def test_what_is_hung_after_a_request_finds_its_answer_sent(desk: Desk) -> None:
    journal = desk.world.sandbox.journal
    journal.after(journal.count + 1, desk.world.sandbox.cut)
    assert (await desk.ask("case.download")).body == BODY
