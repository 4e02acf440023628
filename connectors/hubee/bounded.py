"""The body of an answer, whole but never larger than agreed."""

import aiohttp

from connectors.errors import Unreachable

# What is read at a time. With aiohttp's own 64 KiB, a large file stops and starts at every packet.
CHUNK = 4 << 20


async def whole(answer: aiohttp.ClientResponse, most: int) -> bytes:
    """Every byte of the answer; `Unreachable` as soon as there are more than `most`."""
    parts: list[bytes] = []
    size = 0
    async for chunk in answer.content.iter_chunked(CHUNK):
        parts.append(chunk)
        size += len(chunk)
        if size > most:
            raise Unreachable("the hub answered far more than it should")
    return b"".join(parts)
