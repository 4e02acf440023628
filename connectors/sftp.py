"""SFTP partners, as a source and as an outlet. How SSH is spoken: `ssh.py`; with whom: `sftp_settings.py`.

1. Nothing is replaced at the partner but our own acknowledgements: SFTP `rename` fails when the
   target exists, and that failure is the duplicate case.
2. What we leave is read back before it gets its final name, and what is cut is resumed (`sftp_transfer.py`).
3. Between a listing and what follows, a file is known by name, size and date: another one under its
   name is neither fetched nor settled in its stead. There is no cursor: a clock that jumps hides nothing.
4. A name never becomes a path of ours; it is joined to a remote folder as one component of bytes.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from hashlib import sha256
from types import TracebackType
from typing import Final, Self

from connectors.answering import ANSWER_LIMIT, answer_names, meaning_of, said_at
from connectors.contract import Answer, Arrival, LeftFile, Notice, Piece, Receipt, Sink
from connectors.depot import (
    COMPANIONS,
    DIGEST_FILE_LIMIT,
    DIGEST_SUFFIX,
    Ready,
    arrival_key,
    check_pieces,
    companion_suffixes,
    dated,
    described,
    is_companion_name,
    is_ready,
    is_waiting_name,
    kept_name,
    name_of,
    shelf_name,
    shown_name,
)
from connectors.errors import Corrupt, Denied, Missing
from connectors.intake import Intake, transfer
from connectors.manifest import MANIFEST_LIMIT, MANIFEST_SUFFIX
from connectors.sftp_settings import Settling, SftpSettings
from connectors.sftp_transfer import Download, Upload, taken_back, write_over
from connectors.ssh import Channel
from connectors.ssh_file import Seen
from connectors.ssh_line import Line

log = logging.getLogger(__name__)

_AT_ONCE: Final = 100  # arrivals described before anything else may run
_SCAN_FACTOR: Final = 10  # a depot may hold this many times what one listing gives, no more


class _Place:
    """What a source and an outlet share: the way there. Close it, or use it in a `with`."""

    def __init__(self, settings: SftpSettings) -> None:
        self._settings, self._line = settings, Line(settings)
        self._folders = settings.folders

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._settings.partner!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connection that was kept. It may be used again: it opens another."""
        await self._line.close()

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """Keep one connection for a series of verbs, those that run at once included."""
        async with self._line.channel():
            yield

    async def _put_away(
        self, channel: Channel, here: bytes, shelf: bytes, key: str, suffix: bytes = b""
    ) -> None:
        """Move what is done with into the archive, replacing nothing."""
        for name in (shelf, shelf + f".{key}".encode()):
            if await channel.moves(here, _at(self._folders.archive, name + suffix)):
                return
        raise Denied(
            f"{self._settings.partner}: the archive already holds this arrival; look at it"
        )


