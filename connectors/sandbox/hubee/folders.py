"""What a publisher does: declare a folder, upload its files, complete it or give it up.

1. Every recipient exists and is subscribed, and every file is of a type, a format and a size the
   démarche takes, before anything is created.
2. HUBEE_COMPLETED queues one notification per case, once, and moves everything to HUBEE_NOTIFIED.
   Checking that each file is RECEIVED is the publisher's part (it reads its folder first): the hub
   completes a folder whatever the state of its files, and what is not RECEIVED cannot be downloaded.
3. Any other status is the folder's own: its cases do not follow.
4. A folder nobody heard of may be deleted: HUBEE_RECEIVED, without event or notification.
5. The portal may do all this for the publisher of the démarche.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from msgspec import Meta, Struct, field

from connectors.sandbox.hubee.access import Caller
from connectors.sandbox.hubee.answers import bad, forbidden, missing
from connectors.sandbox.hubee.cases import arrive, file_view, status_named
from connectors.sandbox.hubee.notifications import push
from connectors.sandbox.hubee.purge import forget
from connectors.sandbox.hubee.records import (
    Applicant,
    Attachment,
    Case,
    Folder,
    Held,
    Organisation,
    Process,
    Status,
    Text30,
    Text100,
    Text255,
    Text1024,
)
from connectors.sandbox.hubee.shelves import World
from connectors.sandbox.hubee.store import Store

PartnerInfo = dict[str, str | None] | None


class CaseDeclared(Struct, rename="camel"):
    """One recipient of a new folder."""

    recipient: Organisation
    external_id: Text100
    partner_attributes: Text1024 | None = None


class FileDeclared(Struct, rename="camel"):
    """One file of a new folder, and the numbers of the cases that get it."""

    file_name: Text255
    type: Text100
    size: Annotated[int, Meta(ge=0)]
    mime_type: Text255
    recipients: Annotated[list[str], Meta(min_length=1)]


class Declared(Protocol):
    """What is checked of a file before its bytes come."""

    mime_type: str
    size: int


class FolderDeclared(Struct, rename="camel"):
    """The body of `POST /folders`."""

    process_code: Text30
    applicant: Applicant
    external_id: Text30
    cases: Annotated[list[CaseDeclared], Meta(min_length=1)]
    attachments: list[FileDeclared] = field(default_factory=list)


def _check_recipient(world: World, recipient: Organisation, process: str) -> None:
    if str(recipient) not in world.organisations:
        raise bad(f"Case recipient {recipient} does not exist")
    held = world.subscriptions.among(recipient)
    if not any(s.process_code == process and s.status is Held.ACTIVE for s in held):
        raise bad(f"Case recipient {recipient} does not suscribed to {process}")


def check_files(process: Process, files: Sequence[Declared], formats: Sequence[str]) -> None:
    """Raise unless each declared file is of a format given, and no longer than the démarche takes."""
    if formats and any(f.mime_type not in formats for f in files):
        raise bad("Attachment format is not allowed for this process")
    if any(f.size > process.attachment_max_size_enabled for f in files):
        raise bad("Attachment size is over the limit of this process")


@dataclass(frozen=True, slots=True)
class Folders:
    """The folders of the hub."""

    store: Store

    def create(self, caller: Caller, declared: FolderDeclared, info: PartnerInfo = None) -> Folder:
        """Declare a folder: ids are given, nothing is sent yet."""
        process = self._checked(caller, declared)
        with self.store.change() as world:
            now = self.store.now()
            folder = Folder(
                id=self.store.new_id(),
                osl=process.osl,
                global_status=Status.HUBEE_RECEIVED,
                process_code=declared.process_code,
                external_id=declared.external_id,
                applicant=declared.applicant,
                create_date_time=now,
                partner_info=info,
            )
            for wanted in declared.cases:
                case = self._case(folder, wanted, now)
                world.cases[case.id] = case
                folder.cases.append(case.id)
            folder.attachments = [self._file(folder, f) for f in declared.attachments]
            world.folders[folder.id] = folder
        return folder

    def _checked(self, caller: Caller, declared: FolderDeclared) -> Process:
        process = self.store.world.processes.get(declared.process_code)
        if process is None:
            raise forbidden()
        caller.check_owns(process.osl)
        if not process.is_activated:
            raise bad("Bad request")
        for case in declared.cases:
            _check_recipient(self.store.world, case.recipient, process.code)
        types = process.attachment_types_enabled
        if types and any(f.type not in types for f in declared.attachments):
            raise bad("Attachment type is not allowed for this process")
        check_files(process, declared.attachments, process.attachment_formats_enabled)
        return process

    def _case(self, folder: Folder, wanted: CaseDeclared, now: str) -> Case:
        return Case(
            id=self.store.new_id(),
            folder=folder.id,
            status=Status.HUBEE_RECEIVED,
            recipient=wanted.recipient,
            external_id=wanted.external_id,
            process_code=folder.process_code,
            create_date_time=now,
            partner_attributes=wanted.partner_attributes,
            reached={Status.HUBEE_RECEIVED: now},
        )

    def _file(self, folder: Folder, declared: FileDeclared) -> Attachment:
        return Attachment(
            id=self.store.new_id(),
            file_name=declared.file_name,
            type=declared.type,
            size=declared.size,
            mime_type=declared.mime_type,
            held_by=folder.id,
            recipients=list(declared.recipients),
        )

    def find(self, caller: Caller, folder_id: str) -> Folder:
        """Return the caller's folder."""
        folder = self.store.world.folders.get(folder_id)
        if folder is None:
            raise missing("Folder")
        caller.check_owns(folder.osl)
        return folder

    def numbered(self, process_code: str, external_id: str) -> Folder | None:
        """Return the first folder a publisher gave this number, if any."""
        return next(iter(self.store.world.folders.among((process_code, external_id))), None)

    def attachment(self, caller: Caller, folder_id: str, attachment_id: str) -> Attachment:
        """One declared file of the caller's folder."""
        for declared in self.find(caller, folder_id).attachments:
            if declared.id == attachment_id:
                return declared
        raise missing("Binary meta-data")

    def settle_status(
        self, caller: Caller, folder_id: str, wanted: str, closed: str | None
    ) -> None:
        """Move the folder; completing it tells the recipients, once."""
        folder, status = self.find(caller, folder_id), status_named(wanted)
        cases = [self.store.world.cases[c] for c in folder.cases]
        completed = status is Status.HUBEE_COMPLETED
        with self.store.change(folder, *(cases if completed else ())):
            folder.global_status, folder.update_date_time = status, self.store.now()
            folder.close_date_time = closed or folder.close_date_time
            if completed:
                folder.global_status = Status.HUBEE_NOTIFIED
                for case in cases:
                    self._notify(case)

    def _notify(self, case: Case) -> None:
        if case.transmission_date_time is not None:
            return
        arrive(self.store, case, Status.HUBEE_NOTIFIED)
        case.transmission_date_time = case.update_date_time
        push(self.store, case, case.recipient)

    def delete(self, caller: Caller, folder_id: str) -> None:
        """Give up a folder that was never sent."""
        folder = self.find(caller, folder_id)
        cases = [self.store.world.cases[c] for c in folder.cases]
        heard = any(c.events or c.transmission_date_time for c in cases)
        if folder.global_status is not Status.HUBEE_RECEIVED or heard:
            raise bad("Bad request")
        forget(self.store, folder)

    def view(self, folder: Folder) -> dict[str, Any]:
        """Return the folder as HubEE shows it."""
        cases = [self.store.world.cases[c] for c in folder.cases]
        return {
            "id": folder.id,
            "globalStatus": folder.global_status,
            "processCode": folder.process_code,
            "createDateTime": folder.create_date_time,
            "closeDateTime": folder.close_date_time,
            "updateDateTime": folder.update_date_time,
            "applicant": folder.applicant,
            "externalId": folder.external_id,
            "partnerInfo": folder.partner_info,
            "cases": [_case_line(case) for case in cases],
            "attachments": [
                file_view(f) | {"recipients": f.recipients} for f in folder.attachments
            ],
        }


def _case_line(case: Case) -> dict[str, Any]:
    return {
        "id": case.id,
        "status": case.status,
        "recipient": case.recipient,
        "externalId": case.external_id,
        "updateDateTime": case.update_date_time,
        "transmissionDateTime": case.transmission_date_time,
        "partnerAttributes": case.partner_attributes,
    }
