"""What passes from a place into a sink: stopped at the limit, checked at the end, tried once more.

What was cut is resumed only over bytes already seen: the last ones taken are read again and compared
(`check_overlap`), because a sink that seals cannot be read back.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from connectors.contract import Arrival, Sink, Withholding
from connectors.depot import DESCRIBED
from connectors.errors import Corrupt, TooLarge, Withheld

OVERLAP: Final = 64 << 10


class Differs(Corrupt):
    """What came whole is not what was announced."""


class Intake:
    """One transfer under way, into an empty sink. The bytes written never pass the limit."""

    def __init__(self, arrival: Arrival, into: Sink, *, limit: int) -> None:
        self._arrival, self._into, self._limit = arrival, into, limit
        self._tail = b""
        if (arrival.size or 0) > limit:
            raise TooLarge(f"the file announces {arrival.size} bytes, the limit is {limit}")

    @property
    def taken(self) -> int:
        """How many bytes are in the sink."""
        return self._into.size

    @property
    def overlap(self) -> int:
        """How many of the last bytes taken must be read again before going on."""
        return len(self._tail)

    @property
    def wanted(self) -> int:
        """How many bytes to ask for: what is left of the size announced, else one above the limit."""
        if self._arrival.size is None:
            return self._limit - self._into.size + 1
        return self._arrival.size - self._into.size

    async def take(self, chunk: bytes) -> None:
        """Write the next bytes, unless they pass the limit."""
        if self._into.size + len(chunk) > self._limit:
            raise TooLarge(f"the file has more than the limit of {self._limit} bytes")
        await self._into.write(chunk)
        self._tail = (chunk if len(chunk) >= OVERLAP else self._tail + chunk)[-OVERLAP:]

    def check_overlap(self, again: bytes) -> None:
        """Compare the last bytes taken with what the place gives for them now."""
        if again != self._tail:
            raise Corrupt("what was already taken is no longer what stands there")

    def check_whole(self) -> None:
        """Compare what came with what was announced, size then digest."""
        announced, came = self._arrival, self._into.size
        if announced.size not in (None, came):
            raise Differs(f"{came} bytes came, {announced.size} were announced")
        if announced.sha256 is not None and announced.sha256 != self._into.sha256:
            raise Differs("the SHA-256 of what came is not the one announced")


async def transfer(
    attempt: Callable[[], Awaitable[None]], into: Sink, arrival: Arrival | None = None
) -> None:
    """Run a transfer into an emptied sink; once more when what came is not what was announced.

    Raises `Withheld` when it was a manifest of the sender that announced something else, twice.
    """
    if into.size:
        await into.restart()
    try:
        await attempt()
    except Corrupt:
        await into.restart()
        try:
            await attempt()
        except Differs as differs:
            if arrival is None or DESCRIBED not in arrival.reference:
                raise
            raise Withheld(str(differs), Withholding.MISDESCRIBED) from differs
