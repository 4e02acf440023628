"""Bytes of one file, verified as they pass: limit, then size, then digest.

1. More bytes than `limit`: `TooLarge`, before the excess is written.
2. Another size than declared, or another SHA-256 than announced: forgotten and fetched once more,
   then `Corrupt`.
3. A stream that breaks is fetched again from its start, a bounded number of times, then `Unreachable`.
"""

import hmac

from connectors.contract import Sink
from connectors.errors import Corrupt, TooLarge, Unreachable
from connectors.hubee.hub import HubConsumer, HubFile
from connectors.hubee.patience import asks_too_long, pause
from connectors.hubee.settings import HubeeSettings


async def download(
    hub: HubConsumer,
    settings: HubeeSettings,
    delivery: str,
    file: HubFile,
    *,
    into: Sink,
    limit: int,
) -> None:
    """Copy the verified bytes of a file. What an attempt that fails wrote is taken back."""
    if file.size is not None and file.size > limit:
        raise TooLarge(f"announced above the limit of {limit} bytes")
    doubts, breaks = 1, settings.attempts - 1
    while True:
        try:
            return await _attempt(hub, delivery, file, into=into, limit=limit)
        except Corrupt:
            await into.restart()
            if not doubts:
                raise
            doubts -= 1
        except Unreachable as error:
            await into.restart()
            if not breaks or asks_too_long(error):
                raise
            breaks -= 1
            await pause(settings.first_wait, settings.attempts - 2 - breaks, error)


async def _attempt(
    hub: HubConsumer, delivery: str, file: HubFile, *, into: Sink, limit: int
) -> None:
    async with hub.open_file(delivery, file) as stream:
        async for chunk in stream.chunks:
            if into.size + len(chunk) > limit:
                raise TooLarge(f"more than the limit of {limit} bytes")
            await into.write(chunk)
    if file.size is not None and into.size != file.size:
        raise Corrupt(f"{into.size} bytes arrived where {file.size} were announced")
    if stream.digest and not hmac.compare_digest(stream.digest.hex(), into.sha256):
        raise Corrupt("the SHA-256 of what arrived is not the one announced")
