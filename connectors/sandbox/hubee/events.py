"""The history of a case: who said what, in what state, and who is told.

1. ATTACH_DEPOSIT carries files and waits for `SENT`; everything else carries none and is SENT at once.
2. An event that is SENT moves the case (`caseNewStatus`) and, if it asks to, notifies the other side.
3. RECEIVED is the other side's word, and notifies the author.
"""

from dataclasses import dataclass, field
from typing import Annotated

from msgspec import Meta, Struct
from msgspec import field as default

from connectors.sandbox.hubee.access import Caller
from connectors.sandbox.hubee.answers import bad, forbidden, missing
from connectors.sandbox.hubee.cases import status_named
from connectors.sandbox.hubee.notifications import push
from connectors.sandbox.hubee.records import (
    Action,
    Attachment,
    Case,
    Event,
    EventStatus,
    FileStatus,
    Organisation,
    Status,
    Text100,
    Text255,
    Text1000,
    Text1024,
)
from connectors.sandbox.hubee.store import Store

Text15 = Annotated[str, Meta(max_length=15)]


class EventFile(Struct, rename="camel"):
    """A file an event announces."""

    file_name: Text255
    type: Text100
    size: Annotated[int, Meta(ge=0)]
    mime_type: Text255


class EventDeclared(Struct, rename="camel"):
    """The body of `POST /cases/{caseId}/events`."""

    action_type: Text100
    notification: bool
    message: Text1000 | None = None
    comment: Text1000 | None = None
    author: Text255 | None = None
    case_current_status: Text15 | None = None
    case_new_status: Text15 | None = None
    partner_attributes: Text1024 | None = None
    attachments: list[EventFile] = default(default_factory=list)


@dataclass(slots=True)
class Events:
    """The events of the hub. `most` is the number a case may hold; upstream has one, unpublished."""

    store: Store
    most: int | None = field(default=None)

    def post(
        self,
        caller: Caller,
        case: Case,
        declared: EventDeclared,
        info: dict[str, str | None] | None,
    ) -> Event:
        """Write one more line. There is no idempotency key: posting twice is saying it twice."""
        self._check(case, declared)
        with self.store.change():
            event = self._event(caller, case, declared, info)
            case.events.append(event)
            if event.status is EventStatus.SENT:
                self._sent(case, event)
        return event

    def _check(self, case: Case, declared: EventDeclared) -> None:
        if declared.action_type not in set(Action):
            raise bad("Bad request")
        if (declared.action_type == Action.ATTACH_DEPOSIT) != bool(declared.attachments):
            raise bad("Bad request")
        if self.most is not None and len(case.events) >= self.most:
            raise bad("Bad request")
        if declared.case_new_status is None:
            return
        wanted = status_named(declared.case_new_status)
        process = self.store.world.processes[case.process_code]
        if wanted is Status.ADD_AWAITING and not process.authorized_awaiting:
            raise bad("Bad request")

    def _event(
        self,
        caller: Caller,
        case: Case,
        declared: EventDeclared,
        info: dict[str, str | None] | None,
    ) -> Event:
        deposit = declared.action_type == Action.ATTACH_DEPOSIT
        return Event(
            id=self.store.new_id(),
            transmitter=caller.organisation,
            action_type=declared.action_type,
            notification=declared.notification,
            status=EventStatus.IN_PROGRESS if deposit else EventStatus.SENT,
            create_date_time=self.store.now(),
            message=declared.message,
            comment=declared.comment,
            author=declared.author,
            case_current_status=declared.case_current_status or case.status,
            case_new_status=declared.case_new_status,
            partner_attributes=declared.partner_attributes,
            partner_info=info,
            attachments=[self._file(f) for f in declared.attachments],
        )

    def _file(self, declared: EventFile) -> Attachment:
        return Attachment(
            id=self.store.new_id(),
            file_name=declared.file_name,
            type=declared.type,
            size=declared.size,
            mime_type=declared.mime_type,
        )

    def _other_side(self, case: Case, event: Event) -> Organisation:
        osl = self.store.world.folders[case.folder].osl
        return osl if event.transmitter == case.recipient else case.recipient

    def _sent(self, case: Case, event: Event) -> None:
        if event.case_new_status is not None:
            case.status, case.update_date_time = Status(event.case_new_status), self.store.now()
        if event.notification:
            push(self.store, case, self._other_side(case, event), event)

    def find(self, case: Case, event_id: str, word: str = "event") -> Event:
        """One event of a case; HubEE's casing of the 404 varies with the route."""
        for event in case.events:
            if event.id == event_id:
                return event
        raise missing(word)

    def attachment(self, case: Case, event_id: str, attachment_id: str) -> Attachment:
        """One file an event announces."""
        for declared in self.find(case, event_id).attachments:
            if declared.id == attachment_id:
                return declared
        raise missing("Binary meta-data")

    def readable(self, case: Case, event_id: str, attachment_id: str) -> Attachment:
        """Return a file of an event whose bytes can be downloaded."""
        for declared in self.find(case, event_id).attachments:
            if declared.id == attachment_id and declared.status is FileStatus.RECEIVED:
                return declared
        raise missing("file")

    def settle_status(self, caller: Caller, case: Case, event_id: str, wanted: str) -> None:
        """`SENT` by its author, `RECEIVED` by the other side."""
        event = self.find(case, event_id)
        mine = event.transmitter == caller.organisation
        if wanted not in {EventStatus.SENT, EventStatus.RECEIVED}:
            raise bad("Bad request")
        if mine is not (wanted == EventStatus.SENT):
            raise forbidden()
        if mine and any(f.status is not FileStatus.RECEIVED for f in event.attachments):
            raise bad("Bad request")
        if event.status == wanted:
            return
        with self.store.change():
            event.status, event.update_date_time = EventStatus(wanted), self.store.now()
            if mine:
                self._sent(case, event)
            else:
                push(self.store, case, event.transmitter, event)

    def delete(self, caller: Caller, case: Case, event_id: str) -> None:
        """Give up a deposit that was never sent."""
        event = self.find(case, event_id, "Event")
        if event.transmitter != caller.organisation:
            raise forbidden()
        if event.status is not EventStatus.IN_PROGRESS:
            raise bad("Bad Request")
        with self.store.change():
            case.events.remove(event)
