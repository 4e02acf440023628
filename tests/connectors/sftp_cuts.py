"""What a cut leaves of a transfer, and how many connections a round makes: run against every server."""

import asyncio
import io
import os
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import Piece
from connectors.errors import Corrupt, Lost, Unreachable
from connectors.sftp import SftpOutlet, SftpSource
from connectors.sink import FileSink
from tests.connectors.place import MEBIBYTE, NAME, RECEIVED, fetched, only, sent
from tests.connectors.sftp_contract import SftpPlace
from tests.world.relay import Relay, relayed

SIZE = 3 * MEBIBYTE
BODY = os.urandom(SIZE)


@dataclass(frozen=True)
class Road:
    """A partner at the end of a stretch of network."""

    place: SftpPlace
    relay: Relay

    @asynccontextmanager
    async def source(self, **changes: Any) -> AsyncIterator[SftpSource]:
        settings = replace(self.place.settings, port=self.relay.port, **changes)
        async with SftpSource(settings) as source:
            yield source

    @asynccontextmanager
    async def outlet(self, **changes: Any) -> AsyncIterator[SftpOutlet]:
        settings = replace(self.place.settings, port=self.relay.port, **changes)
        async with SftpOutlet(settings) as outlet:
            yield outlet

    @property
    def waiting(self) -> Path:
        return self.place.shelves.depot / NAME

    @property
    def part(self) -> Path:
        return self.place.shelves.retrait / f"{NAME}.part"


class Written(io.BytesIO):
    """Counts what is written to it: a byte written twice is counted twice."""

    count = 0

    def write(self, chunk: Any) -> int:
        self.count += len(chunk)
        return super().write(chunk)


