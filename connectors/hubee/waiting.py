"""Our queue: everything in it, though HubEE gives no cursor.

The batch asked for grows until it is not full: undeleted items come back at the head of every poll
and would hide the rest for ever. Order is not promised. Items of another démarche are left alone.
"""

import logging
from uuid import UUID

from connectors.errors import Denied, Missing
from connectors.hubee.model import Notification, read_each
from connectors.hubee.settings import HubeeSettings
from connectors.hubee.wire import Wire

log = logging.getLogger(__name__)

GROWTH = 4
# The largest figure seen in HubEE's own collection; no ceiling is documented.
LARGEST_BATCH = 100_000


async def waiting(wire: Wire, settings: HubeeSettings) -> list[Notification]:
    """Every notification of this démarche, each once."""
    asked = settings.max_result
    while True:
        items, bad = await _batch(wire, settings, asked)
        if len(items) + bad < asked or asked >= LARGEST_BATCH:
            break
        asked = min(asked * GROWTH, LARGEST_BATCH)
    if bad:
        log.warning("%s: %d notifications cannot be read and are left", settings.alias, bad)
    ours = {n.id: n for n in items if n.process_code in settings.process_codes}
    if len(ours) < len({n.id for n in items}):
        log.warning("%s: notifications of another démarche are left alone", settings.alias)
    return list(ours.values())


async def _batch(wire: Wire, settings: HubeeSettings, asked: int) -> tuple[list[Notification], int]:
    query = {"eventDetails": "true", "maxResult": str(asked)}
    try:
        return read_each(await wire.get("/notifications", query), Notification)
    except Missing:
        raise Denied(f"{settings.alias}: api_url does not lead to HubEE's queue") from None


async def clear(wire: Wire, notification_id: UUID | str) -> None:
    """Delete one item; already gone is deleted."""
    try:
        await wire.delete(f"/notifications/{UUID(str(notification_id))}")
    except Missing:
        return
