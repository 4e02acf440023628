"""What both sides do with a case: read it, move it silently, read its files.

1. Unknown is 404, somebody else's is 403.
2. A PATCH moves the case and tells nobody; only its publisher may bring it back to HUBEE_NOTIFIED once
   `rules.strict` is on, and from any status.
3. The hub keeps when each status was first reached: the purge starts there.
"""

from dataclasses import dataclass, field
from typing import Any

from connectors.sandbox.hubee.access import Caller, Scope
from connectors.sandbox.hubee.answers import bad, missing
from connectors.sandbox.hubee.records import (
    Attachment,
    Case,
    Event,
    FileStatus,
    Folder,
    Status,
    files_of,
)
from connectors.sandbox.hubee.rules import Rules
from connectors.sandbox.hubee.store import Store


def status_named(text: str) -> Status:
    """Read a status; the only documented check is that it belongs to the list."""
    if text not in set(Status):
        raise bad("Bad request")
    return Status(text)


def check_awaiting(store: Store, case: Case, wanted: Status) -> None:
    """Refuse to wait for a complement where the démarche does not provide for it."""
    if wanted is Status.ADD_AWAITING:
        process = store.world.processes[case.process_code]
        if not process.authorized_awaiting:
            raise bad("Bad request")


def arrive(store: Store, case: Case, status: Status) -> None:
    """Put the case in a status; to be called inside `change(case)`."""
    now = store.now()
    case.status, case.update_date_time = status, now
    case.reached.setdefault(status, now)
    if status is not Status.ARCHIVED:
        case.close_date_time = now if status is Status.CLOSED else None


def file_view(declared: Attachment) -> dict[str, Any]:
    """Return an attachment as HubEE shows it."""
    return {
        "id": declared.id,
        "status": declared.status,
        "fileName": declared.file_name,
        "type": declared.type,
        "size": declared.size,
        "mimeType": declared.mime_type,
    }


def event_view(event: Event, scope: Scope) -> dict[str, Any]:
    """Return an event as HubEE shows it; the comment is the recipient's own and stays on its side."""
    return {
        "id": event.id,
        "transmitter": event.transmitter,
        "message": event.message,
        "comment": event.comment if scope is Scope.SI else None,
        "actionType": event.action_type,
        "author": event.author,
        "notification": event.notification,
        "createDateTime": event.create_date_time,
        "updateDateTime": event.update_date_time,
        "status": event.status,
        "caseCurrentStatus": event.case_current_status,
        "caseNewStatus": event.case_new_status,
        "partnerAttributes": event.partner_attributes,
        "attachments": [file_view(f) for f in event.attachments],
        "partnerInfo": event.partner_info,
    }


@dataclass(frozen=True, slots=True)
class Cases:
    """The cases of the hub."""

    store: Store
    rules: Rules = field(default_factory=Rules)

    def find(self, caller: Caller, case_id: str) -> Case:
        """Return a case the caller may see: unknown is 404, someone else's is 403."""
        case = self.store.world.cases.get(case_id)
        if case is None:
            raise missing("Case")
        caller.check_sees(case, self._folder(case).osl)
        return case

    def _folder(self, case: Case) -> Folder:
        return self.store.world.folders[case.folder]

    def files(self, case: Case) -> list[Attachment]:
        """Return the files of the folder that this case gets."""
        return files_of(self._folder(case), case)

    def readable(self, case: Case, attachment_id: str) -> Attachment:
        """Return a file whose bytes can be downloaded."""
        for declared in self.files(case):
            if declared.id == attachment_id and declared.status is FileStatus.RECEIVED:
                return declared
        raise missing("File")

    def move(self, caller: Caller, case: Case, wanted: str) -> None:
        """Change the status; no event, no notification."""
        status = status_named(wanted)
        self.rules.check_move(caller.scope, case.status, status)
        check_awaiting(self.store, case, status)
        with self.store.change(case):
            arrive(self.store, case, status)

    def view(self, case: Case, scope: Scope, *, lite: bool = False) -> dict[str, Any]:
        """Return the case as HubEE shows it; `lite` leaves out files and events."""
        whole: dict[str, Any] = {
            "id": case.id,
            "status": case.status,
            "recipient": case.recipient,
            "externalId": case.external_id,
            "processCode": case.process_code,
            "createDateTime": case.create_date_time,
            "updateDateTime": case.update_date_time,
            "transmissionDateTime": case.transmission_date_time,
            "closeDateTime": case.close_date_time,
            "partnerAttributes": case.partner_attributes,
            "applicant": self._folder(case).applicant,
        }
        if lite:
            return whole
        whole["attachments"] = [file_view(f) for f in self.files(case)]
        whole["events"] = [event_view(e, scope) for e in case.events]
        return whole
