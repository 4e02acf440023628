"""Batches of people given to RDV-Insertion, within its limits.

1. At most 25 people a call, one call at a time, five a minute (`CallLimit`); a 429 is obeyed.
2. One bad row makes them refuse a whole batch: the rows they name are taken out and remembered, the rest is
   sent again. When they name none, the batch is cut in two until the row that is refused is alone.
3. A session that ended is opened again, once; refused again, it is `Denied`.
4. `Unreachable`: nobody knows whether the batch was taken. It may be sent again: they recognise people.
5. People are never searched for, since a search is written in their logs. No value of a row, and nothing of what
   they answer, enters a message.
"""

import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

import aiohttp

from connectors.errors import Denied, Unreachable
from connectors.hubee.bounded import whole
from connectors.rdv_insertion.access import LARGEST, AgentSession
from connectors.rdv_insertion.answers import asked_wait, faults_of, is_queued
from connectors.rdv_insertion.pacing import CallLimit
from connectors.rdv_insertion.settings import MOST_USERS, RdvInsertionSettings
from connectors.rdv_insertion.users import User
from connectors.secret import Secret

INCOMPLETE: Final = "incomplete"
WAIT: Final = 60.0  # when a 429 does not say
PATIENT: Final = 3  # 429 obeyed for one batch
_OK, _SESSION, _BAD_ROWS, _SLOW_DOWN, _SERVER = 300, 401, 422, 429, 500


@dataclass(frozen=True, slots=True)
class Refused:
    """A row they refuse: where it stood in the batch, and the kind of fault."""

    position: int
    kind: str


@dataclass(frozen=True, slots=True)
class Pushed:
    """What became of a batch. `queued`: rows taken; they are created later, and failures then are silent."""

    queued: int
    refused: tuple[Refused, ...]


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    raw: bytes


class RdvInsertion:
    """One organisation. Close it, or use it in a `with`."""

    def __init__(self, settings: RdvInsertionSettings, limit: CallLimit | None = None) -> None:
        self._settings, self._limit = settings, limit or CallLimit()
        self._agent = AgentSession(settings)
        self._session: aiohttp.ClientSession | None = None

    def __repr__(self) -> str:
        return f"RdvInsertion({self._settings.alias!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections; a later call opens new ones."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def push(self, users: Sequence[User]) -> Pushed:
        """Give one batch of 25 people at most. Raises `Unreachable`, `Denied`."""
        if len(users) > MOST_USERS:
            raise ValueError(f"a batch holds {MOST_USERS} people at most")
        refused = [Refused(i, INCOMPLETE) for i, one in enumerate(users) if not one.is_complete]
        groups = [[i for i, one in enumerate(users) if one.is_complete]]
        queued = 0
        while groups:
            group = groups.pop()
            answer = await self._patiently([users[i] for i in group]) if group else None
            if answer is None:
                continue
            if answer.status != _BAD_ROWS:
                queued += len(group)
                continue
            named, kind = faults_of(answer.raw, len(group))
            if not named and len(group) > 1:
                half = len(group) // 2
                groups += [group[half:], group[:half]]
                continue
            named = named or {0: kind}
            refused += [Refused(group[i], why) for i, why in named.items()]
            groups.append([row for i, row in enumerate(group) if i not in named])
        return Pushed(queued, tuple(sorted(refused, key=lambda one: one.position)))

    async def _patiently(self, users: Sequence[User]) -> _Answer:
        """One batch, as often as they ask us to wait and say that our session ended."""
        sessions, waits = 1, PATIENT
        while True:
            headers, answer = await self._post(users)
            if answer.status == _SESSION and sessions:
                sessions -= 1
                self._agent.renew(headers)
            elif answer.status == _SLOW_DOWN and waits:
                waits -= 1
                await self._wait(answer)
            else:
                self._check(answer)
                return answer

    async def _post(self, users: Sequence[User]) -> tuple[Mapping[str, Secret], _Answer]:
        known, alias = self._settings, self._settings.alias
        body = {"users": [one.payload(known.motif_category) for one in users]}
        try:
            headers = await self._agent.headers(self._open())
            async with (
                self._limit.turn(),
                self._open().post(
                    known.many_url,
                    json=body,
                    headers={name: secret.reveal() for name, secret in headers.items()},
                    allow_redirects=False,
                ) as given,
            ):
                raw = await whole(given, LARGEST)
                return headers, _Answer(given.status, given.headers, raw)
        except TimeoutError:
            raise Unreachable(f"{alias}: RDV-Insertion did not answer in time") from None
        except (aiohttp.ClientError, ConnectionError) as error:
            kind = type(error).__name__
            raise Unreachable(f"{alias}: RDV-Insertion did not answer ({kind})") from None

    async def _wait(self, answer: _Answer) -> None:
        asked = asked_wait(answer.headers, answer.raw)
        wait = WAIT if asked is None else asked
        if wait > self._settings.longest_wait:
            raise Unreachable(f"{self._settings.alias}: RDV-Insertion asks us to come back later")
        await self._limit.sleep(wait)

    def _check(self, answer: _Answer) -> None:
        alias, status = self._settings.alias, answer.status
        if status == _BAD_ROWS or (status < _OK and is_queued(answer.raw)):
            return
        if status == _SESSION:
            raise Denied(f"{alias}: RDV-Insertion refuses a session that was just opened")
        if status in range(400, 500) and status != _SLOW_DOWN:
            raise Denied(f"{alias}: RDV-Insertion refuses what we ask ({status})")
        raise Unreachable(f"{alias}: RDV-Insertion answered {status}")

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            known = self._settings
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=self._trust()),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": "passerelle"},
                timeout=aiohttp.ClientTimeout(
                    total=known.connect_timeout + known.read_timeout, connect=known.connect_timeout
                ),
            )
        return self._session

    def _trust(self) -> ssl.SSLContext | bool:
        if self._settings.ca_bundle is None:
            return True
        try:
            context = ssl.create_default_context()
            context.load_verify_locations(cafile=self._settings.ca_bundle)
        except (OSError, ssl.SSLError):
            raise Denied(f"{self._settings.alias}: ca_bundle cannot be read") from None
        return context
