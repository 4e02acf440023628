"""SFTP partners, as a source and as an outlet. How SSH is spoken: `ssh.py`; with whom: `sftp_settings.py`.

1. Nothing is replaced at the partner but our own acknowledgements: SFTP `rename` fails when the
   target exists, and that failure is the duplicate case.
2. What we leave is read back before it gets its final name.
3. Between a listing and what follows, a file is known by name, size and date: another one under its
   name is neither fetched nor settled in its stead.
4. A name never becomes a path of ours; it is joined to a remote folder as one component of bytes.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from hashlib import sha256
from typing import BinaryIO, Final

from connectors.contract import Arrival, Notice, Piece, Receipt, Sink
from connectors.depot import (
    DIGEST_FILE_LIMIT,
    DIGEST_SUFFIX,
    PART,
    announced_digest,
    arrival_key,
    check_pieces,
    companion_suffixes,
    is_component,
    is_waiting_name,
    kept_name,
    name_of,
    shelf_name,
    shown_name,
)
from connectors.errors import Corrupt, Denied, Missing, Unreachable
from connectors.intake import Intake, transfer
from connectors.sftp_settings import Settling, SftpSettings
from connectors.ssh import CHUNK, Channel, Line, Seen

_SCAN_FACTOR: Final = 10  # a depot may hold this many times what one listing gives, no more


class SftpSource:
    """Deliveries left in a partner's `depot`, filed in `archive`, answered in `ack`."""

    def __init__(self, settings: SftpSettings) -> None:
        self._settings, self._line = settings, Line(settings)
        self._folders = settings.folders

    def __repr__(self) -> str:
        return f"SftpSource({self._settings.partner!r})"

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """Keep one connection for a series of verbs; without it each verb opens its own."""
        async with self._line.kept():
            yield

    async def arrivals(self) -> Sequence[Arrival]:
        """See `Source`. At most `max_listed`, after standing still for `stable_seconds`."""
        async with self._line.channel() as channel:
            seen = await self._scan(channel)
            if seen and self._settings.stable_seconds:
                await asyncio.sleep(self._settings.stable_seconds)
                again = await self._scan(channel)
                seen = {name: facts for name, facts in seen.items() if again.get(name) == facts}
            waiting = filter(is_waiting_name, seen)
            oldest = sorted(waiting, key=lambda name: (seen[name].mtime or 0, name))
            return [
                self._arrival(name, seen[name], await self._announced(channel, name, seen))
                for name in oldest[: self._settings.max_listed]
            ]

    async def fetch(self, arrival: Arrival, into: Sink, *, limit: int) -> None:
        """See `Source`."""
        await transfer(lambda: self._fetch(arrival, into, limit), into)

    async def _fetch(self, arrival: Arrival, into: Sink, limit: int) -> None:
        intake = Intake(arrival, into, limit=limit)
        here = _at(self._folders.depot, name_of(arrival))
        async with self._line.channel() as channel, channel.opened(here, "rb") as file:
            self._check_same(arrival, await file.look())
            # Asking past the end costs a request per block: the size is asked again instead.
            while intake.wanted and (chunk := await file.read(intake.wanted)):
                await intake.take(chunk)
            self._check_same(arrival, await file.look())
        intake.check_whole()

    async def acknowledge(self, arrival: Arrival, notices: Sequence[Notice]) -> Sequence[str]:
        """See `Source`. A notice without files has nothing to write here."""
        shelf = shelf_name(name_of(arrival), arrival.key)
        async with self._line.channel() as channel:
            for notice in notices:
                for suffix, content in notice.files.items():
                    path = _at(self._folders.ack, shelf + f".{suffix}".encode())
                    await _write_over(channel, path, content)
        return [arrival.key]

    async def notify(self, name: str, notices: Sequence[Notice]) -> None:
        """See `Notifying`."""
        named = Arrival(key=name, name=name, reference={"name": kept_name(name.encode("ascii"))})
        await self.acknowledge(named, notices)

    async def settle(self, arrival: Arrival) -> None:
        """See `Source`."""
        name = name_of(arrival)
        suffixes = [suffix.encode() for suffix in companion_suffixes(name)]
        paths = [_at(self._folders.depot, name + suffix) for suffix in (b"", *suffixes)]
        async with self._line.channel() as channel:
            found, *companions = await asyncio.gather(*map(channel.look, paths))
            if found is None or not self._is_same(arrival, found):
                return
            for suffix, companion in zip(suffixes, companions, strict=True):
                if companion is not None:  # put away first: alone it is never seen
                    await self._put_away(channel, arrival, suffix)
            await self._put_away(channel, arrival, b"")

    async def _put_away(self, channel: Channel, arrival: Arrival, suffix: bytes) -> None:
        here = _at(self._folders.depot, name_of(arrival) + suffix)
        if self._settings.settling is Settling.DELETE:
            await channel.remove(here)
            return
        shelf = _at(self._folders.archive, shelf_name(name_of(arrival), arrival.key))
        for name in (shelf, shelf + f".{arrival.key}".encode()):
            if await channel.moves(here, name + suffix):
                return
        raise Denied(
            f"{self._settings.partner}: the archive already holds this arrival; look at it"
        )

    async def _scan(self, channel: Channel) -> dict[bytes, Seen]:
        most = self._settings.max_listed * _SCAN_FACTOR
        return await channel.scan(self._folders.depot.encode(), _is_of_interest, most)

    async def _announced(
        self, channel: Channel, name: bytes, seen: Mapping[bytes, Seen]
    ) -> str | None:
        companion = name + DIGEST_SUFFIX.encode()
        if companion not in seen:
            return None
        with suppress(Missing):
            path = _at(self._folders.depot, companion)
            return announced_digest(await channel.content(path, DIGEST_FILE_LIMIT))
        return None

    def _arrival(self, name: bytes, seen: Seen, digest: str | None) -> Arrival:
        return Arrival(
            key=arrival_key(self._folders.depot, name, seen.size, seen.mtime),
            name=shown_name(name),
            size=seen.size,
            seen_at=None if seen.mtime is None else datetime.fromtimestamp(seen.mtime, UTC),
            sha256=digest,
            reference={"name": kept_name(name), "mtime": str(seen.mtime)},
        )

    def _is_same(self, arrival: Arrival, found: Seen) -> bool:
        return (found.size, str(found.mtime)) == (arrival.size, arrival.reference["mtime"])

    def _check_same(self, arrival: Arrival, found: Seen) -> None:
        if not self._is_same(arrival, found):
            raise Corrupt(f"{self._settings.partner}: the file changed since it was listed")


