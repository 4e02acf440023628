"""What the HubEE source lists, fetches and settles, against the sandbox over loopback."""

import io
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from connectors.contract import Arrival, Snag
from connectors.hubee import HubeeSource
from connectors.sandbox.hubee import Fault, SetClock
from connectors.sandbox.hubee.access import CNAF, Caller, Scope
from connectors.sandbox.hubee.faults import ALWAYS, Terms, applies
from connectors.sandbox.hubee.records import Attachment, FileStatus
from connectors.sink import FileSink
from tests.world.hubee import (
    INTEGRATED,
    RECEIVED,
    RSA,
    HubeeWorld,
    a_file,
    hubee_world,
)

LIMIT = 1 << 20


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[HubeeWorld]:
    async with hubee_world(tmp_path / "hub") as world:
        yield world


@pytest.fixture
async def source(world: HubeeWorld) -> AsyncIterator[HubeeSource]:
    async with world.source() as source:
        yield source


async def fetched(source: HubeeSource, arrival: Arrival) -> bytes:
    into = io.BytesIO()
    await source.fetch(arrival, FileSink(into), limit=LIMIT)
    return into.getvalue()


async def test_a_case_goes_from_waiting_to_done(world: HubeeWorld, source: HubeeSource) -> None:
    case_id = world.publish(a_file(b"MATRICULE;NOM\n"))
    (arrival,) = await source.arrivals()
    assert arrival.key.startswith(f"{case_id}/")
    assert (arrival.name, arrival.size, arrival.kind) == ("f.txt", 14, "coordonnees-allocataire")
    assert arrival.seen_at is not None
    assert await fetched(source, arrival) == b"MATRICULE;NOM\n"
    await source.acknowledge(arrival, [RECEIVED])
    await source.settle(arrival)
    await source.acknowledge(arrival, [RECEIVED, INTEGRATED])
    await source.settle(arrival)
    seen = world.case(case_id)
    assert (seen.status, world.said(case_id)) == ("DONE", ["IN_PROGRESS", "DONE"])
    assert {e.author for e in seen.events} == {"Passerelle, département 99"}
    assert seen.events[0].partner_info["applicationName"] == "passerelle"
    assert list(await source.arrivals()) == []
    assert world.sandbox.state().waiting_for_recipients() == 0


@pytest.mark.parametrize(
    "fault",
    [
        Fault.NULLS, Fault.NO_DETAILS, Fault.Z_DATES, Fault.UNKNOWN_FIELDS, Fault.DUPLICATES,
        Fault.REVERSED, Fault.GZIP, Fault.NO_DIGEST, Fault.PREFIXED_DIGEST, Fault.STORM,
    ],
)  # fmt: skip
async def test_whatever_a_hub_twists_a_case_is_told_of_once(
    world: HubeeWorld, source: HubeeSource, fault: Fault
) -> None:
    case_id = world.publish()
    for route in ("queue.read", "case.read", "case.download", "event.read", "event.post"):
        if applies(fault, route):
            lasting = fault is not Fault.STORM
            terms = Terms(times=ALWAYS if lasting else 2)
            world.sandbox.faults.order(route, fault, terms=terms)
    for _ in range(2):
        async with world.source(attempts=6) as restarted:
            for arrival in await restarted.arrivals():
                assert await fetched(restarted, arrival) == b"body"
                await restarted.acknowledge(arrival, [RECEIVED, INTEGRATED])
                await restarted.settle(arrival)
            await restarted.tidy()
    assert world.said(case_id) == ["IN_PROGRESS", "DONE"]
    assert world.sandbox.state().waiting_for_recipients() == 0


async def test_files_of_ignored_types_are_left_unread(world: HubeeWorld) -> None:
    case_id = world.publish(a_file(b"1"), a_file(b"2", kind="facture"))
    async with world.source(ignored_types=("facture",)) as source:
        (arrival,) = await source.arrivals()
        assert await fetched(source, arrival) == b"1"
        await source.acknowledge(arrival, [RECEIVED, INTEGRATED])
        await source.settle(arrival)
    assert world.said(case_id) == ["IN_PROGRESS", "DONE"]
    assert world.sandbox.state().waiting_for_recipients() == 0


