"""What a publisher does: declare a folder, upload its files, complete it or give it up.

1. Every recipient exists and is subscribed before anything is created.
2. A file is as long as declared, or it is REJECTED; a virus makes it CORRUPTED and blocks nothing.
3. HUBEE_COMPLETED queues one notification per case, once, and moves everything to HUBEE_NOTIFIED.
4. A folder nobody heard of may be deleted.
"""

from dataclasses import dataclass
from typing import Annotated, Any

from msgspec import Meta, Struct, field

from connectors.sandbox.hubee.access import Caller
from connectors.sandbox.hubee.answers import bad, forbidden, missing
from connectors.sandbox.hubee.cases import file_view, status_named
from connectors.sandbox.hubee.notifications import push
from connectors.sandbox.hubee.records import (
    Applicant,
    Attachment,
    Case,
    FileStatus,
    Folder,
    Organisation,
    Status,
    Text30,
    Text100,
    Text255,
    Text1024,
    World,
)
from connectors.sandbox.hubee.store import Store
from connectors.sandbox.hubee.uploads import Taken

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


class FolderDeclared(Struct, rename="camel"):
    """The body of `POST /folders`."""

    process_code: Text30
    applicant: Applicant
    external_id: Text30
    cases: Annotated[list[CaseDeclared], Meta(min_length=1)]
    attachments: list[FileDeclared] = field(default_factory=list)


def _check_recipient(world: World, recipient: Organisation, process: str) -> None:
    held = [s for s in world.subscriptions.values() if s.subscriber == recipient]
    if not held:
        raise bad(f"Case recipient {recipient} does not exist")
    if not any(s.process_code == process and s.status == "Actif" for s in held):
        raise bad(f"Case recipient {recipient} does not suscribed to {process}")


@dataclass(frozen=True, slots=True)
class Folders:
    """The folders of the hub."""

    store: Store

    def create(self, caller: Caller, declared: FolderDeclared, info: PartnerInfo = None) -> Folder:
        """Declare a folder: ids are given, nothing is sent yet."""
        self._check(caller, declared)
        with self.store.change() as world:
            now = self.store.now()
            folder = Folder(
                id=self.store.new_id(),
                osl=caller.organisation,
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
            folder.attachments = [self._file(f) for f in declared.attachments]
            world.folders[folder.id] = folder
        return folder

    def _check(self, caller: Caller, declared: FolderDeclared) -> None:
        process = self.store.world.processes.get(declared.process_code)
        if process is None or process.osl != caller.organisation:
            raise forbidden()
        for case in declared.cases:
            _check_recipient(self.store.world, case.recipient, process.code)
        types = process.attachment_types_enabled
        if types and any(f.type not in types for f in declared.attachments):
            raise bad("Attachment type is not allowed for this process")
        if any(f.size > process.attachment_max_size_enabled for f in declared.attachments):
            raise bad("Attachment size is over the limit of this process")

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
        )

    def _file(self, declared: FileDeclared) -> Attachment:
        return Attachment(
            id=self.store.new_id(),
            file_name=declared.file_name,
            type=declared.type,
            size=declared.size,
            mime_type=declared.mime_type,
            recipients=list(declared.recipients),
        )

    def find(self, caller: Caller, folder_id: str) -> Folder:
        """Return the caller's folder."""
        folder = self.store.world.folders.get(folder_id)
        if folder is None:
            raise missing("Folder")
        if folder.osl != caller.organisation:
            raise forbidden()
        return folder

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
        with self.store.change() as world:
            folder.global_status, folder.update_date_time = status, self.store.now()
            folder.close_date_time = closed or folder.close_date_time
            if status is Status.HUBEE_COMPLETED:
                folder.global_status = Status.HUBEE_NOTIFIED
                for case in (world.cases[c] for c in folder.cases):
                    self._notify(case)

    def _notify(self, case: Case) -> None:
        if case.status is not Status.HUBEE_RECEIVED:
            return
        case.status, case.transmission_date_time = Status.HUBEE_NOTIFIED, self.store.now()
        push(self.store, case, case.recipient)

    def delete(self, caller: Caller, folder_id: str) -> None:
        """Give up a folder that was never sent."""
        folder = self.find(caller, folder_id)
        events = any(self.store.world.cases[c].events for c in folder.cases)
        if folder.global_status is not Status.HUBEE_RECEIVED or events:
            raise bad("Bad request")
        with self.store.change() as world:
            del world.folders[folder.id]
            for case_id in folder.cases:
                del world.cases[case_id]
        for declared in folder.attachments:
            self.store.blob(declared.id).unlink(missing_ok=True)

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


def weigh(store: Store, declared: Attachment, taken: Taken, announced: str | None) -> bool:
    """Give the uploaded file its status and say whether its bytes are kept."""
    exact = taken.size == declared.size and announced in {None, taken.sha256}
    with store.change():
        declared.status = FileStatus.RECEIVED if exact else FileStatus.REJECTED
        if exact and taken.infected:
            declared.status = FileStatus.CORRUPTED
        declared.sha256 = taken.sha256 if declared.status is FileStatus.RECEIVED else None
    return declared.status is FileStatus.RECEIVED
