"""What both sides do at HubEE V1 in the same way: paths, reading an event, clearing an item."""

from uuid import UUID

from connectors.errors import Missing
from connectors.hubee.hub import Item
from connectors.hubee.v1.words import RECEIVED
from connectors.hubee.wire import Wire


def case_path(delivery: str) -> str:
    """Where a case is."""
    return f"/cases/{UUID(delivery)}"


def event_path(delivery: str, event: str) -> str:
    """Where an event of a case is."""
    return f"{case_path(delivery)}/events/{UUID(event)}"


async def read_event(wire: Wire, item: Item) -> None:
    """Say that we read the event of this item, if it has one. Raises `Missing` when it is gone."""
    if item.event is not None:
        await wire.patch(event_path(item.delivery, item.event), {"status": RECEIVED})


async def clear(wire: Wire, item: str) -> None:
    """Delete one item of our queue; already gone is deleted."""
    try:
        await wire.delete(f"/notifications/{UUID(item)}")
    except Missing:
        return