class SftpOutlet:
    """Releases left in a recipient's `retrait`."""

    def __init__(self, settings: SftpSettings) -> None:
        self._settings, self._line = settings, Line(settings)

    def __repr__(self) -> str:
        return f"SftpOutlet({self._settings.partner!r})"

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """Keep one connection for a series of deliveries."""
        async with self._line.kept():
            yield

    async def prepare(self, pieces: Sequence[Piece]) -> str:
        """See `Outlet`. Nothing to prepare: a piece appears whole when it is delivered."""
        check_pieces(pieces)
        return ""

    async def deliver(self, pieces: Sequence[Piece], prepared: str) -> Receipt:  # noqa: ARG002 - promised
        """See `Outlet`. Each body is read from its start, whatever was read of it before."""
        check_pieces(pieces)
        first, *_ = [await self._put(piece.name, piece.body) for piece in pieces]
        return first

    async def _put(self, name: str, body: BinaryIO) -> Receipt:
        final = _at(self._settings.folders.retrait, name.encode())
        part = final + PART.encode()
        async with self._line.channel() as channel:
            try:
                size, digest = await self._send(channel, part, body)
                already_there = not await self._published(channel, final, size, digest)
            except BaseException:
                await channel.discard(part)
                raise
            if already_there:
                await channel.discard(part)
        return Receipt(f"{self._settings.partner}:{name}", digest, size, already_there)

    async def _send(self, channel: Channel, part: bytes, body: BinaryIO) -> tuple[int, str]:
        size, digest = 0, sha256()
        body.seek(0)
        async with channel.opened(part, "wb") as file:
            while chunk := body.read(CHUNK):
                await file.write(chunk)
                digest.update(chunk)
                size += len(chunk)
        if await channel.digest(part, size) != digest.hexdigest():
            raise Unreachable(f"{self._settings.partner}: what stands there is not what we sent")
        return size, digest.hexdigest()

    async def _published(self, channel: Channel, final: bytes, size: int, digest: str) -> bool:
        if await channel.moves(final + PART.encode(), final):
            return True
        if await channel.digest(final, size) == digest:
            return False
        raise Denied(f"{self._settings.partner}: another content already stands under that name")


def _is_of_interest(name: bytes) -> bool:
    return is_waiting_name(name) or (is_component(name) and name.endswith(DIGEST_SUFFIX.encode()))


def _at(folder: str, name: bytes) -> bytes:
    return folder.rstrip("/").encode() + b"/" + name


async def _write_over(channel: Channel, path: bytes, content: bytes) -> None:
    """Put a small file of ours in place whole; the same content already there is left untouched."""
    with suppress(Missing):
        if await channel.content(path, len(content) + 1) == content:
            return
    part = path + PART.encode()
    try:
        async with channel.opened(part, "wb") as file:
            await file.write(content)
        await channel.replaces(part, path)
    except BaseException:
        await channel.discard(part)
        raise
