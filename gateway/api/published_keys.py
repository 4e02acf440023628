"""The public keys of clients: given by an administrator, or published by the client at its `jwks_uri`.

1. Published keys are fetched over https, no redirection followed, within `SECONDS` and `LARGEST` bytes.
2. They are kept `KEPT`; an unknown key name has them fetched again, at most once in `AGAIN`.
3. A client that does not answer keeps its keys for `LONGEST`, then has none: its own fault locks nobody.
"""

import asyncio
import logging
import ssl
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector

from gateway.api.tokens import check_jwks
from gateway.errors import Misconfigured
from gateway.store.api_clients import Client

log = logging.getLogger(__name__)

SECONDS: Final = 5.0
LARGEST: Final = 64 * 1024
KEPT: Final = 600.0
AGAIN: Final = 60.0
LONGEST: Final = 3600.0
FOUND: Final = 200
Keys = tuple[Mapping[str, Any], ...]


@dataclass(slots=True)
class Fetched:
    """What one client published. Times of `time.monotonic()`: when it was fetched, when we last tried."""

    address: str
    keys: Keys = ()
    at: float = float("-inf")
    tried_at: float = float("-inf")


@dataclass
class PublishedKeys:
    """The keys of every client. `tls`: whom to believe; None for the authorities of this machine."""

    tls: ssl.SSLContext | None = None
    held: dict[str, Fetched] = field(default_factory=dict)
    turns: dict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    async def find(self, client: Client, name: str) -> Mapping[str, Any] | None:
        """The key of that name; None when the client has none."""
        given = _named(client.keys, name)
        if given is not None or not client.jwks_uri:
            return given
        async with self.turns[client.id]:
            fetched = self.held.get(client.id)
            if fetched is None or fetched.address != client.jwks_uri:
                fetched = self.held[client.id] = Fetched(client.jwks_uri)
            now = time.monotonic()
            known = _named(fetched.keys, name) if now - fetched.at <= LONGEST else None
            is_old = known is None or now - fetched.at > KEPT
            if is_old and now - fetched.tried_at >= AGAIN:
                fetched.tried_at = now
                if await self._fetch(fetched):
                    known = _named(fetched.keys, name)
            return known

    async def _fetch(self, fetched: Fetched) -> bool:
        try:
            text = await asyncio.wait_for(self._read(fetched.address), SECONDS)
            fetched.keys, fetched.at = check_jwks(text), time.monotonic()
        except (ClientError, TimeoutError, OSError, ValueError, Misconfigured) as error:
            log.warning("the keys of a client could not be fetched: %s", type(error).__name__)
            return False
        return True

    async def _read(self, address: str) -> bytes:
        connector = TCPConnector(ssl=self.tls if self.tls is not None else True)
        timeout = ClientTimeout(total=SECONDS)
        async with (
            ClientSession(connector=connector, timeout=timeout, trust_env=False) as session,
            session.get(address, allow_redirects=False) as answer,
        ):
            if answer.status != FOUND:
                raise ValueError("no key set there")
            body = b""
            async for block in answer.content.iter_chunked(LARGEST):
                body += block
                if len(body) > LARGEST:
                    raise ValueError("a key set that large is none")
            return body


def _named(keys: Keys, name: str) -> Mapping[str, Any] | None:
    return next((key for key in keys if key["kid"] == name), None)
