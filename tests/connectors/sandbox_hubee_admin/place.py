"""A sandbox with its own door open, and who holds its token."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from connectors.sandbox.hubee import HubeeSandbox
from connectors.sandbox.hubee.admin import PREFIX, AdminClient, Desk, admin_application
from tests.world.hubee import SEED, US, HubeeWorld, token_for

TOKEN = "a token of the tests"
V1 = "/teledossiers/v1"


@dataclass
class Place:
    sandbox: HubeeSandbox
    desk: Desk
    base: str
    admin: AdminClient

    async def queue(self, process: str) -> list[dict[str, Any]]:
        credential = self.sandbox.subscribe(*US, process)
        token = await token_for(HubeeWorld(self.sandbox, self.base), *credential)
        async with (
            aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session,
            session.get(f"{self.base}{V1}/notifications?eventDetails=true&maxResult=500") as answer,
        ):
            items: list[dict[str, Any]] = await answer.json()
            return items

    async def raw(self, **headers: str) -> tuple[int, Any]:
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.get(f"{self.base}{PREFIX}/state") as answer,
        ):
            return answer.status, await answer.json()


@asynccontextmanager
async def a_place(folder: Path) -> AsyncIterator[Place]:
    sandbox = HubeeSandbox(folder, SEED)
    desk = Desk(sandbox, TOKEN, US)
    base = await sandbox.start([(PREFIX, admin_application(desk))])
    yield Place(sandbox, desk, base, AdminClient(base + PREFIX, TOKEN))
    await sandbox.stop()