class CutsContract:
    """Run on each server by a subclass that gives `opened`."""

    def opened(self, tmp_path: Path) -> AbstractAsyncContextManager[SftpPlace]:
        raise NotImplementedError

    @pytest.fixture
    async def road(self, tmp_path: Path) -> AsyncIterator[Road]:
        async with self.opened(tmp_path) as place, relayed(place.settings.port) as relay:
            yield Road(place, relay)

    async def test_a_fetch_that_is_cut_goes_on_where_it_stopped(self, road: Road) -> None:
        road.place.shelves.put(NAME, BODY)
        into = Written()
        async with road.source() as source:
            arrival = await only(source)
            road.relay.connections, road.relay.down = 0, 0
            road.relay.cut_after = [SIZE // 2, SIZE // 2]
            await source.fetch(arrival, FileSink(into), limit=SIZE)
        assert into.getvalue() == BODY
        assert into.count == SIZE
        assert road.relay.connections == 3
        assert road.relay.down < 1.5 * SIZE

    async def test_a_place_that_hangs_in_a_fetch_is_left_and_asked_again(self, road: Road) -> None:
        road.place.shelves.put(NAME, BODY)
        into = Written()
        async with road.source(answer_seconds=0.4) as source:
            arrival = await only(source)
            calls = iter([True])

            def hold_once() -> None:
                if next(calls, False):
                    road.relay.is_held = True
                    asyncio.get_running_loop().call_later(
                        0.6, setattr, road.relay, "is_held", False
                    )

            sink = FileSink(into)
            write = sink.write

            async def watched(chunk: bytes) -> None:
                hold_once()
                await write(chunk)

            sink.write = watched  # type: ignore[method-assign]  # what happens as bytes pass
            await source.fetch(arrival, sink, limit=SIZE)
        assert into.getvalue() == BODY

    async def test_a_cut_that_comes_back_each_time_is_given_up(self, road: Road) -> None:
        road.place.shelves.put(NAME, BODY)
        async with road.source(resume_attempts=2) as source:
            arrival = await only(source)
            road.relay.connections = 0
            road.relay.cut_after = [SIZE // 2, *[6000] * 20]
            with pytest.raises(Lost):
                await fetched(source, arrival)
        assert road.relay.connections == 3

    @pytest.mark.parametrize("keeps_its_date", [True, False])
    async def test_a_file_changed_during_a_cut_is_never_joined_to_the_old(
        self, road: Road, keeps_its_date: bool
    ) -> None:
        road.place.shelves.put(NAME, BODY)
        other = os.urandom(SIZE)
        dates = road.waiting.stat()
        into = Written()
        async with road.source() as source:
            arrival = await only(source)
            road.relay.cut_after = [SIZE // 2]
            sink = FileSink(into)
            write, calls = sink.write, iter([True])

            async def watched(chunk: bytes) -> None:
                await write(chunk)
                if next(calls, False):
                    road.place.shelves.put(NAME, other)
                    moved = 0 if keeps_its_date else 10
                    os.utime(road.waiting, (dates.st_atime, dates.st_mtime + moved))

            sink.write = watched  # type: ignore[method-assign]  # what happens as bytes pass
            if keeps_its_date:
                await source.fetch(arrival, sink, limit=SIZE)
                assert into.getvalue() == other
            else:
                with pytest.raises(Corrupt):
                    await source.fetch(arrival, sink, limit=SIZE)

    async def test_a_delivery_that_is_cut_goes_on_where_it_stopped(self, road: Road) -> None:
        # A cut is known here before the server has written what it had received.
        async with road.outlet(resume_seconds=0.5) as outlet:
            road.relay.cut_after = [SIZE * 4 // 5]
            receipt = await outlet.deliver([Piece(NAME, io.BytesIO(BODY))], "")
        assert road.place.visible() == {NAME: BODY}
        assert list(road.place.leftovers()) == []
        assert not receipt.already_there
        assert (road.relay.connections, road.relay.last_up < SIZE) == (2, True)

    async def test_what_stands_there_is_gone_on_with_only_if_it_is_the_beginning_of_ours(
        self, road: Road
    ) -> None:
        for left, most in ((BODY[: SIZE // 2], 0.7 * SIZE), (os.urandom(SIZE // 2), 1.2 * SIZE)):
            road.part.write_bytes(left)
            (road.place.shelves.retrait / NAME).unlink(missing_ok=True)
            road.relay.up = 0
            async with road.outlet() as outlet:
                await sent(outlet, io.BytesIO(BODY))
            assert road.place.visible() == {NAME: BODY}
            assert most - SIZE // 2 < road.relay.up < most

    async def test_what_stands_there_already_is_not_sent_again(self, road: Road) -> None:
        (road.place.shelves.retrait / NAME).write_bytes(BODY)
        async with road.outlet() as outlet:
            assert (await sent(outlet, io.BytesIO(BODY))).already_there
        assert road.relay.up < SIZE // 10

    async def test_what_drips_is_given_up(self, road: Road) -> None:
        road.place.shelves.put(NAME, BODY)
        async with road.source(min_rate=1 << 50, slow_seconds=0) as source:
            with pytest.raises(Unreachable, match="slower than"):
                await fetched(source, await only(source))
        async with road.outlet(min_rate=1 << 50, slow_seconds=0) as outlet:
            with pytest.raises(Unreachable, match="slower than"):
                await sent(outlet, io.BytesIO(BODY))
        assert road.place.visible() == {}

    async def test_a_slow_line_is_not_a_dead_one(self, road: Road) -> None:
        road.place.shelves.put(NAME, BODY[:MEBIBYTE])
        async with (
            road.source(answer_seconds=0.8, resume_attempts=0) as source,
            road.outlet(answer_seconds=0.8, resume_attempts=0) as outlet,
            source.connected(),
            outlet.connected(),
        ):
            arrival = await only(source)
            road.relay.delay = 0.03
            body, _ = await asyncio.gather(
                fetched(source, arrival), sent(outlet, io.BytesIO(BODY[:MEBIBYTE]), "sent.csv")
            )
        assert body == road.place.visible()["sent.csv"] == BODY[:MEBIBYTE]

    async def test_what_lasts_too_long_is_given_up(self, road: Road) -> None:
        road.place.shelves.put(NAME, BODY)
        async with road.source(transfer_minutes=0.005) as source:
            arrival = await only(source)
            road.relay.is_held = True
            with pytest.raises(Unreachable, match="takes more than"):
                await fetched(source, arrival)
            road.relay.is_held = False

    async def test_a_round_makes_one_connection(self, road: Road) -> None:
        for number in range(12):
            road.place.shelves.put(f"{number:02}.csv", b"%d" % number)
        async with road.source(keep_seconds=30) as source:
            arrivals = await source.arrivals()
            bodies = await asyncio.gather(*(fetched(source, arrival) for arrival in arrivals))
            for arrival in arrivals:
                await source.acknowledge(arrival, [RECEIVED])
                await source.settle(arrival)
            assert (road.relay.connections, road.relay.alive) == (1, 1)
        assert bodies == [b"%d" % number for number in range(12)]
        assert await road.relay.is_empty()

    async def test_verbs_that_run_at_once_share_a_connection_that_nobody_keeps(
        self, road: Road
    ) -> None:
        async with road.source() as source:
            await asyncio.gather(*(source.arrivals() for _ in range(5)))
            assert road.relay.connections == 1
            assert await road.relay.is_empty()

    async def test_a_connection_is_kept_for_a_while_and_no_more(self, road: Road) -> None:
        async with road.source(keep_seconds=0.2) as source:
            for _ in range(3):
                await source.arrivals()
            assert (road.relay.connections, road.relay.alive) == (1, 1)
            assert await road.relay.is_empty()
            await source.arrivals()
            assert road.relay.connections == 2

    async def test_a_connection_lost_is_never_given_again(self, road: Road) -> None:
        async with road.source(keep_seconds=30) as source:
            await source.arrivals()
            road.relay.cut()
            await asyncio.sleep(0.05)
            assert list(await source.arrivals()) == []
            assert road.relay.connections == 2

    async def test_those_who_wait_for_a_connection_share_its_failure(self, road: Road) -> None:
        road.relay.cut_after = [0] * 10
        async with road.source() as source:
            failed = await asyncio.gather(
                *(source.arrivals() for _ in range(8)), return_exceptions=True
            )
        assert {type(error) for error in failed} == {Lost}
        assert road.relay.connections == 1
