"""What the hub's answers mean: the noes, refined, and how long it asks us to wait.

Judged by HTTP status, never by text: HubEE's sentences vary. Nothing of a body enters a message.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from connectors.errors import Denied, Missing, Unreachable


class NotOurs(Denied):
    """403: this object belongs to another démarche or organisation; our access itself is good."""


class Rejected(Denied):
    """Another 4xx: HubEE refuses what we ask, and asking again changes nothing."""


class TimedOut(Unreachable):
    """Nothing came in time: the hub may still be at work on what we asked."""


class Throttled(Unreachable):
    """The hub did nothing and asks us to slow down: `wait` seconds, when it says how long."""

    def __init__(self, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


class Unreadable(Unreachable):
    """The hub answered something that is not what its contract says."""


def check_answer(status: int, headers: Mapping[str, str], alias: str) -> None:
    """Raise what this status means, unless it is a success."""
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
            wait = asked_wait(headers.get("Retry-After"))
            raise Throttled(f"{alias}: HubEE asks us to slow down ({status})", wait)
        case _ if 400 <= status < 500:  # noqa: PLR2004 - our request
            raise Rejected(f"{alias}: HubEE refuses what we ask ({status})")
        case _:
            raise Unreachable(f"{alias}: HubEE answered {status}")


def asked_wait(header: str | None) -> float | None:
    """Seconds a `Retry-After` header asks for, in either of its forms; None if it says nothing."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def object_of(raw: bytes) -> dict[str, Any]:
    """A JSON object of unknown content, or an empty one."""
    try:
        return msgspec.json.decode(raw, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
