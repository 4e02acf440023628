"""One open file at an SFTP partner, read and written fast and never believed.

1. Bytes travel as blocks asked several ahead, given in order; a short answer is asked again for what
   is missing, and only an answer of nothing is the end of a file. Past a hole nothing is believed.
2. What is asked ahead is waited for as long as something comes: a slow line is not a dead one.
3. What came before a cut is given before the cut is raised.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, cast

import asyncssh

from connectors.errors import ConnectorError, Lost, Unreachable

if TYPE_CHECKING:
    from connectors.ssh import Channel

BLOCK: Final = 256 << 10  # what OpenSSH gives in one answer
_SAFE_BLOCK: Final = 32 << 10  # what any server gives
SPAN: Final = 2 << 20  # bytes read at a time, as parallel blocks
_SPANS_AHEAD: Final = 2  # the next is asked while one is used: the speed of OpenSSH's own client
WINDOW: Final = 4 << 20  # bytes written and not acknowledged yet
_FEWEST_AHEAD, _MOST_AHEAD = 16, 128


@dataclass(frozen=True, slots=True)
class Seen:
    """What the place says of one name."""

    size: int | None
    mtime: int | None
    is_file: bool


@dataclass(slots=True)
class _Span:
    """Bytes asked together, and the blocks that came of them, by place.

    `enough`: where what is wanted ends, when more than that is asked.
    """

    at: int
    size: int
    enough: int
    blocks: dict[int, bytes] = field(default_factory=dict)

    @property
    def reached(self) -> int:
        """Where what came without a hole ends: past one, nothing is believed."""
        reached = self.at
        while block := self.blocks.get(reached):
            reached += len(block)
        return reached

    @property
    def content(self) -> bytes:
        """What came without a hole."""
        parts, at = [], self.at
        while block := self.blocks.get(at):
            parts.append(block)
            at += len(block)
        return b"".join(parts)

    @property
    def is_whole(self) -> bool:
        """Whether all that was asked came."""
        return self.reached == self.at + self.size


class RemoteFile:
    """One open remote file."""

    def __init__(self, channel: "Channel", file: asyncssh.SFTPClientFile) -> None:
        self._channel, self._file = channel, file
        # Smaller than a server may allow: an answer is all or nothing, and a slow line is heard sooner.
        self._most_read = min(channel.most_read or _SAFE_BLOCK, BLOCK)
        self._most_written = min(channel.most_written or _SAFE_BLOCK, BLOCK)
        self._writing: deque[asyncio.Task[None]] = deque()
        self._heard = 0  # answers that came, of those asked ahead

    async def blocks(self, start: int, size: int, spare: int = 0) -> AsyncGenerator[bytes, None]:
        """Give `size` bytes from `start`, in order; fewer when the file ends before. Close it.

        `spare` bytes more are asked with the last block, and given if they come along. What came
        before a cut is given before the cut is raised.
        """
        asked: deque[tuple[_Span, asyncio.Task[None]]] = deque()
        at, end, enough = start, start + size + spare, start + size
        try:
            while at < end or asked:
                while at < end and len(asked) < _SPANS_AHEAD:
                    span = _Span(at, min(SPAN, end - at), enough)
                    asked.append((span, asyncio.create_task(self._fill(span))))
                    at += span.size
                span, task = asked.popleft()
                try:
                    await self._waited(task)
                except Lost:
                    if span.blocks and (came := span.content):
                        yield came
                    raise
                if came := span.content:
                    yield came
                if not span.is_whole:
                    return
        finally:
            await _dropped(task for _, task in asked)

    async def read(self, at: int, size: int) -> bytes:
        """Read `size` bytes from `at`; fewer only at the end of the file."""
        span = _Span(at, size, at + size)
        await self._channel.ask(self._fill(span))
        return span.content

    async def _fill(self, span: "_Span") -> None:
        end = span.at + span.size
        if span.size <= self._most_read:
            await self._ask(span, span.at, end)
        else:
            places = range(span.at, end, self._most_read)
            asked = (self._ask(span, at, min(at + self._most_read, end)) for at in places)
            await asyncio.gather(*asked)

    async def _ask(self, span: "_Span", at: int, end: int) -> None:
        """Ask for one block, and again for what is missing of it; asyncssh makes one request of each."""
        while at < end:
            block = cast("bytes", await self._file.read(end - at, at))
            self._heard += 1
            if len(block) > end - at:
                raise Unreachable(f"{self._channel.partner}: the server gives more than was asked")
            span.blocks[at] = block
            at += len(block)
            if not block or span.enough <= at:
                return

    async def write(self, at: int, content: bytes) -> None:
        """Write at a place, several blocks under way at once: `flush` says that they arrived."""
        block = self._most_written
        ahead = max(_FEWEST_AHEAD, min(WINDOW // block, _MOST_AHEAD))
        for begin in range(0, len(content), block):
            part = content[begin : begin + block]
            while len(self._writing) >= ahead:
                await self._waited(self._writing.popleft())
            self._writing.append(asyncio.create_task(self._write(at + begin, part)))

    async def _write(self, at: int, block: bytes) -> None:
        await self._file.write(block, at)
        self._heard += 1

    async def flush(self) -> None:
        """Wait until everything written was acknowledged."""
        while self._writing:
            await self._waited(self._writing.popleft())

    async def _waited(self, task: asyncio.Task[None]) -> None:
        """Wait for the oldest of what was asked ahead, as long as something comes of any."""

        async def heard_out() -> None:
            while not task.done():
                heard = self._heard
                await asyncio.wait({task}, timeout=self._channel.patience)
                if not task.done() and self._heard == heard:
                    raise TimeoutError
            await task

        try:
            await self._channel.told(heard_out())
        finally:
            await _dropped([task])

    async def look(self) -> Seen:
        """Describe the open file itself, whatever its name has become."""
        return seen_of(await self._channel.ask(self._file.stat()))

    async def close(self) -> None:
        """Close; what had to be checked was checked before."""
        await _dropped(self._writing)
        self._writing.clear()
        with suppress(ConnectorError):
            await self._channel.ask(self._file.close())


def seen_of(attrs: asyncssh.SFTPAttrs) -> Seen:
    """What attributes say."""
    return Seen(attrs.size, attrs.mtime, attrs.type == asyncssh.FILEXFER_TYPE_REGULAR)


async def _dropped(requests: Iterable[asyncio.Task[None]]) -> None:
    """Let go of requests whose answers nobody waits for any more."""
    tasks = list(requests)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
