"""The sender's hands on a hub: what a publisher says of a case, deposits on it, and reopens."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from connectors.sandbox.hubee.notifications import push
from connectors.sandbox.hubee.records import Status
from tests.world.hubee import HubeeWorld, a_file, as_publisher

V1 = "/teledossiers/v1"


@dataclass(frozen=True)
class Sender:
    world: HubeeWorld
    session: aiohttp.ClientSession

    async def say(self, case_id: str, action: str = "SENDING_MESSAGE", **more: Any) -> str:
        said = {"actionType": action, "notification": True, **more}
        async with self.session.post(f"{V1}/cases/{case_id}/events", json=said) as answer:
            assert answer.status == 201
            return str((await answer.json())["id"])

    async def read(self, case_id: str, event_id: str) -> None:
        await self._patch(f"cases/{case_id}/events/{event_id}", {"status": "RECEIVED"})

    async def deposit(self, case_id: str, *files: tuple[str, str, str, bytes], **more: Any) -> str:
        """As §4.3: declare, upload, send; `caseNewStatus` among `more` reopens."""
        given = files or (a_file(b"deposited"),)
        declared = [
            {"fileName": n, "type": kind, "mimeType": mime, "size": len(body)}
            for n, kind, mime, body in given
        ]
        said = {"actionType": "ATTACH_DEPOSIT", "notification": True, "attachments": declared}
        path = f"cases/{case_id}/events"
        async with self.session.post(f"{V1}/{path}", json=said | more) as answer:
            event = await answer.json()
        for place, (_, _, _, body) in zip(event["attachments"], given, strict=True):
            target = f"{V1}/{path}/{event['id']}/attachments/{place['id']}"
            async with self.session.put(target, data=body) as answer:
                assert answer.status == 204
        await self._patch(f"{path}/{event['id']}", {"status": "SENT"})
        return str(event["id"])

    async def move(self, case_id: str, status: str) -> None:
        await self._patch(f"cases/{case_id}", {"status": status})

    def notify(self, case_id: str) -> None:
        """Silently reopened: the case back at its start, and one more item in the queue."""
        store = self.world.sandbox._hub.store
        with store.change() as kept:
            case = kept.cases[case_id]
            case.status = Status.HUBEE_NOTIFIED
            push(store, case, case.recipient)

    async def _patch(self, path: str, body: dict[str, str]) -> None:
        async with self.session.patch(f"{V1}/{path}", json=body) as answer:
            assert answer.status == 204


@asynccontextmanager
async def sender(world: HubeeWorld) -> AsyncIterator[Sender]:
    async with as_publisher(world) as session:
        yield Sender(world, session)
