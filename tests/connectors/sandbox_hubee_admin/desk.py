"""A plain HTTP client before the sandbox: it asks every route there is, and hides nothing."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import aiohttp

from connectors.sandbox.hubee import Fault, Terms
from tests.world.hubee import CONTACTS, US, HubeeWorld, a_file, hubee_world, token_for

V1, REFERENTIAL = "/teledossiers/v1", "/referential/v1"
BODY = b"MATRICULE;NOM\n" * 40
UPDATE = {"actionType": "STATUS_UPDATE", "notification": True, "caseNewStatus": "IN_PROGRESS"}
# Who asks, the method, the path, and the rest.
Asked: TypeAlias = tuple[aiohttp.ClientSession, str, str, dict[str, Any]]


@dataclass(frozen=True)
class Seen:
    """What a client saw: `status` is None when the connection broke."""

    status: int | None
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def content(self) -> Any:
        return json.loads(self.body)


@dataclass
class Desk:
    """One world with a case, an event with a file, a folder not yet sent, and two clients."""

    world: HubeeWorld
    us: aiohttp.ClientSession
    publisher: aiohttp.ClientSession
    portal: aiohttp.ClientSession
    ids: dict[str, str]

    async def ask(self, route: str, **options: Any) -> Seen:
        """Take a route by its name, well."""
        who, method, path, given = self.requests()[route]
        given = given | options
        timeout = aiohttp.ClientTimeout(total=given.pop("patience", 5))
        who._auto_decompress = given.pop("unzip", True)
        try:
            async with who.request(method, path, timeout=timeout, **given) as answer:
                return Seen(answer.status, await answer.read(), answer.headers.copy())
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
            return Seen(None, type(error).__name__.encode())

    def requests(self) -> dict[str, Asked]:
        us, osl, ids = self.us, self.publisher, self.ids
        case, folder = f"{V1}/cases/{ids['case']}", f"{V1}/folders/{ids['folder']}"
        event = f"{case}/events/{ids['event']}"
        id_secret = self.world.sandbox.subscribe(*US, CONTACTS)
        form = {"grant_type": "client_credentials", "scope": "SI"}
        basic = {"Authorization": aiohttp.encode_basic_auth(*id_secret)}
        asked: dict[str, Asked] = {
            "token": (us, "POST", "/oauth2/token", {"data": form, "headers": basic}),
            "queue.read": (us, "GET", f"{V1}/notifications?eventDetails=true", {}),
            "queue.delete": (us, "DELETE", f"{V1}/notifications/{ids['item']}", {}),
            "folder.create": (osl, "POST", f"{V1}/folders", {"json": a_folder("2")}),
            "folder.read": (osl, "GET", folder, {}),
            "folder.move": (osl, "PATCH", folder, {"json": {"globalStatus": "HUBEE_COMPLETED"}}),
            "folder.delete": (osl, "DELETE", folder, {}),
            "folder.upload": (osl, "PUT", f"{folder}/attachments/{ids['place']}", {"data": BODY}),
            "case.read": (us, "GET", case, {}),
            "case.move": (us, "PATCH", case, {"json": {"status": "SENT"}}),
            "case.download": (us, "GET", f"{case}/attachments/{ids['file']}", {}),
            "event.post": (us, "POST", f"{case}/events", {"json": UPDATE}),
            "event.read": (us, "GET", event, {}),
            "event.move": (us, "PATCH", event, {"json": {"status": "RECEIVED"}}),
            "event.delete": (osl, "DELETE", f"{case}/events/{ids['draft']}", {}),
            "event.upload": (
                osl,
                "PUT",
                f"{case}/events/{ids['draft']}/attachments/{ids['draft_file']}",
                {"data": BODY},
            ),
            "event.download": (us, "GET", f"{event}/attachments/{ids['event_file']}", {}),
        }
        return asked | self._referential()

    def _referential(self) -> dict[str, Asked]:
        us, osl, portal, ids = self.us, self.publisher, self.portal, self.ids
        held, known = f"{REFERENTIAL}/subscriptions", f"{REFERENTIAL}/organizations"
        processes, ours = f"{REFERENTIAL}/processes", {"type": "SI", "branchCode": US[1]}
        ours |= {"companyRegister": US[0]}
        return {
            "subscriptions.read": (osl, "GET", held, {}),
            "subscription.read": (osl, "GET", f"{held}/{ids['subscription']}", {}),
            "subscription.create": (portal, "POST", held, {"json": {}}),
            "subscription.amend": (portal, "PUT", f"{held}/{ids['subscription']}", {"json": {}}),
            "organisations.read": (portal, "GET", known, {}),
            "organisation.read": (portal, "GET", f"{known}/SI-{US[0]}-{US[1]}", {}),
            "organisation.create": (portal, "POST", known, {"json": {}}),
            "organisation.amend": (portal, "PUT", f"{known}/SI-{US[0]}-{US[1]}", {"json": {}}),
            "processes.read": (portal, "GET", processes, {}),
            "process.read": (portal, "GET", f"{processes}/{CONTACTS}", {}),
            "process.create": (portal, "POST", processes, {"json": {}}),
            "process.amend": (portal, "PUT", f"{processes}/{CONTACTS}", {"json": {}}),
            "cases.migrate": (
                portal,
                "PUT",
                f"{V1}/cases/migrate",
                {"json": {"organizationSource": ours, "organizationTarget": ours}},
            ),
            "purge.read": (us, "GET", f"{V1}/attachmentsIdsForPurge", {}),
            "purge.told": (us, "PUT", f"{V1}/idsPurged", {"json": []}),
        }

    def order(self, route: str, *faults: Fault, **terms: Any) -> None:
        self.world.sandbox.faults.order(route, *faults, terms=Terms(**terms))


def a_folder(number: str) -> dict[str, Any]:
    recipient = {"type": "SI", "companyRegister": US[0], "branchCode": US[1]}
    case = f"CNAF-ALLOC-{number}-01"
    file = {"fileName": "f.txt", "type": "t", "size": len(BODY), "mimeType": "text/plain"}
    return {
        "processCode": CONTACTS,
        "externalId": f"CNAF-ALLOC-{number}",
        "applicant": {"firstName": "CNAF", "lastName": "CNAF"},
        "cases": [{"recipient": recipient, "externalId": case}],
        "attachments": [file | {"recipients": [case]}],
    }


def _client(world: HubeeWorld, headers: dict[str, str]) -> aiohttp.ClientSession:
    """By itself, aiohttp asks again once after a reset, when the method allows it: not here."""
    session = aiohttp.ClientSession(world.base, headers=headers)
    session._retry_connection = False
    return session


@asynccontextmanager
async def a_desk(folder: Path) -> AsyncIterator[Desk]:
    async with hubee_world(folder) as world:
        credential = world.sandbox.subscribe(*US, CONTACTS)
        case = world.publish(a_file(BODY))
        portal = await token_for(world, *world.sandbox.standing["admin-portail"], scope="ADMIN")
        ours = {"Authorization": f"Bearer {await token_for(world, *credential)}"}
        theirs = await token_for(world, *world.sandbox.publisher, scope="OSL")
        async with (
            _client(world, ours) as us,
            _client(world, {"Authorization": f"Bearer {theirs}"}) as publisher,
            _client(world, {"Authorization": f"Bearer {portal}"}) as administrator,
        ):
            desk = Desk(
                world, us, publisher, administrator, dict.fromkeys(PLACES, "-") | {"case": case}
            )
            await _furnish(desk)
            yield desk


PLACES: tuple[str, ...] = (
    "case",
    "file",
    "folder",
    "place",
    "event",
    "event_file",
    "draft",
    "draft_file",
    "item",
)
PLACES += ("subscription",)


async def _furnish(desk: Desk) -> None:
    ids, file = desk.ids, {"fileName": "e.txt", "type": "t", "size": len(BODY)}
    said = {"actionType": "ATTACH_DEPOSIT", "notification": True, "author": "CNAF"}
    said |= {"attachments": [file | {"mimeType": "text/plain"}]}
    path = f"{V1}/cases/{ids['case']}"
    async with desk.us.get(path) as answer:
        ids["file"] = (await answer.json())["attachments"][0]["id"]
    for event, place in (("event", "event_file"), ("draft", "draft_file")):
        async with desk.publisher.post(f"{path}/events", json=said) as answer:
            made = await answer.json()
            ids[event], ids[place] = made["id"], made["attachments"][0]["id"]
    whole = f"{path}/events/{ids['event']}"
    async with desk.publisher.put(f"{whole}/attachments/{ids['event_file']}", data=BODY) as done:
        assert done.status == 204
    async with desk.publisher.patch(whole, json={"status": "SENT"}) as done:
        assert done.status == 204
    async with desk.publisher.post(f"{V1}/folders", json=a_folder("1")) as answer:
        made = await answer.json()
        ids["folder"], ids["place"] = made["id"], made["attachments"][0]["id"]
    async with desk.us.get(f"{V1}/notifications") as answer:
        ids["item"] = (await answer.json())[0]["id"]
    async with desk.publisher.get(f"{REFERENTIAL}/subscriptions") as answer:
        ids["subscription"] = (await answer.json())[0]["id"]
