"""The agent's session: opened at RDV-Solidarités, believed by RDV-Insertion for 24 hours.

A password refused is `Denied` at once and for a while: asking again would lock a real agent's account.
"""

import asyncio
import time
from collections.abc import Mapping
from typing import Final

import aiohttp

from connectors.errors import Denied, Unreachable
from connectors.hubee.bounded import whole
from connectors.rdv_insertion.settings import RdvInsertionSettings
from connectors.secret import Secret

NAMES: Final = ("access-token", "client", "uid")
LIFE: Final = 23 * 3600.0
REFUSED_FOR: Final = 300.0
LARGEST: Final = 1 << 20
_OK, _SERVER, _SLOW_DOWN = 300, 500, 429


class AgentSession:
    """Holds the three headers; `renew` forgets them."""

    def __init__(self, settings: RdvInsertionSettings) -> None:
        self._settings = settings
        self._alone = asyncio.Lock()
        self._headers: Mapping[str, Secret] | None = None
        self._until = self._refused_until = 0.0

    async def headers(self, session: aiohttp.ClientSession) -> Mapping[str, Secret]:
        """Headers good for one more call. Raises `Denied`, `Unreachable`."""
        async with self._alone:
            if time.monotonic() < self._refused_until:
                raise self._denied()
            if self._headers is None or time.monotonic() >= self._until:
                self._headers = await self._sign_in(session)
                self._until = time.monotonic() + LIFE
            return self._headers

    def renew(self, refused: Mapping[str, Secret]) -> None:
        """These were refused: forget them, unless they were already replaced."""
        if self._headers is refused:
            self._headers = None

    async def _sign_in(self, session: aiohttp.ClientSession) -> Mapping[str, Secret]:
        known = self._settings
        said = {"email": known.email, "password": known.password.reveal()}
        async with session.post(known.sign_in_url, json=said, allow_redirects=False) as answer:
            await whole(answer, LARGEST)
            if answer.status >= _SERVER or answer.status == _SLOW_DOWN:
                raise Unreachable(f"{known.alias}: RDV-Solidarités answered {answer.status}")
            if answer.status >= _OK:
                self._refused_until = time.monotonic() + REFUSED_FOR
                raise self._denied()
            given = {name: Secret(answer.headers.get(name, "")) for name in NAMES}
        if not all(given.values()):
            raise Unreachable(f"{known.alias}: RDV-Solidarités opened no session")
        return given

    def _denied(self) -> Denied:
        return Denied(f"{self._settings.alias}: RDV-Solidarités refuses the agent's account")
