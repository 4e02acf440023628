"""The access token of one credential: fetched once, reused, renewed at 90 % of its life or on 401.

The token server answering no is `Denied` at once, and the next askers are told so without asking
again for a while: retrying a wrong password locks accounts.
"""

import asyncio
import time

import aiohttp

from connectors.errors import Denied, Missing, Unreachable
from connectors.hubee.answers import check_answer, object_of
from connectors.hubee.bounded import whole
from connectors.hubee.settings import HubeeAccess
from connectors.secret import Secret

DEFAULT_LIFE = 3600.0
RENEW_AT = 0.9
LARGEST_ANSWER = 64 << 10
REFUSED_FOR = 60.0


class Tokens:
    """Holds the current token; concurrent askers share one request."""

    def __init__(self, settings: HubeeAccess) -> None:
        self._settings = settings
        self._lock = asyncio.Lock()
        self._token: Secret | None = None
        self._renew_at = self._refused_until = 0.0

    async def current(self, session: aiohttp.ClientSession) -> Secret:
        """A token good for one more request."""
        async with self._lock:
            if time.monotonic() < self._refused_until:
                raise self._denied()
            if self._token is None or time.monotonic() >= self._renew_at:
                self._token, life = await self._ask(session)
                self._renew_at = time.monotonic() + RENEW_AT * life
            return self._token

    def refused(self, token: Secret) -> None:
        """The hub answered 401 to this token: forget it, unless it was already replaced."""
        if self._token == token:
            self._token = None

    async def _ask(self, session: aiohttp.ClientSession) -> tuple[Secret, float]:
        known = self._settings
        basic = aiohttp.encode_basic_auth(known.client_id, known.client_secret.reveal(), "utf-8")
        form = {"grant_type": "client_credentials", "scope": known.scope}
        async with session.post(
            known.token_url,
            data=form,
            headers={"Authorization": basic},
            allow_redirects=False,
        ) as answer:
            raw = await whole(answer, LARGEST_ANSWER)
            try:
                check_answer(answer.status, answer.headers, known.alias)
            except (Denied, Missing):
                self._refused_until = time.monotonic() + REFUSED_FOR
                raise self._denied() from None
        content = object_of(raw)
        token = content.get("access_token")
        if (
            not isinstance(token, str)
            or not token
            or not token.isascii()
            or not token.isprintable()
        ):
            raise Unreachable(f"{known.alias}: the token server answered without a token")
        return Secret(token), _life(content.get("expires_in"))

    def _denied(self) -> Denied:
        return Denied(f"{self._settings.alias}: the token server refused the credential")


def _life(announced: object) -> float:
    if isinstance(announced, str) and announced.isdigit():
        return float(announced)
    if isinstance(announced, (int, float)) and announced >= 0:
        return float(announced)
    return DEFAULT_LIFE
