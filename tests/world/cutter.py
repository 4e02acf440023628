"""A line that is cut after a given number of SSH packets, counted both ways: what came before arrives whole.

It reads where packets end without reading them: RFC 4253 §6 before the keys, then AES-GCM, whose
length is in clear (RFC 5647 §7.1). Both sides must prefer it, as our policy does.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

_TAG: Final = 16
_NEWKEYS: Final = 21
_MOST: Final = 1 << 20


@dataclass
class Cutter:
    """`cut_after` packets nothing passes on that line; those opened later are left alone."""

    port: int = 0
    cut_after: int | None = None
    passed: int = 0
    was_cut: bool = False
    _lines: set[asyncio.StreamWriter] = field(default_factory=set)

    def arm(self, cut_after: int | None) -> None:
        """Count from here; cut after so many, never when None."""
        self.cut_after, self.passed, self.was_cut = cut_after, 0, False

    def may_pass(self) -> bool:
        if self.passed == self.cut_after and not self.was_cut:
            self.was_cut = True
            return False
        self.passed += 1
        return True


@asynccontextmanager
async def cutter(port: int) -> AsyncIterator[Cutter]:
    """Stand before the server of that port."""
    told = Cutter()

    async def joined(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, ours = await asyncio.open_connection("127.0.0.1", port, limit=_MOST)
        ways = [
            asyncio.ensure_future(_carried(told, reader, ours)),
            asyncio.ensure_future(_carried(told, theirs, writer)),
        ]
        told._lines |= {ours, writer}
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            for end in (ours, writer):
                end.close()

    doors = await asyncio.start_server(joined, "127.0.0.1", 0, limit=_MOST)
    told.port = doors.sockets[0].getsockname()[1]
    try:
        yield told
    finally:
        doors.close()
        for line in told._lines:
            line.close()
        await asyncio.sleep(0)


async def _carried(
    told: Cutter, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    with suppress(asyncio.IncompleteReadError, OSError):
        sealed = False
        packet = await reader.readuntil(b"\n")
        while told.may_pass():
            writer.write(packet)
            await writer.drain()
            length = await reader.readexactly(4)
            body = await reader.readexactly(int.from_bytes(length) + (_TAG if sealed else 0))
            sealed = sealed or body[1] == _NEWKEYS
            packet = length + body
