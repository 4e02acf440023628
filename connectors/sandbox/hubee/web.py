"""The doors of the hub: one table of routes, and the five things done around each of them.

In order: the journal, the ordered fault, the token, the scope, the query; then the route. A `Problem` raised
anywhere becomes HubEE's envelope here and only here.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from connectors.sandbox.hubee.access import Scope
from connectors.sandbox.hubee.answers import Problem, bad, envelope
from connectors.sandbox.hubee.asked import CALLER, HUB
from connectors.sandbox.hubee.hub import Hub
from connectors.sandbox.hubee.routes import (
    cases,
    events,
    folders,
    portal,
    queues,
    referential,
    tokens,
)

FOLDERS, REFERENTIAL, TOKEN = "/teledossiers/v1", "/referential/v1", "/oauth2/token"
# Beside the portal, to which every route is open.
BOTH, OSL, SI = (Scope.SI, Scope.OSL), (Scope.OSL,), (Scope.SI,)
DATAPASS, NOBODY = (Scope.DATAPASS,), ()
LARGEST_JSON = 4 << 20

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Door:
    """One route: its name (faults use it), who may take it, and the query it accepts."""

    name: str
    method: str
    path: str
    route: Handler
    scopes: tuple[Scope, ...] = BOTH
    query: frozenset[str] = frozenset()


_QUEUE = frozenset({"maxResult", "processCode", "processPriority", "eventDetails"})
_SUBSCRIBERS = frozenset(
    {"processCode", "status", "companyRegister", "delegationActorEmail", "orderBy"}
    | {"offSet", "maxResult"}
)
_FOLDER, _CASE = f"{FOLDERS}/folders/{{folderId}}", f"{FOLDERS}/cases/{{caseId}}"
_EVENT = f"{_CASE}/events/{{eventId}}"
_HELD, _KNOWN = f"{REFERENTIAL}/subscriptions", f"{REFERENTIAL}/organizations"
_ONE_HELD, _ONE_KNOWN = f"{_HELD}/{{subscriptionId}}", f"{_KNOWN}/{{organizationId}}"
_PROCESSES = f"{REFERENTIAL}/processes"
_ORGANISATIONS = frozenset({"type", "company_register", "orderBy", "offSet", "maxResult"})
_BY_SIRET = frozenset({"companyRegister", "orderBy"})
_FILE = "/attachments/{attachmentId}"

DOORS = (
    Door("queue.read", "GET", f"{FOLDERS}/notifications", queues.notifications, BOTH, _QUEUE),
    Door(
        "queue.delete",
        "DELETE",
        f"{FOLDERS}/notifications/{{notificationId}}",
        queues.delete_notification,
    ),
    Door("folder.create", "POST", f"{FOLDERS}/folders", folders.create, OSL),
    Door("folder.read", "GET", _FOLDER, folders.read, OSL),
    Door("folder.move", "PATCH", _FOLDER, folders.move, OSL),
    Door("folder.move", "POST", _FOLDER, folders.move_by_post, OSL),
    Door("folder.delete", "DELETE", _FOLDER, folders.delete, OSL),
    Door("folder.upload", "PUT", _FOLDER + _FILE, folders.upload, OSL),
    Door("case.read", "GET", _CASE, cases.read, BOTH, frozenset({"lite"})),
    Door("case.move", "PATCH", _CASE, cases.move),
    Door("case.move", "POST", _CASE, cases.move_by_post),
    Door("case.download", "GET", _CASE + _FILE, cases.download),
    Door("event.post", "POST", f"{_CASE}/events", events.post),
    Door("event.read", "GET", _EVENT, events.read),
    Door("event.move", "PATCH", _EVENT, events.move),
    Door("event.move", "POST", _EVENT, events.move_by_post),
    Door("event.delete", "DELETE", _EVENT, events.delete),
    Door("event.upload", "PUT", _EVENT + _FILE, events.upload),
    Door("event.download", "GET", _EVENT + _FILE, events.download),
    Door("subscriptions.read", "GET", _HELD, referential.subscriptions, OSL, _SUBSCRIBERS),
    Door("subscription.read", "GET", _ONE_HELD, referential.subscription, OSL),
    Door("subscription.create", "POST", _HELD, referential.subscribe, DATAPASS),
    Door("subscription.amend", "PUT", _ONE_HELD, referential.amend, NOBODY),
    Door("organisations.read", "GET", _KNOWN, referential.organisations, NOBODY, _ORGANISATIONS),
    Door("organisation.read", "GET", _ONE_KNOWN, referential.organisation, DATAPASS),
    Door("organisation.create", "POST", _KNOWN, referential.register, DATAPASS),
    Door("organisation.amend", "PUT", _ONE_KNOWN, referential.correct, NOBODY),
    Door("processes.read", "GET", _PROCESSES, referential.processes, NOBODY, _BY_SIRET),
    Door("process.read", "GET", f"{_PROCESSES}/{{code}}", referential.process, OSL),
    Door("process.create", "POST", _PROCESSES, referential.open_process, NOBODY),
    Door("process.amend", "PUT", f"{_PROCESSES}/{{code}}", referential.change_process, NOBODY),
    Door("cases.migrate", "PUT", f"{FOLDERS}/cases/migrate", portal.migrate, SI),
    Door("purge.read", "GET", f"{FOLDERS}/attachmentsIdsForPurge", portal.to_purge),
    Door("purge.told", "PUT", f"{FOLDERS}/idsPurged", portal.purged),
)

# Every name a failure can be ordered on.
ROUTES = tuple(dict.fromkeys(["token", *(door.name for door in DOORS)]))


def _check_query(door: Door, request: web.Request) -> None:
    for name in request.query:
        if name not in door.query:
            path = request.path.removeprefix(FOLDERS).removeprefix(REFERENTIAL)
            raise bad(f"Query parameter '{name}' is unexpected on path \"{path}\"")


def _guarded(hub: Hub, door: Door) -> Handler:
    async def guarded(request: web.Request) -> web.StreamResponse:
        caller = hub.gate.caller(request.headers.get("Authorization", ""))
        caller.check_scope(*door.scopes)
        _check_query(door, request)
        request[CALLER] = caller
        return await door.route(request)

    return guarded


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


def application(hub: Hub) -> web.Application:
    """Return the web application of one hub."""
    app = web.Application(client_max_size=LARGEST_JSON)
    app[HUB] = hub
    app.router.add_route("POST", TOKEN, _faulty(hub, "token", tokens.issue))
    for door in DOORS:
        route = _faulty(hub, door.name, _guarded(hub, door))
        app.router.add_route(door.method, door.path, route)
    return app
