"""The promise of `connectors/contract.py`, as tests every connector runs.

A subclass named `Test...` gives one method, `opened(tmp_path)`: an async context manager yielding a
`SourcePlace` (see `place.py`). Local places take `SourceContract`; places across a network take
`RemoteSourceContract`, which adds what only a network can do to us. Outlets: `outlet_contract.py`.
"""

import asyncio
import io
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from hashlib import sha256
from pathlib import Path
from typing import ClassVar

import pytest

from connectors.contract import Notifying
from connectors.errors import Corrupt, Missing, TooLarge, Unreachable
from connectors.sink import FileSink
from tests.connectors.place import (
    MEBIBYTE,
    NAME,
    RECEIVED,
    REFUSED,
    SourcePlace,
    Watched,
    attempt,
    cancel_this_task,
    fetched,
    only,
    told_and_settled,
)


class SourceContract:
    """What every source does."""

    hostile_names: ClassVar[Sequence[str]] = (
        "a\\..\\..\\evil.csv", "line\nbreak.csv", "\x1b[2Jbell\x07.csv", "-rf.csv", "accent é.csv",
        "$(id).csv", "%2e%2e%2fevil.csv", "a" * 250,
    )  # fmt: skip
    partial_names: ClassVar[Sequence[str]] = ()
    large: ClassVar[int] = 9 * MEBIBYTE

    def opened(self, tmp_path: Path) -> AbstractAsyncContextManager[SourcePlace]:
        raise NotImplementedError

    @pytest.fixture
    async def place(self, tmp_path: Path) -> AsyncIterator[SourcePlace]:
        async with self.opened(tmp_path) as place:
            yield place

    async def test_an_empty_place_lists_nothing(self, place: SourcePlace) -> None:
        assert list(await place.source.arrivals()) == []

    async def test_listing_changes_nothing(self, place: SourcePlace) -> None:
        await place.put(NAME, b"one")
        first = await place.source.arrivals()
        assert [a.name for a in first] == [NAME]
        assert [a.key for a in await place.source.arrivals()] == [a.key for a in first]

    @pytest.mark.parametrize("size", [0, 1, MEBIBYTE + 1])
    async def test_the_exact_bytes_arrive(self, place: SourcePlace, size: int) -> None:
        body = os.urandom(size)
        await place.put(NAME, body)
        arrival = await only(place.source)
        assert arrival.size in (None, size)
        assert await fetched(place.source, arrival) == body

    async def test_fetching_again_gives_the_same_bytes(self, place: SourcePlace) -> None:
        await place.put(NAME, b"again")
        arrival = await only(place.source)
        assert (
            await fetched(place.source, arrival) == await fetched(place.source, arrival) == b"again"
        )

    async def test_a_file_of_exactly_the_limit_passes(self, place: SourcePlace) -> None:
        await place.put(NAME, b"x" * 1000)
        assert len(await fetched(place.source, await only(place.source), limit=1000)) == 1000

    async def test_a_file_above_the_limit_is_stopped(self, place: SourcePlace) -> None:
        await place.put(NAME, b"x" * MEBIBYTE)
        into = io.BytesIO()
        with pytest.raises(TooLarge):
            await place.source.fetch(await only(place.source), FileSink(into), limit=1000)
        assert len(into.getvalue()) <= 1000

    async def test_the_sink_counts_and_hashes_what_it_was_given(self, place: SourcePlace) -> None:
        body = os.urandom(MEBIBYTE + 1)
        await place.put(NAME, body)
        into = FileSink(io.BytesIO())
        await place.source.fetch(await only(place.source), into, limit=len(body))
        assert (into.size, into.sha256) == (len(body), sha256(body).hexdigest())

    async def test_what_an_older_try_left_in_the_sink_is_forgotten(
        self, place: SourcePlace
    ) -> None:
        await place.put(NAME, b"body")
        file = io.BytesIO()
        into = FileSink(file)
        await into.write(b"the beginning of an older try")
        await place.source.fetch(await only(place.source), into, limit=64)
        assert (file.getvalue(), into.size) == (b"body", 4)

    async def test_a_file_the_sender_took_back_is_missing(self, place: SourcePlace) -> None:
        await place.put(NAME, b"gone soon")
        arrival = await only(place.source)
        await place.lose(NAME)
        with pytest.raises(Missing):
            await fetched(place.source, arrival)

    async def test_what_is_settled_is_not_listed(self, place: SourcePlace) -> None:
        await place.put(NAME, b"kept")
        await told_and_settled(place.source, await only(place.source))
        assert list(await place.source.arrivals()) == []

    async def test_settling_twice_is_settling_once(self, place: SourcePlace) -> None:
        await place.put(NAME, b"kept")
        arrival = await only(place.source)
        await told_and_settled(place.source, arrival)
        await place.source.settle(arrival)
        assert list(await place.source.arrivals()) == []

    async def test_settling_one_leaves_the_others(self, place: SourcePlace) -> None:
        await place.put(NAME, b"one")
        await place.put("B" + NAME, b"two")
        first, second = await place.source.arrivals()
        await told_and_settled(place.source, first)
        assert (await only(place.source)).key == second.key

    async def test_new_content_under_an_old_name_has_another_key(self, place: SourcePlace) -> None:
        await place.put(NAME, b"first")
        first = await only(place.source)
        await place.put(NAME, b"second, longer")
        assert (await only(place.source)).key != first.key

    async def test_settling_the_old_does_not_lose_the_new(self, place: SourcePlace) -> None:
        await place.put(NAME, b"first")
        first = await only(place.source)
        await place.put(NAME, b"second, longer")
        await place.source.settle(first)
        assert await fetched(place.source, await only(place.source)) == b"second, longer"

    async def test_the_old_is_never_fetched_with_the_bytes_of_the_new(
        self, place: SourcePlace
    ) -> None:
        await place.put(NAME, b"first")
        first = await only(place.source)
        await place.put(NAME, b"second, longer")
        with pytest.raises((Missing, Corrupt)):
            await fetched(place.source, first)

    async def test_hostile_names_are_only_names(self, place: SourcePlace, tmp_path: Path) -> None:
        for name in self.hostile_names:
            await place.put(name, name.encode())
        for arrival in (found := await place.source.arrivals()):
            assert await fetched(place.source, arrival) == arrival.name.encode()
            await told_and_settled(place.source, arrival)
        assert {a.name for a in found} ^ set(self.hostile_names) == set()
        assert len({a.key for a in found}) == len(self.hostile_names)
        assert list(await place.source.arrivals()) == []
        assert not list(tmp_path.parent.glob("*evil*"))

    async def test_half_written_files_are_not_listed(self, place: SourcePlace) -> None:
        for name in self.partial_names:
            await place.put(name, b"half")
        await place.put(NAME, b"whole")
        assert (await only(place.source)).name == NAME

    async def test_an_acknowledgement_reaches_the_sender(self, place: SourcePlace) -> None:
        await place.put(NAME, b"body")
        await place.source.acknowledge(await only(place.source), [RECEIVED])
        assert len(place.told()) == 1

    async def test_who_is_told_is_said_at_every_telling(self, place: SourcePlace) -> None:
        await place.put("B" + NAME, b"another")
        await place.put(NAME, b"body")
        arrival, *_ = await place.source.arrivals()
        for _ in range(2):
            told = await place.source.acknowledge(arrival, [RECEIVED, REFUSED])
            assert list(told) == [arrival.key]

    async def test_telling_twice_is_telling_once(self, place: SourcePlace) -> None:
        await place.put(NAME, b"body")
        arrival = await only(place.source)
        await place.source.acknowledge(arrival, [RECEIVED, REFUSED])
        once = list(place.told())
        await place.source.acknowledge(arrival, [RECEIVED, REFUSED])
        assert list(place.told()) == once

    async def test_telling_again_more_keeps_what_was_told(self, place: SourcePlace) -> None:
        await place.put(NAME, b"body")
        arrival = await only(place.source)
        await place.source.acknowledge(arrival, [RECEIVED])
        once = set(place.told())
        await place.source.acknowledge(arrival, [RECEIVED, REFUSED])
        assert once < set(place.told())

    async def test_what_waits_no_more_is_told_in_files_where_the_place_carries_files(
        self, place: SourcePlace
    ) -> None:
        if not isinstance(place.source, Notifying):
            assert place.source.__class__.__name__ == "HubeeSource"
            return
        await place.put(NAME, b"body")
        arrival = await only(place.source)
        await place.source.acknowledge(arrival, [RECEIVED])
        await place.source.settle(arrival)
        before = set(place.told())
        await place.source.notify(f"{NAME}.REJEU1", [RECEIVED])
        once = list(place.told())
        await place.source.notify(f"{NAME}.REJEU1", [RECEIVED])
        assert list(place.told()) == once
        assert before < set(once)
        assert list(await place.source.arrivals()) == []

    async def test_a_cancelled_fetch_can_be_made_again(self, place: SourcePlace) -> None:
        body = os.urandom(self.large)
        await place.put(NAME, body)
        arrival = await only(place.source)
        cancelled = asyncio.create_task(
            place.source.fetch(arrival, FileSink(Watched(b"", cancel_this_task)), limit=len(body))
        )
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        assert (await only(place.source)).key == arrival.key
        assert await fetched(place.source, arrival) == body

    async def test_no_secret_shows_in_a_repr(self, place: SourcePlace) -> None:
        assert not [s for s in place.secrets if s in repr(place.source)]


class RemoteSourceContract(SourceContract):
    """What a source across a network does besides."""

    @pytest.mark.parametrize("verb", ["arrivals", "fetch", "acknowledge", "settle"])
    async def test_a_closed_port_is_unreachable(self, place: SourcePlace, verb: str) -> None:
        await place.put(NAME, b"body")
        arrival = await only(place.source)
        place.cut()
        with pytest.raises(Unreachable) as caught:
            await attempt(place.source, arrival, verb)
        assert not [s for s in (NAME, *place.secrets) if s in str(caught.value)]

    async def test_a_place_that_dies_during_a_fetch_is_unreachable(
        self, place: SourcePlace
    ) -> None:
        await place.put(NAME, os.urandom(self.large))
        arrival = await only(place.source)
        with pytest.raises(Unreachable):
            await place.source.fetch(arrival, FileSink(Watched(b"", place.cut)), limit=self.large)
