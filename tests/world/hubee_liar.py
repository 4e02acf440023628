"""A hub that serves one case of one file, and tells of it whatever a test wants."""

import asyncio
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from connectors.contract import Arrival
from connectors.hubee import HubeeSettings, HubeeSource
from connectors.secret import Secret
from tests.world.hubee import CONTACTS, KIND

CASE = "0d5c1a52-1111-4a11-8111-000000000002"
FILE = "0d5c1a52-1111-4a11-8111-000000000003"
Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Liar:
    """`answer` serves the file; `token` and `status` are what the token server says; counted in `asked`."""

    answer: Answering
    token: dict[str, Any] = field(default_factory=lambda: {"expires_in": 3600})
    good: Callable[[str], bool] = lambda _: True
    asked: Counter[str] = field(default_factory=Counter)
    status: int = 200
    base: str = ""

    async def issue(self, _: web.Request) -> web.Response:
        self.asked["token"] += 1
        told = {"access_token": f"t{self.asked['token']}", **self.token}
        return web.json_response(told, status=self.status)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self.asked["file"] += 1
        if not self.good(request.headers["Authorization"].removeprefix("Bearer ")):
            return web.json_response({"errors": [{"code": 900901}]}, status=401)
        return await self.answer(request)

    def source(self, **changes: Any) -> HubeeSource:
        return HubeeSource(self.settings(**changes))

    def settings(self, **changes: Any) -> HubeeSettings:
        given: dict[str, Any] = {
            "alias": "liar",
            "token_url": f"{self.base}/token",
            "api_url": f"{self.base}/teledossiers/v1",
            "client_id": "us",
            "client_secret": Secret("not to be shown"),
            "process_code": CONTACTS,
            "attachment_types": (KIND,),
            "author": "Passerelle",
            "attempts": 3,
            "first_wait": 0.001,
        }
        return HubeeSettings(**(given | changes))


def arrival(size: int | None = None) -> Arrival:
    reference = {"case": CASE, "attachment": FILE, "notification": FILE}
    return Arrival(f"{CASE}/{FILE}", "f", size=size, kind=KIND, reference=reference)


@asynccontextmanager
async def liar(answer: Answering, tls: ssl.SSLContext | None = None) -> AsyncIterator[Liar]:
    told = Liar(answer)
    app = web.Application()
    app.router.add_post("/token", told.issue)
    app.router.add_get(f"/teledossiers/v1/cases/{CASE}/attachments/{FILE}", told.serve)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    assert runner.server is not None
    doors = await asyncio.get_running_loop().create_server(runner.server, "127.0.0.1", 0, ssl=tls)
    port = doors.sockets[0].getsockname()[1]
    told.base = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    try:
        yield told
    finally:
        doors.close()
        await runner.cleanup()
