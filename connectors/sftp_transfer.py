"""One file on its way, across the cuts of a connection.

1. What was cut goes on where it stopped, a few times in a row and never for ever: each time something
   passed, the count of tries starts again, within the time given to the whole.
2. Nothing is trusted for having been there before. Downloading, the file must have the same size and
   date, and its last bytes taken are read again; uploading, what stands under the temporary name must
   be, by digest, the beginning of what we send.
3. An upload is checked before it gets its name, and its name is never another's.
"""

import asyncio
import io
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress
from typing import Final

from connectors.contract import LeftFile, Piece, Receipt
from connectors.depot import PART, check_ours
from connectors.digesting import Digesting
from connectors.errors import Corrupt, Denied, Lost, Missing, Unreachable
from connectors.intake import Intake
from connectors.pace import Pace
from connectors.sftp_settings import SftpSettings, Verify
from connectors.ssh import Channel
from connectors.ssh_file import RemoteFile, Seen
from connectors.ssh_line import Line

_PIECE: Final = 1 << 20  # read from our own disk at a time


class _Transfer:
    """What a download and an upload share: tries, and the clock over all of them."""

    def __init__(self, line: Line, settings: SftpSettings) -> None:
        self._line, self._settings = line, settings
        self._pace = Pace(
            settings.partner, slowest=settings.min_rate, patience=settings.slow_seconds
        )

    async def _in_time(
        self, attempt: Callable[[Channel], Awaitable[None]], passed: Callable[[], int]
    ) -> None:
        minutes, partner = self._settings.transfer_minutes, self._settings.partner
        limit = asyncio.timeout(minutes * 60)
        try:
            async with limit:
                await self._resumed(attempt, passed)
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise Unreachable(f"{partner}: the transfer takes more than {minutes:g} min") from error

    async def _resumed(
        self, attempt: Callable[[Channel], Awaitable[None]], passed: Callable[[], int]
    ) -> None:
        """Make an attempt, and others after a cut; a cut before anything passed is the caller's."""
        tries, before = 0, 0
        while True:
            try:
                async with self._line.channel() as channel:
                    return await attempt(channel)
            except Lost:
                tries = 1 if passed() > before else tries + 1
                before = max(before, passed())
                if not before or tries > self._settings.resume_attempts:
                    raise
                self._pace.check()
            await asyncio.sleep(self._settings.resume_seconds * 2 ** (tries - 1))


class Download(_Transfer):
    """One arrival into a sink. `check_same` refuses what is no longer that arrival."""

    def __init__(
        self,
        line: Line,
        settings: SftpSettings,
        intake: Intake,
        check_same: Callable[[Seen], None],
    ) -> None:
        super().__init__(line, settings)
        self._intake, self._check_same = intake, check_same

    async def run(self, path: bytes) -> None:
        """Take it all, checked against what was announced."""

        async def attempt(channel: Channel) -> None:
            async with channel.opened(path, "rb") as file:
                await self._take(file)

        await self._in_time(attempt, lambda: self._intake.taken)
        self._intake.check_whole()

    async def _take(self, file: RemoteFile) -> None:
        intake, pace = self._intake, self._pace
        if intake.taken or intake.wanted > _PIECE:  # what is small is looked at once read
            self._check_same(await file.look())
        if intake.overlap:
            seen_again = intake.taken - intake.overlap
            intake.check_overlap(await pace.wait(file.read(seen_again, intake.overlap)))
        # One byte more than is announced: a file that is longer shows it.
        async with aclosing(file.blocks(intake.taken, intake.wanted, spare=1)) as blocks:
            async for chunk in pace.through(blocks):
                await intake.take(chunk)
        self._check_same(await file.look())
        if intake.wanted < 0:
            raise Corrupt(f"{self._settings.partner}: the file is longer than it says")


