"""What a publisher reads of HubEE V1, turned into neutral words. Read leniently, as all of `model`.

A package is a draft only while its folder and its case both are: if either moved, somebody was told.
"""

from uuid import UUID

from msgspec import Struct

from connectors.hubee.answers import Unreadable
from connectors.hubee.hub import HubDelivery, Item, Published, Saying, State, Told
from connectors.hubee.v1.model import Attachment, Case, Event, Notification, moment
from connectors.hubee.v1.reading import files_of
from connectors.hubee.v1.words import TOLD, state_of


class FolderCase(Struct, frozen=True, rename="camel"):
    """One recipient of a folder."""

    id: UUID
    external_id: str
    status: str | None = None


class Folder(Struct, frozen=True, rename="camel"):
    """What we declared, and where it stands."""

    id: UUID
    global_status: str | None = None
    cases: list[FolderCase] | None = None
    attachments: list[Attachment] | None = None


def package_of(folder: Folder) -> Published:
    """The package of a folder; it has one case, for we declare one. Raises `Unreadable`."""
    cases = folder.cases or []
    if len(cases) != 1:
        raise Unreadable("the hub shows a folder of ours without its one case")
    stands = state_of(folder.global_status)
    if stands is State.DRAFT:
        stands = state_of(cases[0].status)
    return Published(str(folder.id), str(cases[0].id), stands, tuple(files_of(folder.attachments)))


def delivery_of(case: Case) -> HubDelivery:
    """A case, with what was said on it and the files its events brought."""
    events = case.events or []
    deposited = (
        file for event in events for file in files_of(event.attachments, event=str(event.id))
    )
    return HubDelivery(
        id=str(case.id),
        state=state_of(case.status),
        files=(*files_of(case.attachments), *deposited),
        history=tuple(_told(event) for event in events),
        sent_at=moment(case.transmission_date_time) or moment(case.create_date_time),
    )


def item_of(seen: Notification) -> Item:
    """An item of the queue. Raises `Unreadable` when it names no case."""
    if seen.case_id is None:
        raise Unreadable("the hub queued an item about nothing")
    event = str(seen.event_id) if seen.event_id else None
    return Item(str(seen.id), _saying(seen), str(seen.case_id), event, moment(seen.date_time))


def _saying(seen: Notification) -> Saying:
    if seen.event_id is None:
        return Saying.NEW
    if seen.event_action_type == "ATTACH_DEPOSIT":
        return Saying.DEPOSIT
    if seen.event_status == "RECEIVED":
        return Saying.ECHO
    # Without details nothing is known yet: whether it brought files is seen in its case.
    told = seen.event_action_type is None or seen.event_action_type in TOLD
    return Saying.WORD if told else Saying.UNKNOWN


def _told(event: Event) -> Told:
    return Told(
        event=str(event.id),
        state=state_of(event.case_new_status) if event.case_new_status else None,
        ours=event.transmitter is not None and event.transmitter.type == "OSL",
        at=moment(event.create_date_time),
    )
