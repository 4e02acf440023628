"""Reading a request that `checks.py` let through: ids, bodies, numbers, the traceability headers."""

from decimal import Decimal
from typing import TypeVar
from uuid import UUID

import msgspec
from aiohttp import web

from connectors.sandbox.hubee.access import Caller
from connectors.sandbox.hubee.answers import bad
from connectors.sandbox.hubee.hub import Hub

Body = TypeVar("Body")

HUB: web.AppKey[Hub] = web.AppKey("hub", Hub)
CALLER: web.RequestKey[Caller] = web.RequestKey("caller", Caller)
SENT: web.RequestKey[object] = web.RequestKey("sent", object)
TRACE: web.RequestKey[dict[str, str | None]] = web.RequestKey("trace", dict)
MOST = 1_000_000_000


def hub(request: web.Request) -> Hub:
    """Return the hub behind this door."""
    return request.app[HUB]


def uuid_of(request: web.Request, name: str) -> str:
    """Return a path identifier, as the hub writes it."""
    return str(UUID(request.match_info[name]))


async def body_of(request: web.Request, shape: type[Body]) -> Body:
    """Return the JSON body; what its shape passed and the rules cannot use is a plain refusal."""
    try:
        return msgspec.convert(request[SENT], type=shape)
    except msgspec.ValidationError:
        raise bad("Bad request") from None


def number_of(request: web.Request, name: str, default: int) -> int:
    """Return a number of the query, without what follows its point."""
    text = request.query.get(name)
    if text is None:
        return default
    number = Decimal(text)
    if number < 0:
        raise bad("Bad request")
    return int(min(number, Decimal(MOST)))


def partner_info(request: web.Request) -> dict[str, str | None] | None:
    """Return the three traceability headers, as stored on folders and events."""
    given = request[TRACE]
    return given if any(given.values()) else None


def answer(
    content: object, status: int = 200, headers: dict[str, str] | None = None
) -> web.Response:
    """Return a JSON answer."""
    raw = msgspec.json.encode(content)
    return web.Response(
        body=raw, status=status, content_type="application/json", charset="utf-8", headers=headers
    )


def done() -> web.Response:
    """204."""
    return web.Response(status=204)
