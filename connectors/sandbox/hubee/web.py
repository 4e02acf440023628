"""The hub as a web application: the doors of `doors.py`, and what is done around each of them.

In order: the journal, the ordered fault, the token, the scope, the override, the description; then the route. A
`Problem` raised anywhere becomes HubEE's envelope here and only here, and so does what the web
server itself refuses (no such route, wrong method, too large).
"""

import re
from http import HTTPStatus

from aiohttp import web

from connectors.sandbox.hubee.answers import NO_ROUTE, Problem, bad, envelope
from connectors.sandbox.hubee.asked import CALLER, HUB, SENT, TRACE
from connectors.sandbox.hubee.checks import TRACED, check_request, header
from connectors.sandbox.hubee.doors import DOORS, Door, Handler
from connectors.sandbox.hubee.hub import Hub
from connectors.sandbox.hubee.openapi import DOCUMENTS, document
from connectors.sandbox.hubee.routes import tokens

TOKEN = "/oauth2/token"  # noqa: S105 - a path
LARGEST_JSON = 4 << 20
WORTH_SQUEEZING = 1 << 10
REFUSED: dict[int, str] = {404: NO_ROUTE, 405: "Method not allowed", 413: "Payload too large"}

# Every name a failure can be ordered on.
ROUTES = tuple(dict.fromkeys(["token", *(door.name for door in DOORS)]))


def _bearer(request: web.Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return f"Bearer {token.strip()}" if scheme.lower() == "bearer" else ""


def _check_override(door: Door, request: web.Request) -> None:
    if door.overrides and request.headers.get("X-HTTP-Method-Override") != "PATCH":
        raise Problem(HTTPStatus.METHOD_NOT_ALLOWED, REFUSED[405])


def _guarded(hub: Hub, door: Door) -> Handler:
    async def guarded(request: web.Request) -> web.StreamResponse:
        caller = hub.gate.caller(_bearer(request))
        caller.check_scope(*door.scopes)
        _check_override(door, request)
        request[SENT] = await check_request(door, request)
        request[CALLER], request[TRACE] = caller, {name: header(request, name) for name in TRACED}
        return _squeezed(request, await door.route(request))

    return guarded


def _squeezed(request: web.Request, answer: web.StreamResponse) -> web.StreamResponse:
    """Compress a long list for who can read it, as HubEE does."""
    body = answer.body if isinstance(answer, web.Response) else None
    long = isinstance(body, bytes) and len(body) >= WORTH_SQUEEZING
    if long and "gzip" in request.headers.get("Accept-Encoding", "").lower():
        answer.enable_compression(web.ContentCoding.gzip)
    return answer


def _spoken(route: Handler) -> Handler:
    async def spoken(request: web.Request) -> web.StreamResponse:
        try:
            return await route(request)
        except Problem as problem:
            return envelope(problem)

    return spoken


def _faulty(hub: Hub, name: str, route: Handler) -> Handler:
    spoken = _spoken(route)

    async def faulty(request: web.Request) -> web.StreamResponse:
        return await hub.journal.follow(
            name, request, lambda: hub.faults.serve(name, request, spoken)
        )

    return faulty


@web.middleware
async def _in_the_envelope(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Say what the web server refuses as everything else is said."""
    try:
        return await handler(request)
    except web.RequestPayloadError:  # not the compression it says, or not the chunks
        return envelope(bad("Bad request"))
    except web.HTTPException as refusal:
        if refusal.status not in REFUSED:
            raise
        answer = envelope(Problem(refusal.status, REFUSED[refusal.status]))
        if "Allow" in refusal.headers:
            answer.headers["Allow"] = refusal.headers["Allow"]
        return answer


def _described(name: str) -> Handler:
    async def described(_request: web.Request) -> web.Response:
        return web.json_response(document(name))

    return described


def tolerant(path: str) -> str:
    """Return the pattern of a path whose slashes may be doubled, and that may end with some.

    A client set with ``https://hub/`` and ``/teledossiers`` asks for ``//teledossiers``.
    """
    first, *parts = path.strip("/").split("/")
    inner = "".join(f"{{_{i}:/+}}{part}" for i, part in enumerate(parts))
    inner = re.sub(r"{([a-zA-Z]+)}", r"{\1:[^/]+}", inner)  # by default a part holds no brace
    return f"/{{_before:/*}}{first}{inner}{{_after:/*}}"


def application(hub: Hub) -> web.Application:
    """Return the web application of one hub."""
    app = web.Application(client_max_size=LARGEST_JSON, middlewares=[_in_the_envelope])
    app[HUB] = hub
    app.router.add_route("POST", tolerant(TOKEN), _faulty(hub, "token", tokens.issue))
    for door in DOORS:
        route = _faulty(hub, door.name, _guarded(hub, door))
        app.router.add_route(door.method, tolerant(door.path), route)
    for name in DOCUMENTS:
        app.router.add_route("GET", f"/openapi/{name}.json", _described(name))
    return app
