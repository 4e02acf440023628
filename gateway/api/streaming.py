"""A file on its way to a client, for as long as it may: looked at again at least each second.

1. Blocks of 256 KiB: asyncio's sendfile under TLS is eight times slower, smaller blocks half as fast. The
   next piece is read in a thread while this one leaves.
2. Beside the sending, a watch looks again whether it may go on. Should the answer be no, should it fail or
   be late, nothing more is sent: the connection is cut, what waited in it is thrown away, and the client
   sees a transfer that failed, never a file that ends too soon.
3. A client that takes nothing for a minute is cut too.
"""

import asyncio
import os
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import BinaryIO, Final

from aiohttp import web

from gateway.api.ranges import Span

BLOCK: Final = 256 << 10
AHEAD: Final = 4 << 20
EVERY: Final = 0.5  # seconds between two looks
LATE: Final = 1.0  # seconds: older than that, a look allows nothing
STALLED: Final = 60.0  # seconds without a byte taken
_AT_ONCE: Final = struct.pack("ii", 1, 0)


class Stopped(Exception):
    """It may leave no more: what was not sent never will be."""


class Watch:
    """Looks again and again; `sent` is how many bytes left so far, `why` the error that ended it."""

    def __init__(self, request: web.Request, look: Callable[[], object]) -> None:
        self._request, self._look = request, look
        self._seen_at, self._taken_at = monotonic(), monotonic()
        self._again = asyncio.Event()
        self.why: BaseException | None = None
        self._is_over = self._is_cut = False
        self.sent = 0

    async def allow(self) -> None:
        """Wait until the last look is recent enough. Raises `Stopped`."""
        while not self._is_cut and monotonic() - self._seen_at > LATE:
            await self._again.wait()
        if self._is_cut:
            raise Stopped

    def took(self, count: int) -> None:
        """The client took so many bytes."""
        self.sent += count
        self._taken_at = monotonic()

    async def run(self) -> None:
        """Look until it is over, or until the answer is no."""
        try:
            while True:
                await asyncio.sleep(EVERY)
                self._again.clear()
                started = monotonic()
                await asyncio.to_thread(self._look)
                if started - self._taken_at > STALLED:
                    raise TimeoutError
                self._seen_at = started
                self._again.set()
        finally:
            self._is_cut = True
            self._again.set()
            if not self._is_over:
                cut(self._request)

    def end(self) -> None:
        """Nothing more is sent: what is asked now is of no use."""
        self._is_over = True


@asynccontextmanager
async def watching(request: web.Request, look: Callable[[], object]) -> AsyncIterator[Watch]:
    """Watch while a file leaves; on the way out, `why` says what ended it."""
    watch = Watch(request, look)
    task = asyncio.create_task(watch.run())
    try:
        yield watch
    finally:
        watch.end()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.wait([task])
        if not task.cancelled():
            watch.why = task.exception()


async def pour(response: web.StreamResponse, file: BinaryIO, span: Span, watch: Watch) -> None:
    """Send these bytes of a file. Raises `Stopped`, `ConnectionError` when the client left."""
    at, handle = span.first, file.fileno()
    ahead = _reading(handle, at, span)
    try:
        while at <= span.last:
            piece = await ahead
            if not piece:
                raise Stopped
            at += len(piece)
            ahead = _reading(handle, at, span)
            whole = memoryview(piece)
            for start in range(0, len(piece), BLOCK):
                await watch.allow()
                block = whole[start : start + BLOCK]
                await response.write(block)
                watch.took(len(block))
    finally:
        with suppress(asyncio.CancelledError):
            await asyncio.wait([ahead])


def cut(request: web.Request) -> None:
    """Close at once: what the system still held for the client is thrown away too."""
    transport = request.transport
    if transport is None:
        return
    connection = transport.get_extra_info("socket")
    if connection is not None:
        with suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    transport.abort()


def _reading(handle: int, at: int, span: Span) -> asyncio.Future[bytes]:
    loop = asyncio.get_running_loop()
    count = min(AHEAD, span.last + 1 - at)
    return loop.run_in_executor(None, os.pread, handle, count, at)
