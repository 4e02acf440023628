"""How slow the other end of a transfer may be: a drip cannot hold us.

Only the time spent waiting for the other end counts against it: our own disk is not its fault.
"""

import time
from collections.abc import AsyncIterator, Awaitable
from typing import TypeVar

from connectors.errors import Unreachable

_T = TypeVar("_T")


class Pace:
    """The clock of one transfer, through all its resumptions.

    `slowest` is bytes a second, `patience` the seconds of waiting before it is looked at.
    """

    def __init__(self, partner: str, *, slowest: int, patience: float) -> None:
        self._partner, self._slowest, self._patience = partner, slowest, patience
        self._waited, self._moved = 0.0, 0

    async def wait(self, answer: Awaitable[_T]) -> _T:
        """Await the other end, counted."""
        began = time.monotonic()
        try:
            return await answer
        finally:
            self._waited += time.monotonic() - began

    async def through(self, blocks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Give blocks as they come. Raises `Unreachable` when they come too slowly."""
        while chunk := await self.wait(anext(blocks, b"")):
            self.moved(len(chunk))
            yield chunk

    def moved(self, size: int) -> None:
        """So many more bytes passed. Raises `Unreachable` when they pass too slowly."""
        self._moved += size
        self.check()

    def check(self) -> None:
        """Raise `Unreachable` when it goes too slowly."""
        if self._waited > self._patience and self._moved < self._slowest * self._waited:
            raise Unreachable(
                f"{self._partner}: the transfer is slower than {self._slowest} bytes a second"
            )
