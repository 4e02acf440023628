"""A hub on loopback where we publish: our OSL, one recipient and how it answers, and what shows."""

import io
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from connectors.contract import Piece
from connectors.hubee import HubeeOutlet, PublisherSettings
from connectors.sandbox.hubee.access import Caller
from connectors.sandbox.hubee.records import Case, Folder, Status
from connectors.secret import Secret
from tests.world.hubee import US, HubeeWorld, hubee_world, token_for

PROCESS = "RSABEI-RSABAI"
OTHER = "RSABEM-RSABAM"
NEIGHBOUR = ("22080000000012", "08")
V1 = "/teledossiers/v1"
BODIES = {"RSA.csv.gpg": b"sealed for its recipient" * 9, "RSA.csv.manifeste.json": b"{}"}


def pieces(bodies: Mapping[str, bytes] = BODIES) -> list[Piece]:
    return [Piece(name, io.BytesIO(body)) for name, body in bodies.items()]


@dataclass
class PublisherWorld:
    """The hub, seen from the side of the OSL."""

    hub: HubeeWorld
    polled: list[tuple[str, ...]] = field(default_factory=list)  # the démarches each poll asked for

    def __post_init__(self) -> None:
        queues = self.hub.sandbox._hub.queues
        waiting = queues.waiting

        def watched(caller: Caller, most: int, *, processes: list[str], details: bool) -> Any:
            self.polled.append(tuple(processes))
            return waiting(caller, most, processes=processes, details=details)

        queues.waiting = watched  # type: ignore[method-assign]  # watched, not replaced

    def settings(self, **changes: Any) -> PublisherSettings:
        client_id, secret = self.hub.sandbox.publisher
        given: dict[str, Any] = {
            "alias": "cd",
            "token_url": f"{self.hub.base}/oauth2/token",
            "api_url": f"{self.hub.base}{V1}",
            "client_id": client_id,
            "client_secret": Secret(secret),
            "author": "Passerelle",
            "process_code": PROCESS,
            "recipient": US,
            "prefix": "CNAF-RSABEI",
            "kinds": ((".gpg", "RSABEI", "application/octet-stream"), (".json", "RSABAI", "x/y")),
            "attempts": 3,
            "first_wait": 0.001,
            "read_timeout": 5,
        }
        return PublisherSettings(**(given | changes))

    def outlet(self, **changes: Any) -> HubeeOutlet:
        return HubeeOutlet(self.settings(**changes))

    @property
    def _world(self) -> Any:
        return self.hub.sandbox._hub.store.world

    def folders(self) -> list[Folder]:
        return list(self._world.folders.values())

    def cases(self) -> list[Case]:
        return list(self._world.cases.values())

    def drafts(self) -> list[str]:
        """Packages nobody was told of."""
        return [f.external_id for f in self.folders() if f.global_status is Status.HUBEE_RECEIVED]

    def visible(self) -> Mapping[str, bytes]:
        """What the recipients were told they can fetch."""
        store = self.hub.sandbox._hub.store
        told = [f for f in self.folders() if f.global_status is not Status.HUBEE_RECEIVED]
        return {a.file_name: store.blob(a.id).read_bytes() for f in told for a in f.attachments}

    def new_items(self) -> list[str]:
        """Cases announced in the queues of recipients, each as often as it was."""
        return [n.case_id for n in self._world.notifications.values() if n.event_id is None]

    def our_queue(self, process: str = PROCESS) -> int:
        """Items waiting for us, the OSL, under this démarche."""
        items = self._world.notifications.values()
        return sum(n.recipient.type == "OSL" and n.process_code == process for n in items)

    async def says(
        self, case: str, *statuses: str, who: tuple[str, str] = US, process: str = PROCESS
    ) -> None:
        """The recipient posts these statuses on a case, as an SI does."""
        for status in statuses:
            body = {"actionType": "STATUS_UPDATE", "notification": True, "caseNewStatus": status}
            await self.posts(case, body | {"message": "secret du destinataire"}, who, process)

    async def posts(
        self,
        case: str,
        event: Mapping[str, object],
        who: tuple[str, str] = US,
        process: str = PROCESS,
    ) -> None:
        async with (
            self._si(who, process) as session,
            session.post(f"{V1}/cases/{case}/events", json=event) as answer,
        ):
            assert answer.status == 201

    @asynccontextmanager
    async def _si(self, who: tuple[str, str], process: str) -> AsyncIterator[aiohttp.ClientSession]:
        token = await token_for(self.hub, *self.hub.sandbox.subscribe(*who, process))
        headers = {"Authorization": f"Bearer {token}"}
        async with aiohttp.ClientSession(self.hub.base, headers=headers) as session:
            yield session

    async def deposits(self, case: str, body: bytes = b"body") -> None:
        """The recipient leaves a file on its case, where the démarche lets it."""
        store = self.hub.sandbox._hub.store
        process = store.world.processes[PROCESS]
        with store.change(process):
            process.si_attachment_formats_enabled = ["text/plain"]
        file = {"fileName": "f.txt", "type": "t", "size": len(body), "mimeType": "text/plain"}
        event = {"actionType": "ATTACH_DEPOSIT", "notification": True, "attachments": [file]}
        async with (
            self._si(US, PROCESS) as session,
            session.post(f"{V1}/cases/{case}/events", json=event) as answer,
        ):
            made = await answer.json()
            place = f"{V1}/cases/{case}/events/{made['id']}"
            octets = {"Content-Type": "application/octet-stream"}
            upload = f"{place}/attachments/{made['attachments'][0]['id']}"
            assert (await session.put(upload, data=body, headers=octets)).status == 204
            assert (await session.patch(place, json={"status": "SENT"})).status == 204

    def said_by_us(self, case: str) -> Sequence[str | None]:
        events = self.hub.case(case).events
        return [event.new_status for event in events if event.transmitter.type == "OSL"]


@asynccontextmanager
async def publisher_world(folder: Path) -> AsyncIterator[PublisherWorld]:
    async with hubee_world(folder) as hub:
        hub.sandbox.subscribe(*US, PROCESS)
        yield PublisherWorld(hub)