class SftpSource(_Place):
    """Deliveries left in a partner's `depot`, filed in `archive`, answered in `ack`."""

    def __init__(self, settings: SftpSettings) -> None:
        super().__init__(settings)
        self._left: set[str] = set()  # settled, and still there: we may not move anything

    async def arrivals(self) -> Sequence[Arrival]:
        """See `Source`. At most `max_listed`, after standing still for `stable_seconds`."""
        async with self._line.channel() as channel:
            seen = await self._still(channel)
            ready = [
                name
                for name in filter(is_waiting_name, seen)
                if is_ready(name, seen, self._settings.ready)
            ]
            ready.sort(key=lambda name: (seen[name].mtime or 0, name))
            if self._settings.settling is Settling.LEAVE:
                ready = self._not_left(ready, seen)
            oldest = ready[: self._settings.max_listed]
            found: list[Arrival | None] = []
            for start in range(0, len(oldest), _AT_ONCE):  # the event loop has other things to do
                names = oldest[start : start + _AT_ONCE]
                found += await asyncio.gather(*(self._arrival(channel, n, seen) for n in names))
        return [arrival for arrival in found if arrival is not None]

    async def fetch(self, arrival: Arrival, into: Sink, *, limit: int) -> None:
        """See `Source`."""
        path = _at(self._folders.depot, name_of(arrival))

        async def attempt() -> None:
            intake = Intake(arrival, into, limit=limit)
            await Download(
                self._line, self._settings, intake, lambda seen: self._check_same(arrival, seen)
            ).run(path)

        await transfer(attempt, into, arrival)

    @property
    def carries_files(self) -> bool:
        """See `Filing`."""
        return True

    async def acknowledge(self, arrival: Arrival, notices: Sequence[Notice]) -> Sequence[str]:
        """See `Source`. A notice without files has nothing to write here."""
        shelf = shelf_name(name_of(arrival), arrival.key)
        async with self._line.channel() as channel:
            for notice in notices:
                for suffix, content in notice.files.items():
                    path = _at(self._folders.ack, shelf + f".{suffix}".encode())
                    await write_over(channel, path, content)
        return [arrival.key]

    async def settle(self, arrival: Arrival) -> None:
        """See `Source`. What we may not move is not listed again while this process lives."""
        name = name_of(arrival)
        if self._settings.settling is Settling.LEAVE:
            self._left.add(arrival.reference["stood"])
            return
        suffixes = [suffix.encode() for suffix in companion_suffixes(name)]
        paths = [_at(self._folders.depot, name + suffix) for suffix in (b"", *suffixes)]
        async with self._line.channel() as channel:
            found, *companions = await asyncio.gather(*map(channel.look, paths))
            if found is None or not self._is_same(arrival, found):
                return
            for suffix, companion in zip(suffixes, companions, strict=True):
                if companion is not None:  # put away first: alone it is never seen
                    await self._settle(channel, arrival, suffix)
            await self._settle(channel, arrival, b"")

    async def _settle(self, channel: Channel, arrival: Arrival, suffix: bytes) -> None:
        name = name_of(arrival)
        here = _at(self._folders.depot, name + suffix)
        if self._settings.settling is Settling.DELETE:
            await channel.remove(here)
            return
        shelf = shelf_name(name, arrival.key)
        await self._put_away(channel, here, shelf, arrival.key, suffix)

    async def _still(self, channel: Channel) -> Mapping[bytes, Seen]:
        """What stands still, its companions included: a date that jumps is only a change like another."""
        seen = await self._scan(channel)
        if not seen or not self._settings.stable_seconds:
            return seen
        await asyncio.sleep(self._settings.stable_seconds)
        again = await self._scan(channel)
        moving = {name for name in {*seen, *again} if seen.get(name) != again.get(name)}
        return {
            name: facts
            for name, facts in again.items()
            if name not in moving
            and not any(name + suffix.encode() in moving for suffix in COMPANIONS)
        }

    async def _scan(self, channel: Channel) -> dict[bytes, Seen]:
        most = self._settings.max_listed * _SCAN_FACTOR
        return await channel.scan(self._folders.depot.encode(), _is_of_interest, most)

    def _not_left(self, names: Sequence[bytes], seen: Mapping[bytes, Seen]) -> list[bytes]:
        stood = {name: _stood(name, seen) for name in names}
        self._left &= set(stood.values())
        return [name for name in names if stood[name] not in self._left]

    async def _arrival(
        self, channel: Channel, name: bytes, seen: Mapping[bytes, Seen]
    ) -> Arrival | None:
        """None when the manifest it waited for went away meanwhile."""
        facts, manifest = seen[name], None
        if self._settings.ready is Ready.MANIFEST:
            manifest = await self._companion(channel, name, MANIFEST_SUFFIX, seen, MANIFEST_LIMIT)
            if manifest is None:
                return None
        digest = await self._companion(channel, name, DIGEST_SUFFIX, seen, DIGEST_FILE_LIMIT)
        told = described(name, facts.size, digest, manifest)
        described_by = (told.manifest,) if told.manifest else ()
        return Arrival(
            key=arrival_key(self._folders.depot, name, facts.size, facts.mtime, *described_by),
            name=shown_name(name),
            size=facts.size,
            seen_at=dated(facts.mtime),
            sha256=told.sha256,
            reference={
                "name": kept_name(name),
                "mtime": str(facts.mtime),
                "stood": _stood(name, seen),
                **told.reference,
            },
            withheld=told.withheld,
        )

    async def _companion(
        self, channel: Channel, name: bytes, suffix: str, seen: Mapping[bytes, Seen], limit: int
    ) -> bytes | None:
        """One byte above the limit, at most: enough to know that it is too long."""
        companion = name + suffix.encode()
        if companion in seen:
            with suppress(Missing):
                return await channel.content(_at(self._folders.depot, companion), limit + 1)
        return None

    def _is_same(self, arrival: Arrival, found: Seen) -> bool:
        return (found.size, str(found.mtime)) == (arrival.size, arrival.reference["mtime"])

    def _check_same(self, arrival: Arrival, found: Seen) -> None:
        if not self._is_same(arrival, found):
            raise Corrupt(f"{self._settings.partner}: the file changed since it was listed")


