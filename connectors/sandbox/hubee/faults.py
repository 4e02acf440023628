"""Failing on demand: a fault waits on a route until a request takes it.

Routes are called by the names of the table in `web.py` (``event.post``, ``case.attachment``, ...).
"""

import asyncio
from collections.abc import Awaitable, Callable
from enum import StrEnum

from aiohttp import web

from connectors.sandbox.hubee.answers import (
    INVALID_TOKEN,
    INVALID_TOKEN_CODE,
    Problem,
    bad,
    forbidden,
    missing,
)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
WRONG_DIGEST = "A" * 43 + "="
SILENCE = 0.6  # seconds; a client with a shorter patience gives up


class Fault(StrEnum):
    """Each way of failing. BEFORE: nothing was done. AFTER: it was done, and nobody is told."""

    ERROR_BEFORE = "error-before"
    ERROR_AFTER = "error-after"
    RESET_BEFORE = "reset-before"
    RESET_AFTER = "reset-after"
    SILENT_AFTER = "silent-after"
    TOKEN_REFUSED = "token-refused"  # noqa: S105 - the name of a fault
    REFUSED = "refused"
    FORBIDDEN = "forbidden"
    MISSING = "missing"
    THROTTLED = "throttled"
    HTML = "html"
    WRONG_DIGEST = "wrong-digest"
    NO_DIGEST = "no-digest"
    PREFIXED_DIGEST = "prefixed-digest"


BEFORE: dict[Fault, Problem] = {
    Fault.ERROR_BEFORE: Problem(500, "Internal Server Error"),
    Fault.TOKEN_REFUSED: Problem(401, INVALID_TOKEN, INVALID_TOKEN_CODE),
    Fault.REFUSED: bad("Bad request"),
    Fault.FORBIDDEN: forbidden(),
    Fault.MISSING: missing("Case"),
    Fault.THROTTLED: Problem(429, "Message throttled out", 900800),
}


class Faults:
    """What was ordered and not yet served."""

    def __init__(self) -> None:
        self._ordered: dict[str, list[Fault]] = {}

    def order(self, route: str, *faults: Fault) -> None:
        """Make the next requests on this route fail so, one each, in this order."""
        self._ordered.setdefault(route, []).extend(faults)

    async def serve(self, route: str, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer, well or as ordered."""
        waiting = self._ordered.get(route)
        if not waiting:
            return await handler(request)
        fault = waiting.pop(0)
        if fault in BEFORE:
            raise BEFORE[fault]
        if fault is Fault.HTML:
            return web.Response(status=502, text="<html>502</html>", content_type="text/html")
        if fault is Fault.RESET_BEFORE:
            return _reset(request)
        answer = await handler(request)
        if fault is Fault.SILENT_AFTER:
            await asyncio.sleep(SILENCE)
        return _spoil(fault, request, answer)


def _spoil(fault: Fault, request: web.Request, answer: web.StreamResponse) -> web.StreamResponse:
    if fault is Fault.RESET_AFTER:
        return _reset(request)
    if fault is Fault.ERROR_AFTER:
        raise Problem(500, "Internal Server Error")
    digest = answer.headers.get("digest", "")
    if fault is Fault.NO_DIGEST:
        del answer.headers["digest"]
    if fault is Fault.WRONG_DIGEST:
        answer.headers["digest"] = WRONG_DIGEST
    if fault is Fault.PREFIXED_DIGEST:
        answer.headers["digest"] = f"SHA-256={digest}"
    return answer


def _reset(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
