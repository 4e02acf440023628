"""Asking whether a credential works, and whether our clocks agree: one token, nothing else.

Reads no queue and changes nothing: it may be asked while another process uses the same credential.
"""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import SimpleNamespace

import aiohttp

from connectors.errors import Unreachable
from connectors.hubee.settings import HubeeAccess
from connectors.hubee.tokens import Tokens


@dataclass(frozen=True, slots=True)
class Probed:
    """A token was given. `ahead`: seconds our clock is ahead of the server's, None when it does not say."""

    ahead: float | None


async def probe(settings: HubeeAccess) -> Probed:
    """Obtain a token. Raises `Denied` when the credential is refused, `Unreachable` otherwise."""
    told: list[str] = []

    async def note(
        _session: aiohttp.ClientSession,
        _context: SimpleNamespace,
        ended: aiohttp.TraceRequestEndParams,
    ) -> None:
        told.append(ended.response.headers.get("Date", ""))

    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(note)
    authorities = ssl.create_default_context()
    if settings.ca_bundle is not None:
        authorities.load_verify_locations(settings.ca_bundle)
    longest = settings.connect_timeout + settings.read_timeout
    try:
        async with aiohttp.ClientSession(
            headers=settings.headers,
            cookie_jar=aiohttp.DummyCookieJar(),
            connector=aiohttp.TCPConnector(ssl=authorities),
            timeout=aiohttp.ClientTimeout(total=longest, connect=settings.connect_timeout),
            trace_configs=[trace],
        ) as session:
            await Tokens(settings).current(session)
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        kind = type(error).__name__
        raise Unreachable(f"{settings.alias}: the token server did not answer ({kind})") from None
    return Probed(_ahead(told))


def _ahead(told: list[str]) -> float | None:
    try:
        theirs = parsedate_to_datetime(told[-1])
    except (IndexError, ValueError):
        return None
    if theirs.tzinfo is None:
        theirs = theirs.replace(tzinfo=UTC)
    return (datetime.now(UTC) - theirs).total_seconds()
