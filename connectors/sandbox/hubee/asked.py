"""Reading a request: ids, bodies, numbers and headers, refused in HubEE's words when wrong."""

import re
from typing import TypeVar
from uuid import UUID

import msgspec
from aiohttp import web

from connectors.sandbox.hubee.access import Caller
from connectors.sandbox.hubee.answers import Problem, invalid
from connectors.sandbox.hubee.hub import Hub

Body = TypeVar("Body")

HUB: web.AppKey[Hub] = web.AppKey("hub", Hub)
CALLER: web.RequestKey[Caller] = web.RequestKey("caller", Caller)
HEADERS = ("editorName", "applicationName", "softwareVersion")
HEADER_LENGTH = 50


def hub(request: web.Request) -> Hub:
    """Return the hub behind this door."""
    return request.app[HUB]


def uuid_of(request: web.Request, name: str) -> str:
    """Return a path identifier."""
    text = request.match_info[name]
    try:
        return str(UUID(text))
    except ValueError:
        what = f'Input string "{text}" is not a valid UUID'
        raise invalid(request.method, request.path, f"path.{name}", what) from None


async def body_of(request: web.Request, shape: type[Body]) -> Body:
    """Return the JSON body, in its shape."""
    try:
        return msgspec.json.decode(await request.read(), type=shape)
    except msgspec.DecodeError as error:
        raise invalid(request.method, request.path, "body", _reason(str(error))) from None


def _reason(text: str) -> str:
    found = re.match(r"Object missing required field `(\w+)`", text)
    if found is None:
        return text
    return f'Object has missing required properties (["{found.group(1)}"])'


def number_of(request: web.Request, name: str, default: int) -> int:
    """Return a number of the query."""
    text = request.query.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit():
        what = (
            "Instance type (string) does not match any allowed primitive type"
            ' (allowed: ["integer","number"])'
        )
        raise invalid(request.method, request.path, f"query.{name}", what)
    return int(text)


def partner_info(request: web.Request) -> dict[str, str | None] | None:
    """Return the three traceability headers, as stored on folders and events."""
    given = {name: request.headers.get(name) for name in HEADERS}
    for name, value in given.items():
        if value is not None and len(value) > HEADER_LENGTH:
            raise invalid(request.method, request.path, f"header.{name}", "String is too long")
    return given if any(given.values()) else None


def check_override(request: web.Request) -> None:
    """Refuse a POST that does not say it stands for a PATCH."""
    if request.headers.get("X-HTTP-Method-Override") != "PATCH":
        raise Problem(405, "Method not allowed")


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
