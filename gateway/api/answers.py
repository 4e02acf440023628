"""How answers are written: JSON in French words, moments in UTC to the second, strong tags. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, TypeVar

from aiohttp import hdrs, web

from gateway.api.cursors import Page
from gateway.api.ranges import is_known

Item = TypeVar("Item")


def moment(at: datetime | None) -> str | None:
    """A moment, in UTC."""
    if at is None:
        return None
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def listed(
    found: Sequence[Item],
    page: Page,
    *,
    shown: Callable[[Item], Mapping[str, Any]],
    key: Callable[[Item], str | int],
    beside: Mapping[str, Any] | None = None,
) -> web.Response:
    """One page; `found` has one element more than its limit when another page follows."""
    here = found[: page.limit]
    following = page.next(key(here[-1])) if len(found) > page.limit else None
    body = {"elements": [shown(one) for one in here], "suite": following, **(beside or {})}
    return web.json_response(body)


@dataclass(frozen=True, slots=True)
class Tagged:
    """A small document and its strong tag."""

    body: bytes
    tag: str
    kind: str


def tagged(body: bytes, kind: str) -> Tagged:
    """A document, its tag computed."""
    return Tagged(body, f'"{sha256(body).hexdigest()}"', kind)


def given(request: web.Request, found: Tagged) -> web.Response:
    """The document; nothing when who asks already has it."""
    if is_known(request.headers.get(hdrs.IF_NONE_MATCH), found.tag):
        return web.Response(status=304, headers={hdrs.ETAG: found.tag})
    headers = {hdrs.ETAG: found.tag, hdrs.CONTENT_TYPE: found.kind}
    return web.Response(body=found.body, headers=headers)
