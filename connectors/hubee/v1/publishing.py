"""The `HubPublisher` of HubEE V1: one OSL, one démarche, one recipient.

1. POST /folders has no idempotency key and nothing finds a folder by its number: it is asked once.
   After an ambiguous failure the folder may exist; it stays HUBEE_RECEIVED, and nobody is ever told.
2. GET, PUT and DELETE are tried again: done twice, they are done once.
3. HUBEE_COMPLETED queues a notification: it is asked once, and after a doubt the folder is read before
   it is asked again. After a timeout the hub may still be at work: nothing more is asked in that call.
4. The closing event is posted once: the case is read again before any other try.
5. Only our démarche is polled, for the queue is shared by all those of the OSL.
"""

from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import BinaryIO, Final
from uuid import UUID

from connectors.errors import Denied, Missing, Unreachable
from connectors.hubee.answers import Rejected, TimedOut, Unreadable
from connectors.hubee.bounded import CHUNK
from connectors.hubee.hub import Batch, Enclosed, HubDelivery, Item, Published, State
from connectors.hubee.settings import PublisherSettings
from connectors.hubee.v1.gestures import case_path, clear, read_event
from connectors.hubee.v1.model import Case, read
from connectors.hubee.v1.packages import Folder, delivery_of, item_of, package_of
from connectors.hubee.v1.queue import everything
from connectors.hubee.wire import Wire

LONGEST_NUMBER: Final = 27  # its case adds "-01", and HubEE holds 30 characters


