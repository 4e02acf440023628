"""What the HubEE source fetches, verified, against the sandbox over loopback."""

import io

import pytest

from connectors.contract import Arrival, Withholding
from connectors.errors import Corrupt, Missing, TooLarge, Withheld
from connectors.hubee import HubeeSource
from connectors.sandbox.hubee import Fault
from connectors.sandbox.hubee.records import Attachment, FileStatus
from connectors.sink import FileSink
from tests.world.hubee import (
    INTEGRATED,
    RECEIVED,
    UNREADABLE,
    HubeeWorld,
    a_file,
)

LIMIT = 1 << 20


async def fetched(source: HubeeSource, arrival: Arrival) -> bytes:
    into = io.BytesIO()
    await source.fetch(arrival, FileSink(into), limit=LIMIT)
    return into.getvalue()


def files_of(world: HubeeWorld, case_id: str) -> list[Attachment]:
    store = world.sandbox._hub.store.world
    return store.folders[store.cases[case_id].folder].attachments


@pytest.mark.parametrize("times", [1, 2])
async def test_a_wrong_digest_is_tried_once_more_then_corrupt(
    world: HubeeWorld, source: HubeeSource, times: int
) -> None:
    world.publish(a_file(b"body"))
    (arrival,) = await source.arrivals()
    world.sandbox.faults.order("case.download", *[Fault.WRONG_DIGEST] * times)
    if times == 1:
        assert await fetched(source, arrival) == b"body"
        return
    into = io.BytesIO(b"kept:")
    into.seek(5)
    with pytest.raises(Corrupt):
        await source.fetch(arrival, FileSink(into), limit=LIMIT)
    assert into.getvalue() == b"kept:"


@pytest.mark.parametrize("fault", [Fault.NO_DIGEST, Fault.PREFIXED_DIGEST])
async def test_an_absent_or_prefixed_digest_is_accepted(
    world: HubeeWorld, source: HubeeSource, fault: Fault
) -> None:
    world.publish(a_file(b"body"))
    (arrival,) = await source.arrivals()
    world.sandbox.faults.order("case.download", fault)
    assert await fetched(source, arrival) == b"body"


async def test_another_size_than_announced_is_corrupt(
    world: HubeeWorld, source: HubeeSource
) -> None:
    world.publish(a_file(b"body"))
    (arrival,) = await source.arrivals()
    longer = Arrival(arrival.key, arrival.name, size=5, reference=arrival.reference)
    with pytest.raises(Corrupt):
        await fetched(source, longer)


async def test_an_unannounced_size_above_the_limit_is_stopped(
    world: HubeeWorld, source: HubeeSource
) -> None:
    world.publish(a_file(b"x" * (LIMIT + 1)))
    (arrival,) = await source.arrivals()
    silent = Arrival(arrival.key, arrival.name, reference=arrival.reference)
    into = io.BytesIO()
    with pytest.raises(TooLarge):
        await source.fetch(silent, FileSink(into), limit=LIMIT)
    assert len(into.getvalue()) <= LIMIT


async def test_a_purge_between_listing_and_fetching_is_withheld(
    world: HubeeWorld, source: HubeeSource
) -> None:
    case_id = world.publish()
    (arrival,) = await source.arrivals()
    world.sandbox.purge(case_id)
    with pytest.raises(Withheld):
        await fetched(source, arrival)


async def test_a_file_that_answers_as_if_it_were_nowhere_is_missing(
    world: HubeeWorld, source: HubeeSource
) -> None:
    world.publish()
    (arrival,) = await source.arrivals()
    world.sandbox.faults.order("case.download", Fault.MISSING)
    with pytest.raises(Missing):
        await fetched(source, arrival)


async def test_homonyms_in_one_case_are_two_arrivals(
    world: HubeeWorld, source: HubeeSource
) -> None:
    world.publish(a_file(b"one", "same.txt"), a_file(b"two", "same.txt"))
    first, second = await source.arrivals()
    assert first.key != second.key
    assert {await fetched(source, first), await fetched(source, second)} == {b"one", b"two"}


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (FileStatus.CORRUPTED, Withholding.VIRUS),
        (FileStatus.REJECTED, Withholding.REJECTED),
        (FileStatus.DELETED, Withholding.PURGED),
    ],
)
async def test_a_file_the_hub_will_never_give_is_offered_as_withheld(
    world: HubeeWorld, source: HubeeSource, status: FileStatus, why: Withholding
) -> None:
    case_id = world.publish(a_file(b"1"), a_file(b"2"))
    files_of(world, case_id)[1].status = status
    good, bad = await source.arrivals()
    assert (good.withheld, bad.withheld) == (None, why)
    with pytest.raises(Withheld):
        await fetched(source, bad)
    await source.acknowledge(good, [RECEIVED, INTEGRATED])
    assert world.said(case_id) == []
    await source.acknowledge(bad, [UNREADABLE])
    assert world.said(case_id) == ["IN_PROGRESS", "SI_INTG_ERROR"]
    for arrival in (good, bad):
        await source.settle(arrival)
    assert world.sandbox.state().waiting_for_recipients() == 0
