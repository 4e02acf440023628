"""A hub seen from each of its sides, over HTTP, with a clock the test sets."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp

from connectors.sandbox.hubee import HubeeSandbox, SetClock
from tests.world.hubee import CONTACTS, KIND, SEED, US, HubeeWorld, token_for

V1, REF = "/teledossiers/v1", "/referential/v1"
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
ELSEWHERE = (US[0], "98")  # the same SIRET, another branch
Answer = tuple[int, Any]


def organisation(siret: str = US[0], branch: str = US[1]) -> dict[str, str]:
    return {"type": "SI", "companyRegister": siret, "branchCode": branch}


def a_file(body: bytes = b"body", **changes: Any) -> dict[str, Any]:
    file = {"fileName": "f.txt", "type": KIND, "size": len(body), "mimeType": "text/plain"}
    return file | changes


def sentence(content: Any) -> str:
    (error,) = content["errors"]
    return str(error["message"])


@dataclass(frozen=True)
class Side:
    """Somebody with a token."""

    session: aiohttp.ClientSession

    async def ask(self, method: str, path: str, **options: Any) -> Answer:
        async with self.session.request(method, path, **options) as answer:
            is_json = answer.content_type == "application/json"
            return answer.status, await (answer.json() if is_json else answer.read())

    async def get(self, path: str) -> Any:
        status, content = await self.ask("GET", path)
        assert status == 200, content
        return content

    async def queue(self) -> list[Any]:
        return list(await self.get(f"{V1}/notifications?eventDetails=true&maxResult=1000"))

    async def case(self, case_id: str) -> Any:
        return await self.get(f"{V1}/cases/{case_id}")

    async def move(self, case_id: str, status: str) -> int:
        return (await self.ask("PATCH", f"{V1}/cases/{case_id}", json={"status": status}))[0]

    async def say(self, case_id: str, status: str | None = None, **said: Any) -> Answer:
        whole = {"actionType": "STATUS_UPDATE", "notification": True, "caseNewStatus": status}
        return await self.ask("POST", f"{V1}/cases/{case_id}/events", json=whole | said)

    async def deposit(self, case_id: str, file: dict[str, Any], **said: Any) -> Answer:
        return await self.say(case_id, actionType="ATTACH_DEPOSIT", attachments=[file], **said)


@dataclass(frozen=True)
class Declared:
    """A folder of one case and its files, as the publisher knows it."""

    publisher: Side
    path: str
    case_id: str
    files: list[str]

    async def upload(
        self, body: bytes | AsyncIterator[bytes] = b"body", which: int = 0, **options: Any
    ) -> Answer:
        path = f"{self.path}/attachments/{self.files[which]}"
        return await self.publisher.ask("PUT", path, data=body, **options)

    async def settle(self, status: str = "HUBEE_COMPLETED") -> Answer:
        return await self.publisher.ask("PATCH", self.path, json={"globalStatus": status})

    async def statuses(self) -> list[str]:
        folder = await self.publisher.get(self.path)
        return [file["status"] for file in folder["attachments"]]

    def download(self, which: int = 0) -> str:
        return f"{V1}/cases/{self.case_id}/attachments/{self.files[which]}"


@dataclass
class Sides:
    """The hub, and whoever stands before it. `us` is subscribed to the contacts."""

    sandbox: HubeeSandbox
    base: str
    clock: SetClock
    stack: AsyncExitStack
    publisher: Side = field(init=False)
    portal: Side = field(init=False)
    datapass: Side = field(init=False)
    us: Side = field(init=False)
    declared: int = 0

    async def enter(self, credential: tuple[str, str], scope: str = "SI") -> Side:
        world = HubeeWorld(self.sandbox, self.base)
        token = await token_for(world, *credential, scope=scope)
        headers = {"Authorization": f"Bearer {token}"}
        session = aiohttp.ClientSession(self.base, headers=headers)
        return Side(await self.stack.enter_async_context(session))

    async def subscriber(self, siret: str, branch: str, process: str = CONTACTS) -> Side:
        return await self.enter(self.sandbox.subscribe(siret, branch, process))

    async def renew(self) -> None:
        """Enter again: time passed, and tokens with it."""
        standing = self.sandbox.standing
        self.publisher = await self.enter(standing["osl-cnaf"], "OSL")
        self.portal = await self.enter(standing["admin-portail"], "ADMIN")
        self.datapass = await self.enter(standing["datapass"], "DATAPASS")
        self.us = await self.subscriber(*US)

    async def days_pass(self, days: float) -> None:
        self.clock.advance(timedelta(days=days))
        await self.renew()

    async def declare(
        self, *files: dict[str, Any], by: Side | None = None, **changes: Any
    ) -> Declared:
        status, made = await self.ask_folder(*files, by=by, **changes)
        assert status == 201, made
        ids = [file["id"] for file in made["attachments"]]
        path = f"{V1}/folders/{made['id']}"
        return Declared(by or self.publisher, path, made["cases"][0]["id"], ids)

    async def ask_folder(
        self, *files: dict[str, Any], by: Side | None = None, **changes: Any
    ) -> Answer:
        self.declared += 1
        number = f"CNAF-ALLOC-{self.declared:013}"
        given = files or (a_file(),)
        whole = {
            "processCode": CONTACTS,
            "externalId": number,
            "applicant": {"firstName": "CNAF", "lastName": "CNAF"},
            "cases": [{"recipient": organisation(), "externalId": f"{number}-01"}],
            "attachments": [{"recipients": [f"{number}-01"]} | file for file in given],
        }
        return await (by or self.publisher).ask("POST", f"{V1}/folders", json=whole | changes)

    async def publish(self, body: bytes = b"body") -> Declared:
        folder = await self.declare(a_file(body))
        assert (await folder.upload(body))[0] == 204
        assert (await folder.settle())[0] == 204
        return folder

    async def change_process(self, code: str = CONTACTS, **changes: Any) -> None:
        known = await self.portal.get(f"{REF}/processes/{code}")
        path = f"{REF}/processes/{code}"
        status, content = await self.portal.ask("PUT", path, json=known | changes)
        assert status == 200, content


@asynccontextmanager
async def sides_of(folder: Path, **options: Any) -> AsyncIterator[Sides]:
    clock = SetClock(NOON)
    sandbox = HubeeSandbox(folder, SEED, clock=clock, **options)
    base = await sandbox.start()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(sandbox.stop)
        sides = Sides(sandbox, base, clock, stack)
        await sides.renew()
        yield sides
