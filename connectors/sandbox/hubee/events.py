"""The history of a case: who said what, in what state, and who is told.

1. ATTACH_DEPOSIT carries files and waits for `SENT`; everything else carries none and is SENT at once.
   SENT wants every file RECEIVED: unlike a folder, a deposit with a virus in it cannot be sent.
2. An event that is SENT moves the case (`caseNewStatus`) and, if it asks to, notifies the other side.
3. RECEIVED is the other side's word, and notifies the author's side.
4. A case has two sides, its publisher and whoever receives it: an event belongs to a side, so that a
   case that changed hands stays answerable. The portal speaks for the recipient, and may do either's part.
5. The démarche says whether an SI may send files, of what formats, and whether it may write a message.
"""

from dataclasses import dataclass, field
from typing import Annotated

from msgspec import Meta, Struct
from msgspec import field as default

from connectors.sandbox.hubee.access import Caller, Scope
from connectors.sandbox.hubee.answers import bad, forbidden, missing
from connectors.sandbox.hubee.cases import arrive, check_awaiting, status_named
from connectors.sandbox.hubee.folders import check_files
from connectors.sandbox.hubee.notifications import push
from connectors.sandbox.hubee.records import (
    Action,
    Attachment,
    Case,
    Event,
    EventStatus,
    FileStatus,
    Organisation,
    Process,
    Status,
    Text15,
    Text100,
    Text255,
    Text1000,
    Text1024,
)
from connectors.sandbox.hubee.rules import Rules
from connectors.sandbox.hubee.store import Store


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


def _check_shape(declared: EventDeclared) -> None:
    if declared.action_type not in set(Action):
        raise bad("Bad request")
    if (declared.action_type == Action.ATTACH_DEPOSIT) != bool(declared.attachments):
        raise bad("Bad request")


def _check_process(process: Process, scope: Scope, declared: EventDeclared) -> None:
    if scope is not Scope.SI:
        check_files(process, declared.attachments, process.attachment_formats_enabled)
        return
    if declared.message and not process.message_to_transmitter:
        raise bad("Bad request")
    formats = process.si_attachment_formats_enabled
    if declared.attachments and not formats:
        raise bad("Attachment format is not allowed for this process")
    check_files(process, declared.attachments, formats)


@dataclass(frozen=True, slots=True)
class Events:
    """The events of the hub."""

    store: Store
    rules: Rules = field(default_factory=Rules)

    def post(
        self,
        caller: Caller,
        case: Case,
        declared: EventDeclared,
        info: dict[str, str | None] | None,
    ) -> Event:
        """Write one more line. There is no idempotency key: posting twice is saying it twice."""
        self._check(caller, case, declared)
        with self.store.change(case):
            event = self._event(caller, case, declared, info)
            case.events.append(event)
            if event.status is EventStatus.SENT:
                self._sent(case, event)
        return event

    def _check(self, caller: Caller, case: Case, declared: EventDeclared) -> None:
        _check_shape(declared)
        self.rules.check_room(len(case.events))
        process = self.store.world.processes[case.process_code]
        _check_process(process, caller.scope, declared)
        if declared.case_new_status is not None:
            wanted = status_named(declared.case_new_status)
            check_awaiting(self.store, case, wanted)
            self.rules.check_move(caller.scope, case.status, wanted)

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
            attachments=[self._file(case, f) for f in declared.attachments],
        )

    def _file(self, case: Case, declared: EventFile) -> Attachment:
        return Attachment(
            id=self.store.new_id(),
            file_name=declared.file_name,
            type=declared.type,
            size=declared.size,
            mime_type=declared.mime_type,
            held_by=case.id,
        )

    def _is_publisher(self, case: Case, who: Organisation) -> bool:
        return who == self.store.world.folders[case.folder].osl

    def _side_of(self, case: Case, event: Event, *, other: bool) -> Organisation:
        publisher = self._is_publisher(case, event.transmitter)
        if publisher is not other:
            return self.store.world.folders[case.folder].osl
        return case.recipient

    def _sent(self, case: Case, event: Event) -> None:
        if event.case_new_status is not None:
            arrive(self.store, case, Status(event.case_new_status))
        if event.notification:
            push(self.store, case, self._side_of(case, event, other=True), event)

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
        """`SENT` by its author's side, `RECEIVED` by the other."""
        event = self.find(case, event_id)
        if wanted not in {EventStatus.SENT, EventStatus.RECEIVED}:
            raise bad("Bad request")
        sending = wanted == EventStatus.SENT
        self._check_side(caller, case, event, author=sending)
        if event.status == wanted or (sending and event.status is EventStatus.RECEIVED):
            return
        if sending:
            self._check_sendable(caller, case, event)
        elif event.status is not EventStatus.SENT:
            raise bad("Bad request")
        with self.store.change(case):
            event.status, event.update_date_time = EventStatus(wanted), self.store.now()
            if sending:
                self._sent(case, event)
            else:
                push(self.store, case, self._side_of(case, event, other=False), event)

    def _check_side(self, caller: Caller, case: Case, event: Event, *, author: bool) -> None:
        if caller.is_portal:
            return
        same = self._is_publisher(case, caller.organisation) is self._is_publisher(
            case, event.transmitter
        )
        if same is not author:
            raise forbidden()

    def _check_sendable(self, caller: Caller, case: Case, event: Event) -> None:
        """A deposit is sent whole, and moves the case as it stands then."""
        if any(f.status is not FileStatus.RECEIVED for f in event.attachments):
            raise bad("Bad request")
        if event.case_new_status is not None:
            self.rules.check_move(caller.scope, case.status, Status(event.case_new_status))

    def delete(self, caller: Caller, case: Case, event_id: str) -> None:
        """Give up a deposit that was never sent."""
        event = self.find(case, event_id, "Event")
        self._check_side(caller, case, event, author=True)
        if event.status is not EventStatus.IN_PROGRESS:
            raise bad("Bad Request")
        with self.store.change(case):
            case.events.remove(event)
        for file in event.attachments:
            self.store.blob(file.id).unlink(missing_ok=True)
