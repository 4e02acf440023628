"""What passes from a place into a sink: stopped at the limit, checked at the end, tried once more."""

from collections.abc import Awaitable, Callable

from connectors.contract import Arrival, Sink
from connectors.errors import Corrupt, TooLarge


class Intake:
    """One transfer under way, into an empty sink. The bytes written never pass the limit."""

    def __init__(self, arrival: Arrival, into: Sink, *, limit: int) -> None:
        self._arrival, self._into, self._limit = arrival, into, limit
        if (arrival.size or 0) > limit:
            raise TooLarge(f"the file announces {arrival.size} bytes, the limit is {limit}")

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

    def check_whole(self) -> None:
        """Compare what came with what was announced, size then digest."""
        announced, came = self._arrival, self._into.size
        if announced.size not in (None, came):
            raise Corrupt(f"{came} bytes came, {announced.size} were announced")
        if announced.sha256 is not None and announced.sha256 != self._into.sha256:
            raise Corrupt("the SHA-256 of what came is not the one announced")


async def transfer(attempt: Callable[[], Awaitable[None]], into: Sink) -> None:
    """Run a transfer into an emptied sink; once more when what came is not what was announced."""
    if into.size:
        await into.restart()
    try:
        await attempt()
    except Corrupt:
        await into.restart()
        await attempt()