async def test_one_undeclared_type_parks_the_whole_case_and_nothing_is_said(
    world: HubeeWorld, source: HubeeSource
) -> None:
    first = world.publish()
    (arrival,) = await source.arrivals()
    store = world.sandbox._hub.store
    with store.change() as kept:
        folder = kept.folders[kept.cases[first].folder]
        more = replace(folder.attachments[0], id=store.new_id(), type="facture")
        folder.attachments.append(more)
    assert list(await source.arrivals()) == []
    assert [(s.what, s.snag) for s in source.stuck()] == [(first, Snag.UNDECLARED_KIND)]
    await source.acknowledge(arrival, [RECEIVED, INTEGRATED])
    await source.settle(arrival)
    assert world.said(first) == []
    assert world.sandbox.state().waiting_for_recipients() == 1


@pytest.mark.parametrize(
    ("status", "snag"),
    [
        (FileStatus.PENDING, Snag.NOT_UPLOADED),
        ("TELEPORTED", Snag.UNREADABLE),
        (None, Snag.NOT_UPLOADED),
    ],
)
async def test_a_case_that_is_not_whole_is_parked_until_it_is(
    world: HubeeWorld, source: HubeeSource, status: Any, snag: Snag
) -> None:
    case_id = world.publish(a_file(b"1"), a_file(b"2"))
    files = files_of(world, case_id)
    kept = list(files)
    if status is None:
        files.clear()
    else:
        files[1].status = status
    assert list(await source.arrivals()) == []
    assert [(s.what, s.snag) for s in source.stuck()] == [(case_id, snag)]
    files[:] = kept
    files[1].status = FileStatus.RECEIVED
    assert len(await source.arrivals()) == 2
    assert source.stuck() == []


def files_of(world: HubeeWorld, case_id: str) -> list[Attachment]:
    store = world.sandbox._hub.store.world
    return store.folders[store.cases[case_id].folder].attachments


async def test_a_notification_stays_until_its_case_is_told_and_every_file_settled(
    world: HubeeWorld,
) -> None:
    world.publish(a_file(b"1", kind="RSABEI"), a_file(b"2", kind="RSABAI"), process=RSA)
    async with world.source(RSA) as source:
        first, second = await source.arrivals()
        await source.settle(first)
        assert [a.key for a in await source.arrivals()] == [second.key]
        async with world.source(RSA) as restarted:
            assert len(await restarted.arrivals()) == 2
        await source.settle(second)
        assert len(await source.arrivals()) == 2  # a word is still owed to their sender
        assert world.sandbox.state().waiting_for_recipients() == 1
        await source.acknowledge(first, [RECEIVED, INTEGRATED])
        assert world.sandbox.state().waiting_for_recipients() == 1
        await source.acknowledge(second, [RECEIVED, INTEGRATED])
        assert world.sandbox.state().waiting_for_recipients() == 1
        await source.settle(second)
        assert world.sandbox.state().waiting_for_recipients() == 0


@pytest.mark.parametrize("silently", [True, False])
async def test_the_day_a_file_may_be_lost_is_counted_from_the_purge_status(
    tmp_path: Path, silently: bool
) -> None:
    clock = SetClock(datetime(2026, 3, 2, 9, tzinfo=UTC))
    async with hubee_world(tmp_path, clock=clock) as world, world.source(purge_days=30) as source:
        case_id = world.publish()
        (arrival,) = await source.arrivals()
        assert arrival.lost_on is None
        clock.advance(timedelta(days=1, seconds=-1))
        case = world.sandbox._hub.store.world.cases[case_id]
        if silently:
            world.sandbox._hub.cases.move(Caller(Scope.ADMIN, CNAF), case, "IN_PROGRESS")
        else:
            await source.acknowledge(arrival, [RECEIVED])
        clock.advance(timedelta(days=5, seconds=-3590))
        (arrival,) = await source.arrivals()
        assert arrival.lost_on == date(2026, 4, 3)
        files_of(world, case_id)[0].status = FileStatus.PENDING
        assert list(await source.arrivals()) == []
        assert [stuck.lost_on for stuck in source.stuck()] == [date(2026, 4, 3)]
    async with hubee_world(tmp_path, clock=clock) as world, world.source() as source:
        files_of(world, case_id)[0].status = FileStatus.RECEIVED
        assert [a.lost_on for a in await source.arrivals()] == [None]


async def test_a_deletion_done_but_not_answered_is_a_success(
    world: HubeeWorld, source: HubeeSource
) -> None:
    world.publish()
    (arrival,) = await source.arrivals()
    world.sandbox.faults.order("queue.delete", Fault.RESET_AFTER)
    await source.acknowledge(arrival, [RECEIVED, INTEGRATED])
    await source.settle(arrival)
    assert world.sandbox.state().waiting_for_recipients() == 0
