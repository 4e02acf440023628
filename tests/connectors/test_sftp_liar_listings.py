"""A server that lies about what waits there: out of date, hostile, or without an end."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connectors.errors import ConnectorError, Corrupt, Denied, Missing, Unreachable
from tests.connectors.place import NAME, RECEIVED, fetched, only, told_and_settled
from tests.world.sftp_liar import GONE, Liar, liar
from tests.world.sftp_lies import Lie

BODY = b"the only file that is there"
OUTSIDE = [b"../x.csv", b"/etc/x.csv", b"a/b.csv", b"a\0b.csv", b"..", b".", b"", b"x.csv/"]
INSIDE = [
    b"line\nbreak.csv", b"d\xe9p\xf4t.csv", b"A.csv", b"a.csv", b"x" * 255, b"\\..\\x.csv",
    b"\xff\xfe", b"%2e%2e%2fx.csv",
]  # fmt: skip


@pytest.fixture
async def partner(tmp_path: Path) -> AsyncIterator[Liar]:
    async with liar(tmp_path, answer_seconds=0.4, max_listed=100) as partner:
        partner.shelves.put(NAME, BODY)
        yield partner


async def test_a_listing_that_shows_what_is_gone_costs_nothing_to_the_others(partner: Liar) -> None:
    partner.tells(Lie.SHOWS_GONE)
    gone, there = sorted(await partner.place.source.arrivals(), key=lambda a: a.name == NAME)
    assert (gone.name, there.name) == (GONE, NAME)
    with pytest.raises(Missing):
        await fetched(partner.place.source, gone)
    await partner.place.source.settle(gone)
    assert await fetched(partner.place.source, there) == BODY
    await told_and_settled(partner.place.source, there)
    assert [arrival.name for arrival in await partner.place.source.arrivals()] == [GONE]


async def test_a_file_the_listing_hid_is_the_same_arrival_once_shown_again(partner: Liar) -> None:
    before = await only(partner.place.source)
    partner.tells(Lie.HIDES)
    assert list(await partner.place.source.arrivals()) == []
    partner.tells()
    assert await only(partner.place.source) == before


async def test_a_file_the_listing_hides_can_still_be_settled(partner: Liar) -> None:
    arrival = await only(partner.place.source)
    partner.tells(Lie.HIDES)
    await partner.place.source.settle(arrival)
    partner.tells()
    assert list(await partner.place.source.arrivals()) == []


async def test_a_name_listed_twice_is_one_arrival_and_never_other_bytes(partner: Liar) -> None:
    partner.tells(Lie.TWICE)
    arrival = await only(partner.place.source)
    try:
        assert await fetched(partner.place.source, arrival) == BODY
    except Corrupt:
        assert arrival.size != len(BODY), "refused although it is what was announced"
    partner.tells()
    assert await fetched(partner.place.source, await only(partner.place.source)) == BODY


async def test_a_name_that_would_leave_the_depot_is_not_listed(partner: Liar) -> None:
    partner.names = OUTSIDE
    partner.tells(Lie.STRANGE_NAMES, Lie.FOLDER_AS_FILE)
    assert (await only(partner.place.source)).name == NAME


async def test_strange_names_are_told_apart_and_reach_nothing_else(
    partner: Liar, tmp_path: Path
) -> None:
    partner.names = INSIDE
    partner.tells(Lie.STRANGE_NAMES)
    before = {path for path in tmp_path.rglob("*") if path.parent.name != "ack"}
    found = [arrival for arrival in await partner.place.source.arrivals() if arrival.name != NAME]
    assert len({arrival.key for arrival in found}) == len({a.name for a in found}) == len(INSIDE)
    for arrival in found:
        with pytest.raises(Missing):
            await fetched(partner.place.source, arrival)
        await partner.place.source.acknowledge(arrival, [RECEIVED])
        await partner.place.source.settle(arrival)
    assert {path for path in tmp_path.rglob("*") if path.parent.name != "ack"} == before
    assert len(partner.place.told()) == len(INSIDE)


async def test_a_name_longer_than_any_file_s_stops_nothing(partner: Liar) -> None:
    partner.names = [b"x" * 4000]
    partner.tells(Lie.STRANGE_NAMES)
    for arrival in await partner.place.source.arrivals():
        if arrival.name == NAME:
            assert await fetched(partner.place.source, arrival) == BODY
        else:
            with pytest.raises(ConnectorError):
                await fetched(partner.place.source, arrival)


async def test_a_listing_without_end_is_a_depot_that_overflows(partner: Liar) -> None:
    partner.tells(Lie.ENDLESS_NEW)
    with pytest.raises(Denied, match="overflows"):
        await partner.place.source_with(answer_seconds=5.0).arrivals()


@pytest.mark.parametrize("lie", [Lie.ENDLESS_SAME, Lie.ENDLESS_SLOW])
async def test_a_listing_that_never_ends_is_left_in_time(partner: Liar, lie: Lie) -> None:
    partner.tells(lie)
    async with asyncio.timeout(5):
        with pytest.raises((Unreachable, Denied)):
            await partner.place.source.arrivals()
    partner.tells()
    assert await fetched(partner.place.source, await only(partner.place.source)) == BODY
