"""The only place that speaks HTTP to HubEE: sessions, tokens, retries, and answers turned to errors.

1. A token refused is renewed once and the request replayed once, then `Denied`.
2. GET, PUT, PATCH and DELETE are tried again on a 5xx, a reset or a timeout, a bounded number of
   times; what is asked `once` never is: its effect is ambiguous, the caller must look first.
3. A hub that failed a few requests through all their attempts is asked once each until it answers:
   one hundred broken objects must not cost one hundred waits.
4. Redirections are not followed: a token goes to the host it was meant for. The system's authorities
   are always trusted, those of `ca_bundle` besides; verification is never off.
5. A download may last, for a file may be large; what is bounded is silence.
"""

import ssl
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from types import TracebackType

import aiohttp

from connectors.errors import Denied, Unreachable
from connectors.hubee.answers import (
    NotOurs,
    Rejected,
    Throttled,
    TimedOut,
    Unreadable,
    check_answer,
)
from connectors.hubee.bounded import CHUNK, whole
from connectors.hubee.patience import asks_too_long, pause
from connectors.hubee.settings import HubeeAccess
from connectors.hubee.tokens import Tokens

__all__ = ["Bytes", "NotOurs", "Rejected", "Throttled", "TimedOut", "Unreadable", "Wire"]

LARGEST_JSON = 32 << 20
# A whole download may take this many times `binary_timeout`, as long as bytes keep coming.
PATIENT = 12
EXHAUSTED = 3
# Each write may cost its sink a trip to a thread or to a process.
WORTH_WRITING = 1 << 20

# Bytes to send, from their start: asked for again at each attempt.
Bytes = Callable[[], AsyncIterator[bytes]]


@dataclass(frozen=True, slots=True)
class Request:
    """One request, as often as it must be sent."""

    method: str
    path: str
    query: Mapping[str, str] | None = None
    body: Mapping[str, object] | Bytes | None = None
    headers: Mapping[str, str] | None = None


def trust(ca_bundle: str) -> ssl.SSLContext:
    """The system's authorities, and those of this file (PEM)."""
    context = ssl.create_default_context()
    context.load_verify_locations(cafile=ca_bundle)
    return context


