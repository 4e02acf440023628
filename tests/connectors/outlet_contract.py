"""The promise of `Outlet` in `connectors/contract.py`, as tests every outlet runs.

A subclass named `Test...` gives one method, `opened(tmp_path)`: an async context manager yielding an
`OutletPlace` (see `place.py`). Local places take `OutletContract`; places across a network take
`RemoteOutletContract`, which adds what only a network can do to us.
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

from connectors.contract import LeftFile, Piece, Receipt, Retractable
from connectors.errors import Denied, Unreachable
from tests.connectors.place import MEBIBYTE, NAME, OutletPlace, Watched, cancel_this_task, sent


class OutletContract:
    """What every outlet does."""

    large: ClassVar[int] = 9 * MEBIBYTE
    smallest: ClassVar[int] = 0

    def opened(self, tmp_path: Path) -> AbstractAsyncContextManager[OutletPlace]:
        raise NotImplementedError

    @pytest.fixture
    async def place(self, tmp_path: Path) -> AsyncIterator[OutletPlace]:
        async with self.opened(tmp_path) as place:
            yield place

    @pytest.mark.parametrize("more", [0, 1, MEBIBYTE + 1])
    async def test_a_delivery_stands_whole_under_its_name(
        self, place: OutletPlace, more: int
    ) -> None:
        size = self.smallest + more
        body = os.urandom(size)
        receipt = await sent(place.outlet, io.BytesIO(body))
        assert place.visible() == {NAME: body}
        assert (receipt.size, receipt.sha256) == (size, sha256(body).hexdigest())
        assert not receipt.already_there
        assert list(place.leftovers()) == []

    async def test_delivering_twice_is_delivering_once(self, place: OutletPlace) -> None:
        pieces = [Piece(NAME, io.BytesIO(b"same"))]
        prepared = await place.outlet.prepare(pieces)
        first = await place.outlet.deliver(pieces, prepared)
        second = await place.outlet.deliver(pieces, prepared)
        assert second.already_there
        assert (second.location, second.sha256, second.size) == (
            first.location,
            first.sha256,
            first.size,
        )
        assert place.visible() == {NAME: b"same"}
        assert list(place.leftovers()) == []

    @pytest.mark.parametrize("other", [b"1234", b"longer than the first", b""])
    async def test_another_content_under_the_same_name_is_denied(
        self, place: OutletPlace, other: bytes
    ) -> None:
        pieces = [Piece(NAME, io.BytesIO(b"same"))]
        prepared = await place.outlet.prepare(pieces)
        await place.outlet.deliver(pieces, prepared)
        with pytest.raises(Denied) as caught:
            await place.outlet.deliver([Piece(NAME, io.BytesIO(other))], prepared)
        assert NAME not in str(caught.value)
        assert place.visible() == {NAME: b"same"}
        assert list(place.leftovers()) == []

    async def test_pieces_stand_together_and_the_receipt_is_that_of_the_first(
        self, place: OutletPlace
    ) -> None:
        bodies = {NAME: b"first", f"{NAME}.json": b"second!"}
        pieces = [Piece(name, io.BytesIO(body)) for name, body in bodies.items()]
        receipt = await place.outlet.deliver(pieces, await place.outlet.prepare(pieces))
        assert place.visible() == bodies
        assert (receipt.size, receipt.sha256) == (5, sha256(b"first").hexdigest())

    async def test_nothing_shows_before_it_is_delivered(self, place: OutletPlace) -> None:
        await place.outlet.prepare([Piece(NAME, io.BytesIO(b"body"))])
        assert place.visible() == {}

    async def test_preparing_again_delivers_once(self, place: OutletPlace) -> None:
        pieces = [Piece(NAME, io.BytesIO(b"body"))]
        await place.outlet.prepare(pieces)
        await place.outlet.deliver(pieces, await place.outlet.prepare(pieces))
        assert place.visible() == {NAME: b"body"}

    @pytest.mark.parametrize("names", [(), (NAME, NAME)])
    async def test_pieces_we_would_not_make_are_a_programming_error(
        self, place: OutletPlace, names: Sequence[str]
    ) -> None:
        pieces = [Piece(name, io.BytesIO(b"x")) for name in names]
        with pytest.raises(ValueError, match="piece"):
            await place.outlet.prepare(pieces)
        with pytest.raises(ValueError, match="piece"):
            await place.outlet.deliver(pieces, "")
        assert place.visible() == {}

    async def test_a_body_already_read_is_read_again_from_its_start(
        self, place: OutletPlace
    ) -> None:
        body = io.BytesIO(b"whole")
        body.seek(0, io.SEEK_END)
        await sent(place.outlet, body)
        assert place.visible() == {NAME: b"whole"}

    async def test_nothing_shows_under_the_name_before_the_end(self, place: OutletPlace) -> None:
        seen: list[str] = []
        body = os.urandom(self.large)
        await sent(place.outlet, Watched(body, lambda: seen.extend(place.visible())))
        assert seen == []
        assert place.visible() == {NAME: body}

    async def test_a_cancelled_delivery_leaves_nothing(self, place: OutletPlace) -> None:
        body = os.urandom(self.large)
        calls = iter([lambda: None, cancel_this_task])
        stream = Watched(body, lambda: next(calls, lambda: None)())
        with pytest.raises(asyncio.CancelledError):
            await asyncio.create_task(sent(place.outlet, stream))
        assert place.visible() == {}
        assert list(place.leftovers()) == []
        await sent(place.outlet, io.BytesIO(body))
        assert place.visible() == {NAME: body}

    @pytest.mark.parametrize(
        "name", ["../escape.csv", "a/b.csv", "..", "", ".hidden", "a\nb", "a\\b", "é.csv"]
    )
    async def test_a_name_that_is_not_ours_is_a_programming_error(
        self, place: OutletPlace, name: str
    ) -> None:
        with pytest.raises(ValueError, match="name"):
            await sent(place.outlet, io.BytesIO(b"x"), name)
        assert place.visible() == {}

    async def test_no_secret_shows_in_a_repr(self, place: OutletPlace) -> None:
        assert not [s for s in place.secrets if s in repr(place.outlet)]


def kept(name: str, body: bytes) -> LeftFile:
    """What we remember of a file we left."""
    return LeftFile(name, sha256(body).hexdigest(), len(body))


class RetractableContract(OutletContract):
    """What an outlet does besides whose files stay ours to remove until they are collected."""

    bodies: ClassVar[dict[str, bytes]] = {NAME: b"first", f"{NAME}.json": b"second!"}

    async def _left(self, place: OutletPlace) -> tuple[Retractable, list[LeftFile]]:
        pieces = [Piece(name, io.BytesIO(body)) for name, body in self.bodies.items()]
        await place.outlet.deliver(pieces, await place.outlet.prepare(pieces))
        assert isinstance(place.outlet, Retractable)
        return place.outlet, [kept(name, body) for name, body in self.bodies.items()]

    async def test_what_was_not_collected_is_taken_back_once(self, place: OutletPlace) -> None:
        outlet, left = await self._left(place)
        assert list(await outlet.retract(left)) == list(self.bodies)
        assert place.visible() == {}
        assert list(place.leftovers()) == []
        assert list(await outlet.retract(left)) == []

    async def test_what_was_collected_is_not_said_to_be_taken_back(
        self, place: OutletPlace
    ) -> None:
        outlet, left = await self._left(place)
        assert list(await outlet.retract(left[:1])) == [NAME]
        assert list(await outlet.retract(left)) == [f"{NAME}.json"]

    @pytest.mark.parametrize("other", [b"f1rst", b"longer than ours", b""])
    async def test_another_content_under_a_name_of_ours_stays(
        self, place: OutletPlace, other: bytes
    ) -> None:
        await sent(place.outlet, io.BytesIO(other))
        assert isinstance(place.outlet, Retractable)
        assert list(await place.outlet.retract([kept(NAME, b"first")])) == []
        assert place.visible() == {NAME: other}

    async def test_what_was_taken_back_can_be_delivered_again(self, place: OutletPlace) -> None:
        outlet, left = await self._left(place)
        await outlet.retract(left)
        again: Receipt = await sent(place.outlet, io.BytesIO(b"first"))
        assert not again.already_there
        assert place.visible() == {NAME: b"first"}

    async def test_only_a_name_of_ours_is_ever_removed(self, place: OutletPlace) -> None:
        outlet, _ = await self._left(place)
        with pytest.raises(ValueError, match="name"):
            await outlet.retract([kept("../escape.csv", b"x")])
        assert place.visible() == self.bodies


class RemoteOutletContract(OutletContract):
    """What an outlet across a network does besides."""

    async def test_a_closed_port_is_unreachable(self, place: OutletPlace) -> None:
        place.cut()
        with pytest.raises(Unreachable) as caught:
            await sent(place.outlet, io.BytesIO(b"x"))
        assert not [s for s in (NAME, *place.secrets) if s in str(caught.value)]

    async def test_a_place_that_dies_during_a_delivery_is_unreachable(
        self, place: OutletPlace
    ) -> None:
        body = Watched(os.urandom(self.large), place.cut)
        with pytest.raises(Unreachable):
            await sent(place.outlet, body)
        assert place.visible() == {}
