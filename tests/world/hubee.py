"""A hub on loopback with one organisation subscribed, and the gestures tests make on it."""

from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from connectors.contract import Milestone, Notice
from connectors.hubee import HubeeSettings, HubeeSource
from connectors.sandbox.hubee import CaseSeen, HubeeSandbox
from connectors.secret import Secret

SEED = 20261121
US = ("22990000000011", "99")
CONTACTS = "ContactsAllocataires-BRSA"
KIND = "coordonnees-allocataire"
RSA = "RSABEI-RSABAI"

NOTICES = {milestone: Notice(milestone, f"étape {milestone}") for milestone in Milestone}
RECEIVED, READABLE = NOTICES[Milestone.RECEIVED], NOTICES[Milestone.READABLE]
INTEGRATED, REFUSED = NOTICES[Milestone.INTEGRATED], NOTICES[Milestone.REFUSED]
UNREADABLE = NOTICES[Milestone.UNREADABLE]


def a_file(
    body: bytes = b"body", name: str = "f.txt", kind: str = KIND
) -> tuple[str, str, str, bytes]:
    return name, kind, "text/plain", body


@dataclass
class HubeeWorld:
    """The sandbox, its address, and how to stand before it."""

    sandbox: HubeeSandbox
    base: str
    published: int = field(default=0)

    def settings(self, process: str = CONTACTS, **changes: Any) -> HubeeSettings:
        client_id, client_secret = self.sandbox.subscribe(*US, process)
        given: dict[str, Any] = {
            "alias": "hubee-contacts",
            "token_url": f"{self.base}/oauth2/token",
            "api_url": f"{self.base}/teledossiers/v1",
            "client_id": client_id,
            "client_secret": Secret(client_secret),
            "process_code": process,
            "attachment_types": (KIND, "RSABEI", "RSABAI"),
            "author": "Passerelle, département 99",
            "attempts": 3,
            "first_wait": 0.001,
        }
        return HubeeSettings(**(given | changes))

    def source(self, process: str = CONTACTS, **changes: Any) -> HubeeSource:
        return HubeeSource(self.settings(process, **changes))

    def publish(self, *files: tuple[str, str, str, bytes], process: str = CONTACTS) -> str:
        self.sandbox.subscribe(*US, process)
        self.published += 1
        number = f"CNAF-ALLOC-{self.published:013}"
        return self.sandbox.publish(process, US, files or (a_file(),), number)

    def take_back(self, case_id: str) -> None:
        """The files are no longer on the case: HubEE says nothing of them."""
        store = self.sandbox._hub.store
        with store.change() as kept:
            kept.folders[kept.cases[case_id].folder].attachments.clear()

    def case(self, case_id: str) -> CaseSeen:
        return self.sandbox.state().cases[case_id]

    def said(self, case_id: str) -> list[str | None]:
        return [e.new_status for e in self.case(case_id).events]


@asynccontextmanager
async def hubee_world(folder: Path, **options: Any) -> AsyncIterator[HubeeWorld]:
    sandbox = HubeeSandbox(folder, SEED, **options)
    base = await sandbox.start()
    try:
        yield HubeeWorld(sandbox, base)
    finally:
        await sandbox.stop()


@asynccontextmanager
async def as_publisher(world: HubeeWorld) -> AsyncIterator[aiohttp.ClientSession]:
    """A plain HTTP client with the publisher's token: `session.get("/teledossiers/v1/...")`."""
    token = await token_for(world, *world.sandbox.publisher, scope="OSL")
    async with aiohttp.ClientSession(
        world.base, headers={"Authorization": f"Bearer {token}"}
    ) as session:
        yield session


async def token_for(world: HubeeWorld, client_id: str, secret: str, scope: str = "SI") -> str:
    basic = b64encode(f"{client_id}:{secret}".encode()).decode()
    form = {"grant_type": "client_credentials", "scope": scope}
    async with aiohttp.ClientSession(world.base) as session:
        asked = session.post(
            "/oauth2/token", data=form, headers={"Authorization": f"Basic {basic}"}
        )
        async with asked as answer:
            assert answer.status == 200
            return str((await answer.json())["access_token"])
