"""Our queue: everything in it, though HubEE gives no cursor.

1. The batch asked for grows until it is not full: undeleted items come back at the head of every
   poll and would hide the rest for ever. Order is not promised. It stops when growing brings nothing.
2. Items of another démarche are left alone and counted; so are those that cannot be read.
3. Where the details of an event are absent, the event itself is read to decide what it is. An event
   that cannot be read is UNKNOWN, with its reason: it hides no other.
"""

from collections.abc import Sequence
from typing import Final

from connectors.contract import Snag
from connectors.errors import ConnectorError, Denied, Missing
from connectors.hubee.hub import Batch, Item, Saying
from connectors.hubee.patience import abreast
from connectors.hubee.settings import HubeeAccess, HubeeSettings
from connectors.hubee.statuses import snag_of
from connectors.hubee.v1.model import Event, Notification, moment, read, read_each
from connectors.hubee.v1.words import saying_of
from connectors.hubee.wire import Wire

GROWTH: Final = 4
# The largest figure seen in HubEE's own collection; no ceiling is documented.
LARGEST_BATCH: Final = 100_000


async def poll(wire: Wire, settings: HubeeSettings) -> Batch:
    """Every item of this démarche, each once."""
    seen, bad = await everything(wire, settings)
    ours = {n.id: n for n in seen if n.process_code in settings.process_codes}
    readable = [n for n in ours.values() if n.case_id is not None]

    async def understand(item: Notification) -> Item:
        return await _understood(wire, item)

    answers = await abreast(understand, readable)
    items = tuple(
        _unknown(item, answer) if isinstance(answer, ConnectorError) else answer
        for item, answer in zip(readable, answers, strict=True)
    )
    foreign = len({n.id for n in seen}) - len(ours)
    return Batch(items, foreign=foreign, unreadable=bad + len(ours) - len(readable))


async def everything(
    wire: Wire, settings: HubeeAccess, process_code: str = ""
) -> tuple[Sequence[Notification], int]:
    """All that the queue holds, of one démarche when it is named, and how many cannot be read."""
    asked, before = settings.max_result, -1
    while True:
        items, bad = await _batch(wire, settings, asked, process_code)
        count = len(items) + bad
        if count < asked or count <= before or asked >= LARGEST_BATCH:
            return items, bad
        asked, before = min(asked * GROWTH, LARGEST_BATCH), count


async def _batch(
    wire: Wire, settings: HubeeAccess, asked: int, process_code: str
) -> tuple[Sequence[Notification], int]:
    query = {"eventDetails": "true", "maxResult": str(asked)}
    if process_code:
        query["processCode"] = process_code
    try:
        return read_each(await wire.get("/notifications", query), Notification)
    except Missing:
        raise Denied(f"{settings.alias}: api_url does not lead to HubEE's queue") from None


async def _understood(wire: Wire, item: Notification) -> Item:
    if item.event_id is None:
        return _item(item, Saying.NEW)
    saying = saying_of(item.event_status, item.event_action_type)
    if saying is None:
        event = read(await wire.get(f"/cases/{item.case_id}/events/{item.event_id}"), Event)
        saying = saying_of(event.status, event.action_type) or Saying.UNKNOWN
    return _item(item, saying)


def _unknown(item: Notification, error: ConnectorError) -> Item:
    if isinstance(error, Denied) and snag_of(error) is None:
        raise error
    return _item(item, Saying.UNKNOWN, snag_of(error))


def _item(item: Notification, saying: Saying, snag: Snag | None = None) -> Item:
    event = str(item.event_id) if item.event_id else None
    return Item(str(item.id), saying, str(item.case_id), event, moment(item.date_time), snag)
