"""A server that lies about what we write: it shows the whole file or nothing, and nothing is replaced."""

import io
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connectors.contract import Arrival
from connectors.errors import ConnectorError, Denied, Unreachable
from connectors.sftp_settings import Settling
from tests.connectors.place import NAME, RECEIVED, only, sent
from tests.world.sftp_liar import Liar, liar
from tests.world.sftp_lies import Lie

BLOCK = 1024
BODY = os.urandom(3 * BLOCK + 5)
SPOILING = [Lie.DROPS_BYTES, Lie.OTHER_BYTES]


@pytest.fixture
async def partner(tmp_path: Path) -> AsyncIterator[Liar]:
    async with liar(tmp_path, block=BLOCK) as partner:
        yield partner


@pytest.fixture
async def arrival(partner: Liar) -> Arrival:
    partner.shelves.put(NAME, BODY)
    return await only(partner.place.source)


async def check_nothing_shows_then_the_truth_mends_it(partner: Liar) -> None:
    assert partner.place.visible() == {}
    assert list(partner.place.leftovers()) == []
    partner.tells()
    assert not (await sent(partner.place.outlet, io.BytesIO(BODY))).already_there
    assert partner.place.visible() == {NAME: BODY}


def check_waits_still(partner: Liar) -> None:
    assert (partner.shelves.depot / NAME).read_bytes() == BODY
    assert list(partner.shelves.archive.iterdir()) == []


@pytest.mark.parametrize("lie", [*SPOILING, Lie.DISK_FULL, Lie.WRONG_BYTES])
async def test_what_stands_there_is_not_what_we_sent_and_is_taken_away(
    partner: Liar, lie: Lie
) -> None:
    partner.tells(lie)
    with pytest.raises(Unreachable):
        await sent(partner.place.outlet, io.BytesIO(BODY))
    await check_nothing_shows_then_the_truth_mends_it(partner)


async def test_a_failure_said_after_the_last_write_leaves_the_whole_file_or_nothing(
    partner: Liar,
) -> None:
    partner.tells(Lie.LATE_FAILURE)
    try:
        await sent(partner.place.outlet, io.BytesIO(BODY))
    except Unreachable:
        assert partner.place.visible() == {}
    else:
        assert partner.place.visible() == {NAME: BODY}
    partner.tells()
    await sent(partner.place.outlet, io.BytesIO(BODY))
    assert partner.place.visible() == {NAME: BODY}


async def test_a_failure_said_after_writes_that_were_dropped_shows_nothing(partner: Liar) -> None:
    partner.tells(Lie.LATE_FAILURE, Lie.DROPS_BYTES)
    with pytest.raises(Unreachable):
        await sent(partner.place.outlet, io.BytesIO(BODY))
    await check_nothing_shows_then_the_truth_mends_it(partner)


@pytest.mark.parametrize("lie", [Lie.RENAME_REFUSED, Lie.RENAME_NOTHING])
async def test_a_name_that_is_not_given_is_no_delivery(partner: Liar, lie: Lie) -> None:
    partner.tells(lie)
    with pytest.raises(Unreachable):
        await sent(partner.place.outlet, io.BytesIO(BODY))
    await check_nothing_shows_then_the_truth_mends_it(partner)


async def test_a_server_that_replaces_when_it_renames_replaces_nothing_of_ours(
    partner: Liar,
) -> None:
    partner.tells(Lie.RENAME_REPLACES)
    await sent(partner.place.outlet, io.BytesIO(BODY))
    first = (partner.shelves.retrait / NAME).stat()
    assert (await sent(partner.place.outlet, io.BytesIO(BODY))).already_there
    with pytest.raises(Denied):
        await sent(partner.place.outlet, io.BytesIO(b"another content"))
    assert partner.place.visible() == {NAME: BODY}
    assert (partner.shelves.retrait / NAME).stat().st_ino == first.st_ino
    assert list(partner.place.leftovers()) == []


async def test_a_server_that_replaces_when_it_renames_replaces_nothing_in_the_archive(
    partner: Liar, arrival: Arrival
) -> None:
    partner.tells(Lie.RENAME_REPLACES)
    (partner.shelves.archive / NAME).write_bytes(b"of another day")
    await partner.place.source.settle(arrival)
    kept = sorted(path.read_bytes() for path in partner.shelves.archive.iterdir())
    assert kept == sorted([b"of another day", BODY])


@pytest.mark.parametrize(
    ("lie", "verdict"),
    [
        (Lie.RENAME_REFUSED, Unreachable),
        (Lie.RENAME_NOTHING, Unreachable),
        (Lie.ARCHIVE_FORBIDDEN, Denied),
    ],
)
async def test_a_file_that_is_not_put_away_still_waits_and_says_so(
    partner: Liar, arrival: Arrival, lie: Lie, verdict: type[ConnectorError]
) -> None:
    partner.tells(lie)
    with pytest.raises(verdict):
        await partner.place.source.settle(arrival)
    check_waits_still(partner)
    partner.tells()
    assert await only(partner.place.source) == arrival
    await partner.place.source.settle(arrival)
    assert [path.read_bytes() for path in partner.shelves.archive.iterdir()] == [BODY]


async def test_a_file_said_to_be_removed_that_is_not_is_the_same_arrival(
    partner: Liar, arrival: Arrival
) -> None:
    source = partner.place.source_with(settling=Settling.DELETE)
    partner.tells(Lie.REMOVE_NOTHING)
    await source.settle(arrival)
    assert await only(source) == arrival
    partner.tells()
    await source.settle(arrival)
    assert list(await source.arrivals()) == []


@pytest.mark.parametrize(
    "lie", [*SPOILING, Lie.WRONG_BYTES, Lie.RENAME_REFUSED, Lie.RENAME_NOTHING]
)
async def test_an_acknowledgement_that_does_not_stand_whole_is_not_told(
    partner: Liar, arrival: Arrival, lie: Lie
) -> None:
    partner.tells(lie)
    with pytest.raises(Unreachable):
        await partner.place.source.acknowledge(arrival, [RECEIVED])
    assert list(partner.place.told()) == []
    partner.tells()
    await partner.place.source.acknowledge(arrival, [RECEIVED])
    (told,) = (partner.shelves.root / "ack").iterdir()
    assert told.read_bytes() == RECEIVED.files["ART.json"]
