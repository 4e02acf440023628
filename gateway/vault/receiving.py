"""Bytes that come from elsewhere and rest nowhere in clear: a sink that seals what it is given.

Rules, in order:
1. What is written is kept only by `keep`; leaving without it forgets everything.
2. When `keep` returns, the object stands whole under its digest and is on the disk: one may then do
   what lets the sender erase its own copy.
3. Nothing here holds the event loop: sealing, hashing and the store have their threads (`pouring`).

Verified: the digest and the size are those of the bytes given; the sealed object has, in the store,
the size that its format implies for that many bytes; it was flushed. Not verified here: the object is
not read back, so that a disk that lies, or a fault of the seal itself, is found by `Unsealer`, which
compares digests when a delivery is treated, before its sender is told that it was accepted.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from gateway.vault.pouring import Pour

if TYPE_CHECKING:
    from gateway.vault import Sealed


@asynccontextmanager
async def receiving(
    seal: "Callable[[Pour[Sealed]], Sealed]",
    seal_small: "Callable[[Pour[Sealed]], None] | None" = None,
) -> "AsyncIterator[Receiving]":
    """Yield a sink over this seal; whatever was not kept is forgotten at the end. See `Pour`."""
    sink = Receiving(lambda: Pour(seal, seal_small))
    try:
        yield sink
    finally:
        await sink.forget()


class Receiving:
    """One object being received. See `connectors.contract.Sink` for `size`, `sha256`, `write`, `restart`."""

    def __init__(self, start: "Callable[[], Pour[Sealed]]") -> None:
        self._start = start
        self._pour = start()

    @property
    def size(self) -> int:
        """Bytes taken since the last start."""
        return self._pour.size

    @property
    def sha256(self) -> str:
        """Lower-case hexadecimal digest of those bytes."""
        return self._pour.digest

    async def write(self, chunk: bytes) -> None:
        """Take the next bytes. Raises why the vault cannot, when it cannot."""
        self._pour.give(chunk)
        if self._pour.is_full:
            await asyncio.wrap_future(self._pour.room())

    async def restart(self) -> None:
        """Forget everything taken."""
        await self.forget()
        self._pour = self._start()

    async def keep(self) -> "Sealed":
        """Close the seal and give the object its name; nothing more can be written."""
        self._pour.end()
        return await asyncio.wrap_future(self._pour.sealed)

    async def forget(self) -> None:
        """Remove what was written, unless it was kept; waits for that."""
        self._pour.forget()
        with suppress(Exception):  # the seal says it was forgotten, or what it has said already
            await asyncio.shield(asyncio.wrap_future(self._pour.sealed))
