"""A server that lies about what we read: the exact bytes arrive, or none are taken for them."""

import io
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import pytest

from connectors.errors import Corrupt, Missing, TooLarge, Unreachable
from connectors.sink import FileSink
from tests.connectors.place import NAME, fetched, only
from tests.world.sftp_liar import Liar, liar
from tests.world.sftp_lies import Lie

BLOCK = 1024
BODY = os.urandom(5 * BLOCK - 7)


@pytest.fixture
async def partner(tmp_path: Path) -> AsyncIterator[Liar]:
    async with liar(tmp_path, block=BLOCK) as partner:
        partner.shelves.put(NAME, BODY)
        yield partner


async def pulled(partner: Liar) -> bytes:
    return await fetched(partner.place.source, await only(partner.place.source))


async def check_the_truth_mends_it(partner: Liar) -> None:
    partner.tells()
    partner.shelves.put(NAME, BODY)
    assert await pulled(partner) == BODY


class Confessed(FileSink):
    """A sink that makes the server tell the truth once a transfer has to start again."""

    def __init__(self, file: io.BytesIO, partner: Liar) -> None:
        super().__init__(file)
        self._partner = partner

    async def restart(self) -> None:
        await super().restart()
        self._partner.tells()


def announce_digest(partner: Liar) -> None:
    partner.shelves.put(f"{NAME}.sha256", sha256(BODY).hexdigest().encode())


async def test_reads_shorter_than_asked_are_asked_again(partner: Liar) -> None:
    partner.tells(Lie.SHORT_READS)
    assert await pulled(partner) == BODY


async def test_more_bytes_than_asked_are_not_taken(partner: Liar) -> None:
    partner.tells(Lie.LONG_READS)
    with pytest.raises(Unreachable):
        await pulled(partner)
    await check_the_truth_mends_it(partner)


async def test_more_bytes_than_asked_never_pass_the_limit(partner: Liar) -> None:
    partner.tells(Lie.LONG_READS, Lie.NO_SIZE)
    into = io.BytesIO()
    with pytest.raises((Unreachable, TooLarge)):
        await partner.place.source.fetch(
            await only(partner.place.source), FileSink(into), limit=BLOCK
        )
    assert len(into.getvalue()) <= BLOCK


async def test_wrong_bytes_of_the_right_length_are_not_those_of_the_announced_digest(
    partner: Liar,
) -> None:
    announce_digest(partner)
    partner.tells(Lie.WRONG_BYTES)
    with pytest.raises(Corrupt):
        await pulled(partner)
    await check_the_truth_mends_it(partner)


async def test_wrong_bytes_once_are_mended_by_the_second_try(partner: Liar) -> None:
    announce_digest(partner)
    partner.tells(Lie.WRONG_BYTES)
    into = io.BytesIO()
    arrival = await only(partner.place.source)
    await partner.place.source.fetch(arrival, Confessed(into, partner), limit=len(BODY))
    assert into.getvalue() == BODY


async def test_an_end_said_before_the_end_is_not_the_whole_file(partner: Liar) -> None:
    partner.tells(Lie.EARLY_END)
    with pytest.raises(Corrupt):
        await pulled(partner)
    await check_the_truth_mends_it(partner)


@pytest.mark.parametrize("lie", [Lie.END_INSIDE, Lie.NOTHING_INSIDE])
async def test_a_block_that_is_not_given_leaves_no_hole(partner: Liar, lie: Lie) -> None:
    partner.tells(lie)
    with suppress(Corrupt):
        assert await pulled(partner) == BODY
    await check_the_truth_mends_it(partner)


async def test_blocks_answered_in_another_order_stand_in_theirs(partner: Liar) -> None:
    partner.tells(Lie.OTHER_ORDER)
    assert await pulled(partner) == BODY


@pytest.mark.parametrize("lie", [Lie.GROWS, Lie.SHRINKS, Lie.CHANGES])
async def test_a_file_that_changes_while_it_is_read_is_not_taken(partner: Liar, lie: Lie) -> None:
    arrival = await only(partner.place.source)
    partner.tells(lie)
    with pytest.raises(Corrupt):
        await fetched(partner.place.source, arrival)
    await check_the_truth_mends_it(partner)


async def test_a_file_gone_between_the_listing_and_the_opening_is_missing(partner: Liar) -> None:
    partner.tells(Lie.VANISHES)
    arrival = await only(partner.place.source)
    with pytest.raises(Missing):
        await fetched(partner.place.source, arrival)
    await check_the_truth_mends_it(partner)


@pytest.mark.parametrize("lie", [Lie.TOO_BIG, Lie.TOO_SMALL, Lie.LISTED_BIG])
async def test_a_wrong_size_is_found_before_the_file_is_taken(partner: Liar, lie: Lie) -> None:
    partner.tells(lie)
    with pytest.raises(Corrupt):
        await pulled(partner)
    await check_the_truth_mends_it(partner)


async def test_a_file_without_a_size_arrives_whole_and_stops_at_the_limit(partner: Liar) -> None:
    partner.tells(Lie.NO_SIZE)
    assert (await only(partner.place.source)).size is None
    assert await pulled(partner) == BODY
    with pytest.raises(TooLarge):
        await fetched(partner.place.source, await only(partner.place.source), limit=len(BODY) - 1)


@pytest.mark.parametrize("lie", [Lie.NO_DATE, Lie.FAR_DATE])
async def test_a_file_with_no_date_or_an_impossible_one_arrives_under_a_stable_key(
    partner: Liar, lie: Lie
) -> None:
    partner.tells(lie)
    assert (await only(partner.place.source)).key == (await only(partner.place.source)).key
    assert await pulled(partner) == BODY
    await partner.place.source.settle(await only(partner.place.source))
    assert list(await partner.place.source.arrivals()) == []


async def test_a_folder_announced_as_a_file_gives_nothing(partner: Liar) -> None:
    (partner.shelves.depot / "folder.csv").mkdir()
    partner.tells(Lie.FOLDER_AS_FILE)
    for arrival in (found := await partner.place.source.arrivals()):
        if arrival.name == NAME:
            assert await fetched(partner.place.source, arrival) == BODY
        else:
            with pytest.raises(Unreachable):
                await fetched(partner.place.source, arrival)
    assert {arrival.name for arrival in found} == {NAME, "folder.csv"}


async def test_a_link_announced_as_a_file_does_not_give_what_it_points_to(partner: Liar) -> None:
    (partner.shelves.root / "elsewhere").write_bytes(b"what nobody left for us")
    (partner.shelves.depot / "link.csv").symlink_to("../elsewhere")
    partner.shelves.lose(NAME)
    partner.tells(Lie.LINK_AS_FILE)
    with pytest.raises(Corrupt):
        await pulled(partner)