class SftpOutlet(_Place):
    """Releases left in a recipient's `retrait`, answered in its `answers`."""

    async def prepare(self, pieces: Sequence[Piece]) -> str:
        """See `Outlet`. Nothing is brought there: what is given is the name answers will bear."""
        check_pieces(pieces)
        return pieces[0].name

    async def deliver(self, pieces: Sequence[Piece], prepared: str) -> Receipt:  # noqa: ARG002 - promised
        """See `Outlet`. Each body is read from its start, whatever was read of it before."""
        check_pieces(pieces)
        first, *_ = [await self._put(piece) for piece in pieces]
        return first

    async def retract(self, pieces: Sequence[LeftFile]) -> Sequence[str]:
        """See `Retractable`. What a cut delivery left half-sent goes too."""
        async with self._line.channel() as channel:
            return [
                piece.name
                for piece in pieces
                if await taken_back(channel, self._settings, self._folders.retrait, piece)
            ]

    async def answers(self, expected: Sequence[str]) -> Sequence[Answer]:
        """See `Answered`. A recipient without a folder for it does not answer."""
        names = answer_names(expected)
        folder, most = self._folders.answers, self._settings.max_listed
        async with self._line.channel() as channel:
            try:
                seen = await channel.scan(folder.encode(), names.__contains__, most, Missing)
            except Missing:
                return []
            told = await asyncio.gather(
                *(self._answer(channel, name, seen[name], *names[name]) for name in seen)
            )
        unreadable = told.count(None)
        if unreadable:
            log.warning("%s: %d answers cannot be read", self._settings.partner, unreadable)
        return sorted((one for one in told if one is not None), key=_order)

    async def noted(self, answer: Answer) -> None:
        """See `Answered`. It is put away; another one under its name is left."""
        name = answer.reference["name"].encode()
        here = _at(self._folders.answers, name)
        async with self._line.channel() as channel:
            found = await channel.look(here)
            if found is not None and str(found) == answer.reference["seen"]:
                await self._put_away(channel, here, name, answer.key)

    async def _put(self, piece: Piece) -> Receipt:
        final = _at(self._folders.retrait, piece.name.encode())
        return await Upload(self._line, self._settings, piece).run(final)

    async def _answer(
        self, channel: Channel, name: bytes, seen: Seen, prepared: str, level: str
    ) -> Answer | None:
        with suppress(Missing):
            path = _at(self._folders.answers, name)
            milestone = meaning_of(await channel.content(path, ANSWER_LIMIT + 1), level)
            if milestone is not None:
                return Answer(
                    arrival_key("answer", name, seen.size, seen.mtime),
                    prepared,
                    milestone,
                    said_at(dated(seen.mtime), level),
                    {"name": name.decode(), "seen": str(seen)},
                )
        return None


def _order(answer: Answer) -> tuple[bool, object]:
    return (answer.said_at is not None, answer.said_at)


def _is_of_interest(name: bytes) -> bool:
    return is_waiting_name(name) or is_companion_name(name)


def _stood(name: bytes, seen: Mapping[bytes, Seen]) -> str:
    """What a listing shows of a file and of its manifest, without opening either."""
    facts = (name, seen[name], seen.get(name + MANIFEST_SUFFIX.encode()))
    return sha256(repr(facts).encode()).hexdigest()


def _at(folder: str, name: bytes) -> bytes:
    return folder.rstrip("/").encode() + b"/" + name