class V1Publisher:
    """Speaks for one `PublisherSettings`, on a wire of its own."""

    def __init__(self, wire: Wire, settings: PublisherSettings) -> None:
        self._wire, self._settings = wire, settings

    async def create(self, number: str, files: Sequence[Enclosed]) -> Published:
        """See `HubPublisher`. `Unreachable`: perhaps declared, and then left as rule 1 says."""
        _check_declared(number, files)
        try:
            raw = await self._wire.post_once("/folders", self._declaration(number, files))
        except Rejected:
            raise Denied(
                f"{self._settings.alias}: HubEE refuses this package; check that the recipient exists"
                " there and is subscribed to the démarche, and the types and sizes it accepts"
            ) from None
        folder = read(raw, Folder)
        if f"{number}-01" not in {case.external_id for case in folder.cases or []}:
            raise Unreadable("the hub declared another case than the one asked for")
        return package_of(folder)

    def _declaration(self, number: str, files: Sequence[Enclosed]) -> dict[str, object]:
        siret, branch = self._settings.recipient
        recipient = {"type": "SI", "companyRegister": siret, "branchCode": branch}
        operator = self._settings.prefix.partition("-")[0]
        return {
            "processCode": self._settings.process_code,
            "externalId": number,
            "applicant": {"firstName": operator, "lastName": operator},
            "cases": [{"recipient": recipient, "externalId": f"{number}-01"}],
            "attachments": [
                {
                    "fileName": file.name,
                    "type": file.kind,
                    "size": file.size,
                    "mimeType": file.mime,
                    "recipients": [f"{number}-01"],
                }
                for file in files
            ],
        }

    async def upload(self, package: Published, file: Enclosed) -> None:
        """See `HubPublisher`. The body is read from its start, whatever was read of it before."""
        place = next((held.id for held in package.files if held.name == file.name), None)
        if place is None:
            raise Unreadable("the hub did not declare every file asked for")
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Length": str(file.size),
            "digest": b64encode(file.sha256).decode(),  # HubEE writes it without prefix
        }
        path = f"/folders/{UUID(package.id)}/attachments/{UUID(place)}"
        try:
            await self._wire.put(path, lambda: _chunks(file.body), headers)
        except Rejected:
            raise Denied(
                f"{self._settings.alias}: HubEE refuses the bytes of a file; they are not as long as"
                " declared, or its démarche accepts no such file"
            ) from None

    async def look(self, package: str) -> Published:
        """See `HubPublisher`."""
        return package_of(read(await self._wire.get(f"/folders/{UUID(package)}"), Folder))

    async def complete(self, package: str) -> None:
        """See `HubPublisher`."""
        path, wanted = f"/folders/{UUID(package)}", {"globalStatus": "HUBEE_COMPLETED"}

        async def is_owed() -> bool:
            return (await self.look(package)).state is State.DRAFT

        await self._once_if(is_owed, lambda: self._wire.patch_once(path, wanted))

    async def cancel(self, package: str) -> None:
        """See `HubPublisher`. Raises `Denied` when its recipient was told."""
        try:
            await self._wire.delete(f"/folders/{UUID(package)}")
        except Missing:
            return
        except Rejected:
            raise Denied(
                f"{self._settings.alias}: too late to cancel, the recipient was told"
            ) from None

    async def poll(self) -> Batch:
        """See `HubPublisher`. The batch asked for grows until it is not full: there is no cursor."""
        code = self._settings.process_code
        seen, bad = await everything(self._wire, self._settings, code)
        ours = {n.id: n for n in seen if n.process_code == code}
        items = [item_of(n) for n in ours.values() if n.case_id is not None]
        return Batch(
            tuple(items),
            foreign=len({n.id for n in seen}) - len(ours),
            unreadable=bad + len(ours) - len(items),
        )

    async def load(self, delivery: str) -> HubDelivery:
        """See `HubPublisher`."""
        return delivery_of(read(await self._wire.get(case_path(delivery)), Case))

    async def conclude(self, delivery: str, package: str) -> None:
        """See `HubPublisher`. Concluding twice is concluding once."""
        case = case_path(delivery)
        before = (await self.load(delivery)).state
        if before is not State.CLOSED:
            await self._wire.patch(case, {"status": "CLOSED"})
        event = {
            "actionType": "STATUS_UPDATE",
            "author": self._settings.author,
            # The recipient has nothing to do about it: told by the status, not by one more item.
            "notification": False,
            "caseNewStatus": "CLOSED",
        }

        async def is_owed() -> bool:
            history = (await self.load(delivery)).history
            return not any(told.ours and told.state is State.CLOSED for told in history)

        await self._once_if(is_owed, lambda: self._wire.post_once(f"{case}/events", event))
        await self._close_package(package)

    async def _close_package(self, package: str) -> None:
        if (await self.look(package)).state is State.CLOSED:
            return
        closing = {"globalStatus": "CLOSED", "closeDateTime": datetime.now(UTC).isoformat()}
        await self._wire.patch(f"/folders/{UUID(package)}", closing)

    async def read(self, item: Item) -> None:
        """See `HubPublisher`. Reading twice is reading once."""
        await read_event(self._wire, item)

    async def clear(self, item: str) -> None:
        """See `HubPublisher`. Clearing twice is clearing once."""
        await clear(self._wire, item)

    async def close(self) -> None:
        """See `HubPublisher`."""
        await self._wire.close()

    async def _once_if(
        self, is_owed: Callable[[], Awaitable[bool]], act: Callable[[], Awaitable[object]]
    ) -> None:
        """Do what has an effect beyond itself: look, act, and after a doubt look again."""
        for attempt in range(self._settings.attempts):
            if not await is_owed():
                return
            try:
                await act()
            except TimedOut:
                if not await is_owed():
                    return
                raise
            except Unreachable:
                await self._wire.pause(attempt)
            else:
                return
        if await is_owed():
            raise Unreachable(f"{self._settings.alias}: HubEE does not take what we say")


def _check_declared(number: str, files: Sequence[Enclosed]) -> None:
    if not 0 < len(number) <= LONGEST_NUMBER:
        raise ValueError(f"a folder number holds 1 to {LONGEST_NUMBER} characters")
    if len({file.name for file in files}) < len(files) or not files:
        raise ValueError("a package holds at least one file, and each has a name of its own")
    if not all(file.size for file in files):
        # HubEE answers an upload without bytes with an error it cannot write itself (500).
        raise Denied("HubEE takes no empty file")


async def _chunks(body: BinaryIO) -> AsyncIterator[bytes]:
    body.seek(0)
    while chunk := body.read(CHUNK):
        yield chunk
