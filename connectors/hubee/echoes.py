"""Notifications that carry no file: our own events echoed back, and what the other side says.

1. RECEIVED is the hub saying our event was read: deleted.
2. SENT with a known action is marked RECEIVED, then deleted.
3. ATTACH_DEPOSIT brings new files on an old case: left where it is, for it would be lost.
4. An action we do not know is left too: acknowledging what nobody read is losing it.
"""

from connectors.errors import Missing
from connectors.hubee.model import Event, Notification, read
from connectors.hubee.waiting import clear
from connectors.hubee.wire import Wire

TOLD_ONLY = frozenset({"STATUS_UPDATE", "SENDING_MESSAGE", "COM_ADD", "ATTACH_DL", "ATTACH_DL_ALL"})


async def settle_echo(wire: Wire, item: Notification) -> bool:
    """Clear one event notification; False if it must be left."""
    path = f"/cases/{item.case_id}/events/{item.event_id}"
    status, action = item.event_status, item.event_action_type
    if status is None or (status == "SENT" and action is None):
        event = read(await wire.get(path), Event)
        status, action = event.status, event.action_type
    if status == "RECEIVED":
        await clear(wire, item.id)
        return True
    if status != "SENT" or action not in TOLD_ONLY:
        return False
    try:
        await wire.patch(path, {"status": "RECEIVED"})
    except Missing:
        return False
    await clear(wire, item.id)
    return True
