"""HubEE V1 as an SI consumes it: the driver that `HubConsumer` describes.

1. A status is posted by an event, which moves the case itself; in the older generation the case is
   moved first, silently. Nothing here is tried twice that could be said twice.
2. Our mark travels in the comment of the event, which the sender does not see.
3. The bytes of a deposited file come by the route of its event, the others by that of the case.
"""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from msgspec.structs import replace

from connectors.errors import Missing
from connectors.hubee.hub import Batch, HubDelivery, HubFile, Item, State, Stream
from connectors.hubee.settings import Generation, HubeeSettings
from connectors.hubee.v1.digests import announced_digest
from connectors.hubee.v1.gestures import case_path, clear, event_path, read_event
from connectors.hubee.v1.model import Case, Event, read
from connectors.hubee.v1.queue import poll
from connectors.hubee.v1.reading import delivery_of, is_unread
from connectors.hubee.v1.words import STATUSES
from connectors.hubee.wire import Wire


@dataclass(frozen=True, slots=True)
class V1Consumer:
    """One credential, hence one démarche of one organisation."""

    wire: Wire
    settings: HubeeSettings

    async def poll(self) -> Batch:
        """See `HubConsumer`."""
        return await poll(self.wire, self.settings)

    async def load(self, delivery: str, deposits: Collection[str] = ()) -> HubDelivery:
        """See `HubConsumer`."""
        case = read(await self.wire.get(case_path(delivery)), Case)
        shown = {str(e.id): e for e in case.events or []}
        wanted = {*deposits, *(i for i, e in shown.items() if is_unread(e, case.recipient))}
        for event in sorted(wanted):
            # Lists are null-heavy: a deposit always has files, and its own page shows them.
            if event not in shown or not shown[event].attachments:
                shown[event] = read(await self.wire.get(event_path(delivery, event)), Event)
        whole = replace(case, events=list(shown.values()))
        return delivery_of(whole, deposits, self.settings.purge_status)

    @asynccontextmanager
    async def open_file(self, delivery: str, file: HubFile) -> AsyncIterator[Stream]:
        """See `HubConsumer`."""
        holder = event_path(delivery, file.event) if file.event else case_path(delivery)
        async with self.wire.download(f"{holder}/attachments/{UUID(file.id)}") as answer:
            yield Stream(announced_digest(answer.headers.get("digest")), answer)

    async def report(self, delivery: HubDelivery, state: State, message: str, mark: str) -> None:
        """See `HubConsumer`."""
        status = STATUSES[state]
        event: dict[str, object] = {
            "actionType": "STATUS_UPDATE",
            "author": self.settings.author,
            "notification": True,
            "caseNewStatus": status,
            "message": message,
            "comment": mark,
        }
        if self.settings.status_generation is Generation.PATCH_AND_EVENT:
            if delivery.called != status:
                await self.wire.patch(case_path(delivery.id), {"status": status})
            event["caseCurrentStatus"] = delivery.called or None
        await self.wire.post_once(f"{case_path(delivery.id)}/events", event)

    async def read(self, item: Item) -> None:
        """See `HubConsumer`."""
        try:
            await read_event(self.wire, item)
        except Missing:
            return

    async def clear(self, item: str) -> None:
        """See `HubConsumer`."""
        await clear(self.wire, item)

    async def close(self) -> None:
        """See `HubConsumer`."""
        await self.wire.close()
