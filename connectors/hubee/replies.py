"""What recipients answer to what we published: found, given, and let go once noted.

1. An answer is known by its delivery, for HubEE says no more: words about a delivery nobody expects are
   left alone, for the queue is shared with the other recipients and démarches of the credential.
2. Whose word it is decides, not whether it was read: killed between reading and noting, we find our
   own reading of an answer in the queue, and the answer is given again.
3. A word that is no answer is read and cleared. A recipient's own text is never kept nor logged.
4. Files a recipient deposits and actions we do not know are left, with a warning: clearing what nobody
   took is losing it.
5. The item of an answer leaves the queue last, after the exchange it ends is closed on our side too.
"""

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from connectors.contract import Answer, Milestone
from connectors.errors import ConnectorError, Missing, Unprepared, Unreachable
from connectors.hubee.hub import HubDelivery, HubPublisher, Item, Saying, State, Told
from connectors.hubee.prepared import Prepared

log = logging.getLogger(__name__)

FAILURES_IN_A_ROW: Final = 3
MEANS: Final = {
    State.PROCESSING: Milestone.RECEIVED,
    State.DONE: Milestone.INTEGRATED,
    State.REFUSED: Milestone.REFUSED,
    State.FAILED: Milestone.UNREADABLE,
}
ENDS: Final = (Milestone.INTEGRATED, Milestone.REFUSED)
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


async def heard(hub: HubPublisher, alias: str, expected: Sequence[str]) -> Sequence[Answer]:
    """What recipients said of these deliveries, oldest first; see `Answered.answers`."""
    known = _by_delivery(expected)
    words: dict[str, list[Item]] = {}
    for item in (await hub.poll()).items:
        if item.delivery in known and item.event is not None:
            words.setdefault(item.delivery, []).append(item)
    found: list[Answer] = []
    failures = 0
    for delivery, items in words.items():
        try:
            found += await _said_of(hub, alias, known[delivery], items)
            failures = 0
        except ConnectorError as error:
            log.warning("%s: an answer is left for later: %s", alias, type(error).__name__)
            failures += isinstance(error, Unreachable)
            if failures == FAILURES_IN_A_ROW:
                raise
    return sorted(found, key=lambda answer: (answer.said_at or _LONG_AGO, answer.key))


async def note(hub: HubPublisher, answer: Answer) -> None:
    """Let an answer go; see `Answered.noted`."""
    known = Prepared.of(answer.prepared)
    item = Item(answer.reference["item"], Saying.WORD, known.delivery, answer.key)
    with suppress(Missing):  # the hub forgot the exchange: there is nothing left to close
        await hub.read(item)
        if answer.milestone in ENDS:
            await hub.conclude(known.delivery, known.package)
    await hub.clear(item.id)


def _by_delivery(expected: Sequence[str]) -> Mapping[str, str]:
    known: dict[str, str] = {}
    for text in expected:
        with suppress(Unprepared):  # prepared elsewhere: its recipient was not at HubEE then
            known[Prepared.of(text).delivery] = text
    return known


async def _said_of(
    hub: HubPublisher, alias: str, prepared: str, items: Sequence[Item]
) -> list[Answer]:
    delivery = await hub.load(items[0].delivery)
    history = {told.event: told for told in delivery.history}
    found: list[Answer] = []
    for item in items:
        told = history.get(item.event or "")
        if told is None or _is_left(item, delivery):
            log.warning("%s: item %s is left in the queue, look at it", alias, item.id)
            continue
        milestone = _milestone(told)
        if milestone is None:
            await _dismiss(hub, item, told)
        else:
            found.append(Answer(told.event, prepared, milestone, told.at, {"item": item.id}))
    return found


def _is_left(item: Item, delivery: HubDelivery) -> bool:
    brings_files = any(file.event == item.event for file in delivery.files)
    return brings_files or item.saying in {Saying.DEPOSIT, Saying.UNKNOWN}


def _milestone(told: Told) -> Milestone | None:
    return None if told.ours or told.state is None else MEANS.get(told.state)


async def _dismiss(hub: HubPublisher, item: Item, told: Told) -> None:
    if not told.ours:
        await hub.read(item)
    await hub.clear(item.id)