class Upload(_Transfer):
    """One piece under its name. Its body is read from its start, whatever was read of it before."""

    def __init__(self, line: Line, settings: SftpSettings, piece: Piece) -> None:
        super().__init__(line, settings)
        self._body, self._name = piece.body, piece.name
        self._size = self._body.seek(0, io.SEEK_END)
        self._digest, self._sent, self._already_there = "", 0, False

    async def run(self, final: bytes) -> Receipt:
        """Leave it there, or find it there already."""

        async def attempt(channel: Channel) -> None:
            await self._leave(channel, final)

        await self._in_time(attempt, lambda: self._sent)
        location = f"{self._settings.partner}:{self._name}"
        return Receipt(location, self._digest, self._size, self._already_there)

    async def _leave(self, channel: Channel, final: bytes) -> None:
        part = final + PART.encode()
        standing, left = await asyncio.gather(channel.look(final), channel.look(part))
        try:
            if standing is None:
                await self._send(channel, part, left)
                await self._check_sent(channel, part)
                if await channel.moves(part, final):
                    return
            await self._check_already_there(channel, final)
            await channel.discard(part)
        except Lost:
            raise  # what stands there may be resumed
        except BaseException:
            await channel.discard(part)
            raise

    async def _check_already_there(self, channel: Channel, final: bytes) -> None:
        self._digest = self._digest or await (await self._begun(self._size)).hexdigest()
        if await channel.digest(final, self._size, self._pace) != self._digest:
            partner = self._settings.partner
            raise Denied(f"{partner}: another content already stands under that name")
        # After a cut, what stands there may be what we renamed without hearing the answer.
        self._already_there = not self._sent

    async def _send(self, channel: Channel, part: bytes, left: Seen | None) -> None:
        at, digest = await self._resumable(channel, part, left)
        self._body.seek(at)
        async with channel.opened(part, "r+b" if at else "wb") as file:
            while chunk := self._body.read(_PIECE):
                await digest.update(chunk)
                await self._pace.wait(file.write(at, chunk))
                at += len(chunk)
                self._pace.moved(len(chunk))
                self._sent = max(self._sent, at)
            await self._pace.wait(file.flush())
        self._size, self._digest = at, await digest.hexdigest()

    async def _resumable(
        self, channel: Channel, part: bytes, left: Seen | None
    ) -> tuple[int, Digesting]:
        """How much of what stands under the temporary name is ours, all of it or nothing."""
        if left is None or not left.size or left.size > self._size:
            return 0, Digesting()
        there = await channel.digest(part, left.size, self._pace)
        ours = await self._begun(left.size)
        return (left.size, ours) if there == await ours.hexdigest() else (0, Digesting())

    async def _check_sent(self, channel: Channel, part: bytes) -> None:
        partner = self._settings.partner
        if self._settings.verify is Verify.DIGEST:
            if await channel.digest(part, self._size, self._pace) != self._digest:
                raise Unreachable(f"{partner}: what stands there is not what we sent")
            return
        found = await channel.look(part)
        if found is None or not found.is_file or found.size != self._size:
            raise Unreachable(f"{partner}: what stands there has not the size of what we sent")

    async def _begun(self, size: int) -> Digesting:
        """SHA-256 of the first bytes of our body, to be gone on with."""
        digest = Digesting()
        self._body.seek(0)
        while size and (chunk := self._body.read(min(_PIECE, size))):
            await digest.update(chunk)
            size -= len(chunk)
        return digest


async def taken_back(
    channel: Channel, settings: SftpSettings, folder: str, piece: LeftFile
) -> bool:
    """Remove one file of ours if it stands as we left it, and what was half sent of it."""
    check_ours(piece.name)
    path = folder.rstrip("/").encode() + b"/" + piece.name.encode()
    await channel.discard(path + PART.encode())
    seen = await channel.look(path)
    if seen is None or not seen.is_file or seen.size != piece.size:
        return False
    if settings.verify is Verify.DIGEST and not await _is_ours(channel, settings, path, piece):
        return False
    if await channel.look(path) != seen:
        return False
    await channel.remove(path)
    return True


async def _is_ours(channel: Channel, settings: SftpSettings, path: bytes, piece: LeftFile) -> bool:
    pace = Pace(settings.partner, slowest=settings.min_rate, patience=settings.slow_seconds)
    try:
        return await channel.digest(path, piece.size, pace) == piece.sha256
    except Missing:  # collected while we looked
        return False


async def write_over(channel: Channel, path: bytes, content: bytes) -> None:
    """Put a small file of ours in place whole; the same content already there is left untouched."""
    with suppress(Missing):
        if await channel.content(path, len(content) + 1) == content:
            return
    part = path + PART.encode()
    try:
        await _write(channel, part, content)
        await channel.replaces(part, path)
    except BaseException:
        await channel.discard(part)
        raise


async def _write(channel: Channel, path: bytes, content: bytes) -> None:
    async with channel.opened(path, "wb") as file:
        await file.write(0, content)
        await file.flush()
    if await channel.content(path, len(content) + 1) != content:
        raise Unreachable("what stands there is not the acknowledgement we sent")
