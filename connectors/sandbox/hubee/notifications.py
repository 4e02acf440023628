"""The queues: an item is served at every poll until its recipient deletes it. No cursor, no lease.

The portal, which stands in for everybody, sees and may delete every item.
"""

import random
from itertools import islice
from typing import Any

from connectors.sandbox.hubee.access import Caller, Scope
from connectors.sandbox.hubee.answers import forbidden, missing
from connectors.sandbox.hubee.records import Case, Event, Notification, Organisation
from connectors.sandbox.hubee.store import Store

BATCH = 25


def push(store: Store, case: Case, to: Organisation, event: Event | None = None) -> None:
    """Queue one item about a case; to be called inside `change()`."""
    osl = store.world.folders[case.folder].osl
    sender = osl if to == case.recipient else case.recipient
    item = Notification(
        id=store.new_id(),
        recipient=to,
        transmitter=sender,
        process_code=case.process_code,
        case_id=case.id,
        event_id=event.id if event else None,
        date_time=store.now(),
    )
    store.world.notifications[item.id] = item


def _is_for(caller: Caller, item: Notification) -> bool:
    if caller.is_portal:
        return True
    if item.recipient != caller.organisation:
        return False
    return caller.scope is Scope.OSL or item.process_code == caller.process_code


class Queues:
    """Serves batches, shuffled within the batch: HubEE promises no order."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._dice = random.Random(store.world.seed)  # noqa: S311 - a reproducible disorder

    def waiting(
        self, caller: Caller, most: int, *, processes: list[str], details: bool
    ) -> list[dict[str, Any]]:
        """Return a batch for this caller."""
        held = self._store.world.notifications
        queue = held.values() if caller.is_portal else held.among(caller.organisation)
        mine = (n for n in queue if _is_for(caller, n))
        batch = list(
            islice((n for n in mine if not processes or n.process_code in processes), most)
        )
        self._dice.shuffle(batch)
        return [self._seen(item, details=details) for item in batch]

    def _seen(self, item: Notification, *, details: bool) -> dict[str, Any]:
        seen: dict[str, Any] = {
            "id": item.id,
            "recipient": item.recipient,
            "transmitter": item.transmitter,
            "processCode": item.process_code,
            "caseId": item.case_id,
            "eventId": item.event_id,
            "dateTime": item.date_time,
        }
        if details:
            events = {e.id: e for e in self._store.world.cases[item.case_id].events}
            event = events.get(item.event_id or "")
            seen["eventActionType"] = event.action_type if event else None
            seen["eventStatus"] = event.status if event else None
        return seen

    def delete(self, caller: Caller, notification_id: str) -> None:
        """Delete an item, which is acknowledging it."""
        item = self._store.world.notifications.get(notification_id)
        if item is None:
            raise missing("Notification")
        if not _is_for(caller, item):
            raise forbidden()
        with self._store.change() as world:
            del world.notifications[notification_id]
