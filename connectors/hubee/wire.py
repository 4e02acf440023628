"""The only place that speaks HTTP to HubEE: sessions, tokens, retries, and answers turned to errors.

1. A token refused is renewed once, then `Denied`.
2. GET, PUT, PATCH and DELETE are tried again on a 5xx, a reset or a timeout, a bounded number of times
   with doubling waits; what is asked `once` never is: its effect is ambiguous, the caller must look.
3. Answers are judged by HTTP status, never by text: HubEE's sentences vary.
4. Redirections are not followed: a token goes to the host it was meant for.
5. Nothing of an answer's body enters a message.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from types import TracebackType

import aiohttp

from connectors.errors import Denied, Missing, Unreachable
from connectors.hubee.bounded import whole
from connectors.hubee.settings import HubeeAccess
from connectors.hubee.tokens import Tokens

LARGEST_JSON = 32 << 20
LONGEST_WAIT = 30.0

# Bytes to send, from their start: asked for again at each attempt.
Bytes = Callable[[], AsyncIterator[bytes]]


class NotOurs(Denied):
    """403: this object belongs to another démarche or organisation; our access itself is good."""


class Rejected(Denied):
    """Another 4xx: HubEE refuses what we ask, and asking again changes nothing."""


class TimedOut(Unreachable):
    """Nothing came in time: the hub may still be at work on what we asked."""


class Wire:
    """One client session for one credential, opened at first use."""

    def __init__(self, settings: HubeeAccess) -> None:
        self._settings = settings
        self._tokens = Tokens(settings)
        self._session: aiohttp.ClientSession | None = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                headers=self._settings.headers,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=self._timeout(self._settings.read_timeout),
            )
        return self._session

    def _timeout(self, longest: float) -> aiohttp.ClientTimeout:
        connect = self._settings.connect_timeout
        return aiohttp.ClientTimeout(total=connect + longest, connect=connect)

    async def close(self) -> None:
        """Leave; a later request opens a new session."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def __aenter__(self) -> "Wire":
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> bytes:
        """Read, again if need be."""
        return await self._again("GET", path, query=query)

    async def delete(self, path: str) -> None:
        """Delete, again if need be."""
        await self._again("DELETE", path)

    async def patch(self, path: str, body: Mapping[str, object]) -> None:
        """Set a value: doing it twice is doing it once, so it may be tried again."""
        await self._again("PATCH", path, body=body)

    async def patch_once(self, path: str, body: Mapping[str, object]) -> None:
        """Set a value whose effect goes further than itself: as `post_once`."""
        await self._once("PATCH", path, body=body)

    async def post_once(self, path: str, body: Mapping[str, object]) -> bytes:
        """Post and do not insist: `Unreachable` here means nobody knows whether it was done."""
        return await self._once("POST", path, body=body)

    async def put(self, path: str, body: Bytes, headers: Mapping[str, str]) -> None:
        """Send bytes, again if need be, within the time allowed for binaries.

        `headers` give their exact Content-Length: without it they would be sent in chunks.
        """
        await self._again("PUT", path, body=body, headers=headers)

    async def _again(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, object] | Bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        for attempt in range(self._settings.attempts - 1):
            try:
                return await self._once(method, path, query, body, headers)
            except Unreachable:
                await self.pause(attempt)
        return await self._once(method, path, query, body, headers)

    async def pause(self, attempt: int) -> None:
        """Wait before the next attempt: twice as long each time, up to a limit."""
        await asyncio.sleep(min(self._settings.first_wait * 2**attempt, LONGEST_WAIT))

    async def _once(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, object] | Bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        known = self._settings
        longest = known.binary_timeout if callable(body) else known.read_timeout
        async with self._answer(method, path, longest, query, body, headers=headers) as answer:
            return await whole(answer, LARGEST_JSON)

    @asynccontextmanager
    async def download(self, path: str) -> AsyncIterator[aiohttp.ClientResponse]:
        """An open answer to read bytes from, within the time allowed for binaries."""
        longest = self._settings.binary_timeout
        async with self._answer("GET", path, longest, None, None) as answer:
            yield answer

    @asynccontextmanager
    async def _answer(
        self,
        method: str,
        path: str,
        longest: float,
        query: Mapping[str, str] | None,
        body: Mapping[str, object] | Bytes | None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        try:
            answer = await self._authorised(method, path, longest, query, body, headers=headers)
            async with answer:
                self._check(answer.status)
                yield answer
        except TimeoutError:
            raise TimedOut(f"{self._settings.alias}: HubEE did not answer in time") from None
        except (aiohttp.ClientError, ConnectionError) as error:
            kind = type(error).__name__
            raise Unreachable(f"{self._settings.alias}: HubEE did not answer ({kind})") from None

    async def _authorised(
        self,
        method: str,
        path: str,
        longest: float,
        query: Mapping[str, str] | None,
        body: Mapping[str, object] | Bytes | None,
        *,
        headers: Mapping[str, str] | None,
    ) -> aiohttp.ClientResponse:
        session, url = self._open(), self._settings.api_url.rstrip("/") + path
        for chance in (1, 0):
            token = await self._tokens.current(session)
            answer = await session.request(
                method,
                url,
                params=query,
                json=None if callable(body) else body,
                data=body() if callable(body) else None,
                headers={**(headers or {}), "Authorization": f"Bearer {token.reveal()}"},
                timeout=self._timeout(longest),
                allow_redirects=False,
            )
            if answer.status != 401 or not chance:  # noqa: PLR2004 - token refused
                return answer
            self._tokens.refused(token)
            answer.release()
        raise AssertionError("unreachable: the loop returns")  # pragma: no cover

    def _check(self, status: int) -> None:
        alias = self._settings.alias
        match status:
            case _ if 200 <= status < 300:  # noqa: PLR2004 - success
                return
            case 401:
                raise Denied(f"{alias}: HubEE refuses a token it has just given")
            case 403:
                raise NotOurs(f"{alias}: HubEE says this object is not ours (403)")
            case 404 | 410:
                raise Missing(f"{alias}: HubEE does not know this object, or purged it ({status})")
            case 408 | 425 | 429:
                raise Unreachable(f"{alias}: HubEE asks us to slow down ({status})")
            case _ if 400 <= status < 500:  # noqa: PLR2004 - our request
                raise Rejected(f"{alias}: HubEE refuses what we ask ({status})")
            case _:
                raise Unreachable(f"{alias}: HubEE answered {status}")
