"""What waits for us, delivery by delivery: the items that bring files, and which files they bring.

1. A delivery that is new brings its own files, a deposit those of its event. All that waits on one
   delivery goes together: what we say of it lets the hub erase all of it.
2. A deposit nobody read counts even when no item tells of it: it came since, or silently.
3. A type no setting mentions, a file that never came, a state invented since: the whole delivery is
   parked. So is one without a file.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from connectors.contract import Arrival, Snag, Withholding
from connectors.hubee.hub import FileState, HubDelivery, HubFile, Item, Saying
from connectors.hubee.settings import HubeeSettings

BRINGING = frozenset({Saying.NEW, Saying.DEPOSIT})
WITHHELD: Mapping[FileState, Withholding] = {
    FileState.INFECTED: Withholding.VIRUS,
    FileState.REJECTED: Withholding.REJECTED,
    FileState.PURGED: Withholding.PURGED,
}
LONG_AGO = datetime.min.replace(tzinfo=UTC)


def age(item: Item) -> tuple[datetime, str]:
    """What sorts items, the oldest first; undated ones are taken for old."""
    return item.at or LONG_AGO, item.id


def by_delivery(items: Iterable[Item]) -> dict[str, tuple[Item, ...]]:
    """The items that bring files, the delivery of the oldest first."""
    waiting: dict[str, tuple[Item, ...]] = {}
    for item in sorted(items, key=age):
        if item.saying in BRINGING:
            waiting[item.delivery] = (*waiting.get(item.delivery, ()), item)
    return waiting


def deposits_of(items: Iterable[Item]) -> list[str]:
    """The events these items tell of."""
    return [item.event for item in items if item.saying is Saying.DEPOSIT and item.event]


def brought(
    delivery: HubDelivery, items: Sequence[Item], settings: HubeeSettings
) -> Sequence[HubFile] | Snag:
    """The files that wait, those of ignored types left out; or why none can be offered."""
    events, new = {*deposits_of(items), *delivery.unread}, any(i.event is None for i in items)
    files = [f for f in delivery.files if (new if f.event is None else f.event in events)]
    known = {*settings.attachment_types, *settings.ignored_types}
    if any(file.kind not in known for file in files):
        return Snag.UNDECLARED_KIND
    files = [file for file in files if file.kind in settings.attachment_types]
    states = {file.state for file in files}
    if FileState.UNKNOWN in states:
        return Snag.UNREADABLE
    if FileState.PENDING in states or not files:
        return Snag.NOT_UPLOADED
    return files


def lost_on(file: HubFile, settings: HubeeSettings) -> date | None:
    """The first day the hub may have erased a file it still has; None while we cannot know."""
    if file.purged_from is None or settings.purge_days is None or file.state in WITHHELD:
        return None
    return file.purged_from.date() + timedelta(days=settings.purge_days + 1)


def key_of(delivery: HubDelivery, file: HubFile) -> str:
    """The key of the arrival that a file of a delivery is."""
    return f"{delivery.id}/{file.key}"


def arrival_of(
    delivery: HubDelivery, file: HubFile, items: Sequence[Item], settings: HubeeSettings
) -> Arrival:
    """One file, as the gateway sees it."""
    told_by = [item for item in items if item.event == file.event] or list(items)
    reference = {
        "case": delivery.id,
        "attachment": file.id,
        "notification": " ".join(item.id for item in told_by),
        "created": delivery.sent_at.isoformat() if delivery.sent_at else "",
    }
    return Arrival(
        key=key_of(delivery, file),
        name=file.name,
        size=file.size,
        seen_at=told_by[0].at,
        kind=file.kind,
        reference=reference | ({"event": file.event} if file.event else {}),
        withheld=WITHHELD.get(file.state),
        lost_on=lost_on(file, settings),
    )


def file_of(arrival: Arrival) -> HubFile:
    """The file of an arrival, as it was when listed."""
    known = arrival.reference
    return HubFile(
        id=known["attachment"],
        kind=arrival.kind,
        name=arrival.name,
        size=arrival.size,
        state=FileState.READY,
        event=known.get("event"),
    )


def items_of(arrival: Arrival) -> tuple[Item, ...]:
    """The items of an arrival, rebuilt when nothing is remembered of its delivery."""
    known, event = arrival.reference, arrival.reference.get("event")
    saying = Saying.DEPOSIT if event else Saying.NEW
    ids = known["notification"].split()
    return tuple(Item(i, saying, known["case"], event, arrival.seen_at) for i in ids)