class Wire:
    """One client session for one credential, opened at first use."""

    def __init__(self, settings: HubeeAccess) -> None:
        self._settings = settings
        self._tokens = Tokens(settings)
        self._session: aiohttp.ClientSession | None = None
        self._exhausted = 0

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            known = self._settings
            self._session = aiohttp.ClientSession(
                headers=known.headers,
                connector=aiohttp.TCPConnector(ssl=self._trust()),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=self._within(known.read_timeout),
                read_bufsize=CHUNK,
            )
        return self._session

    def _trust(self) -> ssl.SSLContext | bool:
        bundle = self._settings.ca_bundle
        if bundle is None:
            return True
        try:
            return trust(str(bundle))
        except (OSError, ssl.SSLError):
            raise Denied(f"{self._settings.alias}: ca_bundle cannot be read") from None

    def _within(self, longest: float) -> aiohttp.ClientTimeout:
        connect = self._settings.connect_timeout
        return aiohttp.ClientTimeout(total=connect + longest, connect=connect)

    def _as_long_as_bytes_come(self) -> aiohttp.ClientTimeout:
        known = self._settings
        return aiohttp.ClientTimeout(
            total=PATIENT * known.binary_timeout,
            connect=known.connect_timeout,
            sock_read=known.read_timeout,
        )

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
        return await self._again(Request("GET", path, query))

    async def delete(self, path: str) -> None:
        """Delete, again if need be."""
        await self._again(Request("DELETE", path))

    async def patch(self, path: str, body: Mapping[str, object]) -> None:
        """Set a value: doing it twice is doing it once, so it may be tried again."""
        await self._again(Request("PATCH", path, body=body))

    async def patch_once(self, path: str, body: Mapping[str, object]) -> None:
        """Set a value whose effect goes further than itself: as `post_once`."""
        await self._once(Request("PATCH", path, body=body))

    async def post_once(self, path: str, body: Mapping[str, object]) -> bytes:
        """Post and do not insist: `Unreachable` here means nobody knows whether it was done."""
        return await self._once(Request("POST", path, body=body))

    async def put(self, path: str, body: Bytes, headers: Mapping[str, str]) -> None:
        """Send bytes, again if need be, within the time allowed for binaries.

        `headers` give their exact Content-Length: without it they would be sent in chunks.
        """
        await self._again(Request("PUT", path, body=body, headers=headers))

    async def _again(self, request: Request) -> bytes:
        attempts = self._settings.attempts if self._exhausted < EXHAUSTED else 1
        for attempt in range(attempts):
            try:
                answer = await self._once(request)
            except Unreachable as error:
                if attempt == attempts - 1 or asks_too_long(error):
                    self._exhausted += 1
                    raise
                await self.pause(attempt, error)
            else:
                self._exhausted = 0
                return answer
        raise AssertionError("unreachable: the loop returns")  # pragma: no cover

    async def pause(self, attempt: int, after: Unreachable | None = None) -> None:
        """Wait before the next attempt."""
        await pause(self._settings.first_wait, attempt, after)

    async def _once(self, request: Request) -> bytes:
        known = self._settings
        longest = known.binary_timeout if callable(request.body) else known.read_timeout
        with self._heard():
            async with await self._authorised(request, self._within(longest)) as answer:
                check_answer(answer.status, answer.headers, known.alias)
                return await whole(answer, LARGEST_JSON)

    @asynccontextmanager
    async def download(self, path: str) -> AsyncIterator["Download"]:
        """An open answer to read bytes from. What its reader raises is its own."""
        # The size and the digest announced are those of the file, not of a compressed form of it.
        request = Request("GET", path, headers={"Accept-Encoding": "identity"})
        with self._heard():
            answer = await self._authorised(request, self._as_long_as_bytes_come())
        async with answer:
            check_answer(answer.status, answer.headers, self._settings.alias)
            yield Download(answer, self._heard)

    @contextmanager
    def _heard(self) -> Iterator[None]:
        alias = self._settings.alias
        try:
            yield
        except TimeoutError:
            raise TimedOut(f"{alias}: HubEE did not answer in time") from None
        except (aiohttp.ClientError, ConnectionError) as error:
            raise Unreachable(f"{alias}: HubEE did not answer ({type(error).__name__})") from None

    async def _authorised(
        self, request: Request, within: aiohttp.ClientTimeout
    ) -> aiohttp.ClientResponse:
        session, body = self._open(), request.body
        for chance in (1, 0):
            token = await self._tokens.current(session)
            answer = await session.request(
                request.method,
                self._settings.api_url.rstrip("/") + request.path,
                params=request.query,
                json=None if callable(body) else body,
                data=body() if callable(body) else None,
                headers={**(request.headers or {}), "Authorization": f"Bearer {token.reveal()}"},
                timeout=within,
                allow_redirects=False,
            )
            if answer.status != 401 or not chance:  # noqa: PLR2004 - token refused
                return answer
            self._tokens.refused(token)
            answer.release()
        raise AssertionError("unreachable: the loop returns")  # pragma: no cover


class Download:
    """The bytes of an answer, as they come, decompressed if the hub compressed them."""

    def __init__(
        self, answer: aiohttp.ClientResponse, heard: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._answer, self._heard = answer, heard

    @property
    def headers(self) -> Mapping[str, str]:
        """What the hub says of these bytes."""
        return self._answer.headers

    def __aiter__(self) -> "Download":
        return self

    async def __anext__(self) -> bytes:
        parts, size = list[bytes](), 0
        with self._heard():
            while size < WORTH_WRITING and (part := await self._answer.content.read(CHUNK)):
                parts.append(part)
                size += len(part)
        if not parts:
            raise StopAsyncIteration
        return b"".join(parts)
