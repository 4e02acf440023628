"""What HubEE's gateway holds a request to, before any rule sees it: the description, nothing else.

Path, query, headers and body are all looked at, and everything wrong comes back in one answer.
"""

import re
from collections.abc import Iterator

import msgspec
from aiohttp import web

from connectors.sandbox.hubee.answers import Wrong, invalid
from connectors.sandbox.hubee.doors import FOLDERS, REFERENTIAL, Door
from connectors.sandbox.hubee.shapes import BYTES, Shape, text
from connectors.sandbox.hubee.shapes_referential import NAMED
from connectors.sandbox.hubee.validation import complaints

TRACED = ("editorName", "applicationName", "softwareVersion")
TRACED_SHAPE = text(50)
_JSON_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_BOM = b"\xef\xbb\xbf"
_NO_BODY: Wrong = ("body", "A request body is required but none found.")


def header(request: web.Request, name: str) -> str | None:
    """Return a header; what is not UTF-8 is read as ISO-8859-1, as the hub's own server does."""
    value = request.headers.get(name)
    if value is None or not any("\udc80" <= letter <= "\udcff" for letter in value):
        return value
    return value.encode("utf-8", "surrogateescape").decode("latin-1")


async def check_request(door: Door, request: web.Request) -> object:
    """Return the JSON body, if this door takes one; raise everything that is wrong."""
    wrong = [*_path(door, request), *_query(door, request), *_headers(request)]
    sent, about_body = await _body(door, request)
    wrong += about_body
    if wrong:
        raise invalid(request.method, request.path, wrong)
    return sent


def _said(where: str, value: object, shape: Shape) -> Iterator[Wrong]:
    return ((where, sentence) for sentence in complaints(value, shape, NAMED, sent=True))


def _path(door: Door, request: web.Request) -> Iterator[Wrong]:
    for name, value in request.match_info.items():
        if not name.startswith("_"):
            yield from _said(f"path.{name}", value, door.place(name))


def _query(door: Door, request: web.Request) -> Iterator[Wrong]:
    path = door.path.removeprefix(FOLDERS).removeprefix(REFERENTIAL)
    for name in dict.fromkeys(request.query):
        where, shape = f"query.{name}", door.query.get(name)
        if shape is None:
            yield where, f"Query parameter '{name}' is unexpected on path \"{path}\""
            continue
        values = request.query.getall(name)
        for value in [values] if shape["type"] == "array" else [_read(v, shape) for v in values]:
            yield from _said(where, value, shape)


def _read(value: str, shape: Shape) -> object:
    """Read a query value as JSON when its shape is not a string; what cannot be is left a string."""
    if shape["type"] == "string" or _JSON_NUMBER.fullmatch(value) is None:
        return value
    whole = set(value) <= set("-0123456789")
    return 0 if whole else 0.5  # only the type matters


def _headers(request: web.Request) -> Iterator[Wrong]:
    for name in TRACED:
        value = header(request, name)
        if value is not None:
            yield from _said(f"header.{name}", value, TRACED_SHAPE)


async def _body(door: Door, request: web.Request) -> tuple[object, list[Wrong]]:
    if door.body is None:
        return None, []
    if door.body is BYTES:
        wrong = _content_type(request, "application/octet-stream") if request.can_read_body else []
        return None, wrong
    raw = (await request.read()).removeprefix(_BOM)
    if not raw.strip():
        return None, [_NO_BODY] if door.needs_body else []
    wrong = _content_type(request, "application/json")
    return (None, wrong) if wrong else _json(raw, door.body)


def _json(raw: bytes, shape: Shape) -> tuple[object, list[Wrong]]:
    try:
        sent = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None, [("body", "Unable to parse JSON")]
    return sent, list(_said("body", sent, shape))


def _content_type(request: web.Request, allowed: str) -> list[Wrong]:
    given = request.headers.get("Content-Type")
    if given is None or given.partition(";")[0].strip().lower() == allowed:
        return []
    what = f"Request Content-Type header '{given}' does not match any allowed types."
    return [("body", f'{what} Must be one of: ["{allowed}"].')]
