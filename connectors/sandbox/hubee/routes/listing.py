"""What the referential's routes share: whole bodies, filters, order and pages, refused in HubEE's words."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import msgspec
from aiohttp import web
from msgspec import Struct

from connectors.sandbox.hubee.answers import bad, invalid
from connectors.sandbox.hubee.asked import body_of, number_of

Body = TypeVar("Body")
Row = TypeVar("Row", bound=Struct)

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_ORDER = re.compile(r"(?:(asc|desc)\((\w+)\)|(\w+))")


async def whole_body_of(
    request: web.Request, shape: type[Body], required: frozenset[str], *, halves: bool = False
) -> Body:
    """Return the JSON body, refused with all that it lacks; `halves`: its schema is made of two."""
    try:
        raw = msgspec.json.decode(await request.read())
    except msgspec.DecodeError:
        raw = None
    lacking = sorted(required - raw.keys()) if isinstance(raw, dict) else []
    if lacking:
        listed = ",".join(f'"{name}"' for name in lacking)
        what = f"Object has missing required properties ([{listed}])"
        if halves:
            what = (
                "Instance failed to match all required schemas (matched only 1 out of 2)\n"
                f"\t* /allOf/0: {what}\t\n\t- [ERROR] {what}"
            )
        raise invalid(request.method, request.path, "body", what)
    return await body_of(request, shape)


def check_email(place: str, given: str | None) -> None:
    """Refuse what is no e-mail address; `place` is where it stands in the body."""
    if given is not None and EMAIL.fullmatch(given) is None:
        raise bad(f"#/{place}: String is not a valid email value")


def check_matches(request: web.Request, where: str, pattern: str, given: str | None) -> None:
    """Refuse a parameter that is not of this form."""
    if given is not None and re.search(pattern, given, re.ASCII) is None:
        what = f'ECMA 262 regex "{pattern}" does not match input string "{given}"'
        raise invalid(request.method, request.path, where, what)


def check_length(request: web.Request, name: str, most: int) -> None:
    """Refuse a parameter of the query that is too long."""
    given = request.query.get(name, "")
    if len(given) > most:
        what = f'String "{given}" is too long (length: {len(given)}, maximum allowed: {most})'
        raise invalid(request.method, request.path, f"query.{name}", what)


def ordered(request: web.Request, rows: Iterable[Row], columns: Mapping[str, str]) -> list[Row]:
    """Return the rows in the order asked, ``asc(col)``, ``desc(col)`` or ``col``; empty ones last.

    `columns` gives, for each name HubEE knows, where the value is in a row.
    """
    found, asked = list(rows), request.query.get("orderBy")
    if asked is None:
        return found
    read = _ORDER.fullmatch(asked)
    path = columns.get(read[2] or read[3]) if read else None
    if read is None or path is None:
        raise bad("Bad request")
    full = [row for row in found if _value(row, path) is not None]
    empty = [row for row in found if _value(row, path) is None]
    return sorted(full, key=lambda row: _sortable(row, path), reverse=read[1] == "desc") + empty


def _value(row: object, path: str) -> object:
    for name in path.split("."):
        row = getattr(row, name, None)
    return row


def _sortable(row: object, path: str) -> tuple[float, str]:
    value = _value(row, path)
    if isinstance(value, (int, float)):
        return float(value), ""
    return 0.0, str(value)


def page_of(request: web.Request, rows: Sequence[Row], most: int) -> tuple[list[Row], str]:
    """Return a page, and the span it covers: ``0-27/100``."""
    first, asked = number_of(request, "offSet", 0), number_of(request, "maxResult", most)
    page = list(rows[first : first + asked])
    return page, f"{first}-{first + len(page)}/{len(rows)}"
