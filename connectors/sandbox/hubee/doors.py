"""The doors of the hub: one table, read by the web, by the gateway's checks and by the description.

A door says who may take it, what it accepts and what it gives. Nothing about a route is written
anywhere else.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import web

from connectors.sandbox.hubee.access import Scope
from connectors.sandbox.hubee.routes import cases, events, folders, portal, queues, referential
from connectors.sandbox.hubee.shapes import (
    BYTES,
    NUMBER,
    SIRET,
    UUID,
    WHOLE,
    Shape,
    many,
    ref,
    text,
)

FOLDERS, REFERENTIAL = "/teledossiers/v1", "/referential/v1"
# Beside the portal, to which every route is open.
BOTH, OSL, SI = (Scope.SI, Scope.OSL), (Scope.OSL,), (Scope.SI,)
DATAPASS: tuple[Scope, ...] = (Scope.DATAPASS,)
PORTAL: tuple[Scope, ...] = ()

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Door:
    """One route: its name (faults use it), who may take it, what it accepts, what it gives.

    `needs_body` is what the gateway holds: without it, an empty request is for the rules to refuse.
    `places` are the parts of the path that are not UUIDs. `overrides`: a POST that stands for a PATCH.
    """

    name: str
    method: str
    path: str
    route: Handler
    scopes: tuple[Scope, ...] = BOTH
    query: Mapping[str, Shape] = field(default_factory=dict)
    body: Shape | None = None
    needs_body: bool = False
    gives: tuple[int, Shape | None] = (204, None)
    places: Mapping[str, Shape] = field(default_factory=dict)
    overrides: bool = False

    def place(self, name: str) -> Shape:
        """Return what a part of the path must look like."""
        return self.places.get(name, UUID)


_CODES = many(text())
_QUEUE = {
    "maxResult": NUMBER,
    "processCode": _CODES,
    "processPriority": _CODES,
    "eventDetails": text(),  # not in HubEE's own description, and accepted all the same
}
_SUBSCRIBERS = {
    "processCode": _CODES,
    "status": text(20),
    "companyRegister": text(14, pattern=SIRET),
    "delegationActorEmail": text(320, pattern=r"^[a-zA-Z0-9._-]+@[a-zA-Z0-9._-]{2,}\.[a-z]{2,4}$"),
    "orderBy": text(40),
    "offSet": WHOLE,
    "maxResult": WHOLE,
}
_ORGANISATIONS = {
    "type": text(),
    "company_register": text(),
    "orderBy": text(20),
    "offSet": WHOLE,
    "maxResult": WHOLE,
}
_BY_SIRET = {"companyRegister": text(14, pattern=SIRET), "orderBy": text(20)}
_FOLDER, _CASE = f"{FOLDERS}/folders/{{folderId}}", f"{FOLDERS}/cases/{{caseId}}"
_EVENT = f"{_CASE}/events/{{eventId}}"
_FILE = "/attachments/{attachmentId}"
_NOTIFICATIONS = f"{FOLDERS}/notifications"
_HELD, _ONE_HELD = f"{REFERENTIAL}/subscriptions", f"{REFERENTIAL}/subscriptions/{{subscriptionId}}"
_KNOWN, _ONE_KNOWN = f"{REFERENTIAL}/organizations", f"{REFERENTIAL}/organizations/{{id}}"
_PROCESSES, _ONE_PROCESS = f"{REFERENTIAL}/processes", f"{REFERENTIAL}/processes/{{code}}"
_KEY = {"id": text(pattern=r"^\w{1,20}-[0-9]{14}-\w{1,10}$")}
_CODE = {"code": text()}


def _one(name: str, status: int = 200) -> tuple[int, Shape]:
    return status, ref(name)


def _list(name: str) -> tuple[int, Shape]:
    return 200, many(ref(name))


_FILE_GIVEN: tuple[int, Shape] = (200, BYTES)

QUEUE_DOORS = (
    Door(
        "queue.read",
        "GET",
        _NOTIFICATIONS,
        queues.notifications,
        query=_QUEUE,
        gives=_list("Notification"),
    ),
    Door(
        "queue.delete", "DELETE", _NOTIFICATIONS + "/{notificationId}", queues.delete_notification
    ),
)

FOLDER_DOORS = (
    Door(
        "folder.create",
        "POST",
        f"{FOLDERS}/folders",
        folders.create,
        OSL,
        body=ref("Folder"),
        gives=_one("Folder", 201),
    ),
    Door("folder.read", "GET", _FOLDER, folders.read, OSL, gives=_one("Folder")),
    Door(
        "folder.move",
        "PATCH",
        _FOLDER,
        folders.move,
        OSL,
        body=ref("FolderMove"),
        needs_body=True,
    ),
    Door(
        "folder.move",
        "POST",
        _FOLDER,
        folders.move,
        OSL,
        body=ref("FolderMove"),
        needs_body=True,
        overrides=True,
    ),
    Door("folder.delete", "DELETE", _FOLDER, folders.delete, OSL),
    Door("folder.upload", "PUT", _FOLDER + _FILE, folders.upload, OSL, body=BYTES),
)

CASE_DOORS = (
    Door("case.read", "GET", _CASE, cases.read, query={"lite": text(14)}, gives=_one("Case")),
    Door("case.move", "PATCH", _CASE, cases.move, body=ref("CaseMove"), needs_body=True),
    Door(
        "case.move",
        "POST",
        _CASE,
        cases.move,
        body=ref("CaseMove"),
        needs_body=True,
        overrides=True,
    ),
    Door("case.download", "GET", _CASE + _FILE, cases.download, gives=_FILE_GIVEN),
    Door(
        "event.post",
        "POST",
        f"{_CASE}/events",
        events.post,
        body=ref("Event"),
        gives=_one("Event", 201),
    ),
    Door("event.read", "GET", _EVENT, events.read, gives=_one("Event")),
    Door("event.move", "PATCH", _EVENT, events.move, body=ref("EventMove")),
    Door("event.move", "POST", _EVENT, events.move, body=ref("EventMove"), overrides=True),
    Door("event.delete", "DELETE", _EVENT, events.delete),
    Door("event.upload", "PUT", _EVENT + _FILE, events.upload, body=BYTES),
    Door("event.download", "GET", _EVENT + _FILE, events.download, gives=_FILE_GIVEN),
)

SUBSCRIPTION_DOORS = (
    Door(
        "subscriptions.read",
        "GET",
        _HELD,
        referential.subscriptions,
        OSL,
        query=_SUBSCRIBERS,
        gives=_list("Subscription"),
    ),
    Door(
        "subscription.read",
        "GET",
        _ONE_HELD,
        referential.subscription,
        OSL,
        gives=_one("Subscription"),
    ),
    Door(
        "subscription.create",
        "POST",
        _HELD,
        referential.subscribe,
        DATAPASS,
        body=ref("NewSubscription"),
        needs_body=True,
        gives=_one("NewSubscription", 201),
    ),
    Door(
        "subscription.amend",
        "PUT",
        _ONE_HELD,
        referential.amend,
        PORTAL,
        body=ref("Subscription"),
        needs_body=True,
        gives=_one("Subscription"),
    ),
)

ORGANISATION_DOORS = (
    Door(
        "organisations.read",
        "GET",
        _KNOWN,
        referential.organisations,
        PORTAL,
        query=_ORGANISATIONS,
        gives=_list("Organization"),
    ),
    Door(
        "organisation.read",
        "GET",
        _ONE_KNOWN,
        referential.organisation,
        DATAPASS,
        places=_KEY,
        gives=_one("Organization"),
    ),
    Door(
        "organisation.create",
        "POST",
        _KNOWN,
        referential.register,
        DATAPASS,
        body=ref("Organization"),
        gives=_one("Organization", 201),
    ),
    Door(
        "organisation.amend",
        "PUT",
        _ONE_KNOWN,
        referential.correct,
        PORTAL,
        places=_KEY,
        body=ref("Organization"),
        gives=_one("Organization"),
    ),
)

PROCESS_DOORS = (
    Door(
        "processes.read",
        "GET",
        _PROCESSES,
        referential.processes,
        PORTAL,
        query=_BY_SIRET,
        gives=_list("Process"),
    ),
    Door(
        "process.read",
        "GET",
        _ONE_PROCESS,
        referential.process,
        OSL,
        places=_CODE,
        gives=_one("Process"),
    ),
    Door(
        "process.create",
        "POST",
        _PROCESSES,
        referential.open_process,
        PORTAL,
        body=ref("Process"),
        needs_body=True,
        gives=_one("Process", 201),
    ),
    Door(
        "process.amend",
        "PUT",
        _ONE_PROCESS,
        referential.change_process,
        PORTAL,
        places=_CODE,
        body=ref("Process"),
        needs_body=True,
        gives=_one("Process"),
    ),
)

PORTAL_DOORS = (
    Door(
        "cases.migrate",
        "PUT",
        f"{FOLDERS}/cases/migrate",
        portal.migrate,
        SI,
        body=ref("Migration"),
        needs_body=True,
        gives=_one("Migrated"),
    ),
    Door(
        "purge.read",
        "GET",
        f"{FOLDERS}/attachmentsIdsForPurge",
        portal.to_purge,
        gives=_list("IdsForPurge"),
    ),
    Door("purge.told", "PUT", f"{FOLDERS}/idsPurged", portal.purged, body=many(ref("IdsForPurge"))),
)

DOORS = (
    QUEUE_DOORS
    + FOLDER_DOORS
    + CASE_DOORS
    + PORTAL_DOORS
    + SUBSCRIPTION_DOORS
    + ORGANISATION_DOORS
    + PROCESS_DOORS
)

# Every name a failure can be ordered on.
ROUTES = tuple(dict.fromkeys(["token", *(door.name for door in DOORS)]))
