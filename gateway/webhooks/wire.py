"""The wire to the receivers of webhooks: a place that clients choose, hence one that may lie.

1. The address looked at is the very one the socket is made for: what a name resolves to a moment later, or
   for another, changes nothing. Ours and private networks are refused, unless the settings allow them.
2. https, verified by the system's authorities; no proxy, no cookie, no redirection.
3. Ten seconds for the whole of it. Nothing of the answer is read but its status.
"""

import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver

from gateway.store.registrations import is_public

PATIENCE: Final = 10.0  # seconds
HEARD: Final = frozenset({200, 201, 202, 204})
_ADDRESS: Final = 4  # where an address stands in what getaddrinfo gives


class NotPublic(OSError):
    """The receiver stands on this machine or in a private network."""


def _public_socket(known: aiohttp.AddrInfoType) -> socket.socket:
    family, kind, protocol = known[0], known[1], known[2]
    if not is_public(str(known[_ADDRESS][0])):
        raise NotPublic("a webhook does not call a private address")
    return socket.socket(family=family, type=kind, proto=protocol)


@asynccontextmanager
async def open_session(
    *,
    to_private: bool = False,
    trust: ssl.SSLContext | None = None,
    resolver: AbstractResolver | None = None,
    patience: float = PATIENCE,
) -> AsyncIterator[aiohttp.ClientSession]:
    """A session to post by. `trust`: other authorities than the system's; `resolver`: other than its own."""
    connector = aiohttp.TCPConnector(
        ssl=trust or True,
        resolver=resolver,
        use_dns_cache=False,
        force_close=True,
        socket_factory=None if to_private else _public_socket,
    )
    async with aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=patience),
        auto_decompress=False,
        trust_env=False,
    ) as session:
        yield session


async def post(
    session: aiohttp.ClientSession, url: str, body: bytes, headers: dict[str, str]
) -> int | None:
    """Post once; the status that answered, None when nobody did, or not in time."""
    try:
        async with session.post(url, data=body, headers=headers, allow_redirects=False) as answer:
            status = answer.status
            answer.close()  # whatever it says, and however long, is not read
            return status
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
        return None
