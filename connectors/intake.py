"""What passes from a place into a local file: counted, hashed, stopped at the limit, checked at the end."""

from hashlib import sha256
from typing import BinaryIO

from connectors.contract import Arrival
from connectors.errors import Corrupt, TooLarge


class Intake:
    """One fetch under way. The bytes written never pass the limit."""

    def __init__(self, arrival: Arrival, into: BinaryIO, *, limit: int) -> None:
        self._arrival, self._into, self._limit = arrival, into, limit
        self._size, self._digest = 0, sha256()
        if (arrival.size or 0) > limit:
            raise TooLarge(f"the file announces {arrival.size} bytes, the limit is {limit}")

    @property
    def wanted(self) -> int:
        """How many bytes to ask for: what is left of the size announced, else one above the limit."""
        if self._arrival.size is None:
            return self._limit - self._size + 1
        return self._arrival.size - self._size

    def take(self, chunk: bytes) -> None:
        """Write the next bytes, unless they pass the limit."""
        self._size += len(chunk)
        if self._size > self._limit:
            raise TooLarge(f"the file has more than the limit of {self._limit} bytes")
        self._digest.update(chunk)
        self._into.write(chunk)

    def check_whole(self) -> None:
        """Compare what came with what was announced, size then digest."""
        announced = self._arrival
        if announced.size not in (None, self._size):
            raise Corrupt(f"{self._size} bytes came, {announced.size} were announced")
        if announced.sha256 not in (None, self._digest.hexdigest()):
            raise Corrupt("the SHA-256 of what came is not the one announced")
