"""Bytes of one attachment, verified as they pass: limit, then size, then digest.

1. More bytes than `limit`: `TooLarge`, before the excess is written.
2. Another size than declared, or another SHA-256 than the `digest` header: forgotten and fetched
   once more, then `Corrupt`. The header is base64, bare as HubEE writes it or prefixed as RFC 3230.
3. A stream that breaks is fetched again like any read, then `Unreachable`.
"""

import binascii
import hashlib
import hmac
import io
from base64 import b64decode
from typing import BinaryIO

from connectors.errors import Corrupt, TooLarge, Unreachable
from connectors.hubee.bounded import CHUNK
from connectors.hubee.wire import Wire

PREFIX = "sha-256="
DIGEST_SIZE = hashlib.sha256().digest_size


def announced_digest(header: str | None) -> bytes | None:
    """The SHA-256 a `digest` header announces, None without one; ValueError if it is not one."""
    if not header or not header.strip():
        return None
    text = header.strip()
    if text.lower().startswith(PREFIX):
        text = text[len(PREFIX) :]
    try:
        digest = b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError("the digest header is not base64") from None
    if len(digest) != DIGEST_SIZE:
        raise ValueError("the digest header is not a SHA-256")
    return digest


class _Place:
    """Where the bytes go: what a failed attempt wrote is taken back before the next."""

    def __init__(self, into: BinaryIO) -> None:
        self.into = into
        self._can_rewind = into.seekable()
        self._start = into.tell() if self._can_rewind else 0

    def rewind(self) -> bool:
        """Take back what was written; False where that cannot be."""
        if self._can_rewind:
            self.into.seek(self._start, io.SEEK_SET)
            self.into.truncate()
        return self._can_rewind


async def download(
    wire: Wire, path: str, into: BinaryIO, *, size: int | None, limit: int, attempts: int
) -> None:
    """Copy the verified bytes of `path`."""
    if size is not None and size > limit:
        raise TooLarge(f"announced above the limit of {limit} bytes")
    place, doubts, breaks = _Place(into), 1, attempts - 1
    while True:
        try:
            await _attempt(wire, path, into, size=size, limit=limit)
        except Corrupt:
            if not place.rewind() or not doubts:
                raise
            doubts -= 1
        except Unreachable:
            if not place.rewind() or not breaks:
                raise
            breaks -= 1
            await wire.pause(attempts - 2 - breaks)
        else:
            return


async def _attempt(wire: Wire, path: str, into: BinaryIO, *, size: int | None, limit: int) -> None:
    seen, digest = 0, hashlib.sha256()
    async with wire.download(path) as answer:
        header = answer.headers.get("digest")
        async for chunk in answer.content.iter_chunked(CHUNK):
            seen += len(chunk)
            if seen > limit:
                raise TooLarge(f"more than the limit of {limit} bytes")
            digest.update(chunk)
            into.write(chunk)
    check_arrived(seen, digest.digest(), size, header)


def check_arrived(seen: int, digest: bytes, size: int | None, header: str | None) -> None:
    """Raise `Corrupt` unless what arrived is what was announced."""
    if size is not None and seen != size:
        raise Corrupt(f"{seen} bytes arrived where {size} were announced")
    try:
        announced = announced_digest(header)
    except ValueError as error:
        raise Corrupt(str(error)) from None
    if announced is not None and not hmac.compare_digest(announced, digest):
        raise Corrupt("the SHA-256 of what arrived is not the one announced")
