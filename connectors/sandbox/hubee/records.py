"""What the sandbox remembers: folders, cases, attachments, events, notifications, and who may ask.

Field names are HubEE's (camelCase on the wire). Records are mutable: they are the hub's database,
not something that travels. Each is kept as one row (`shelves.py`), but for what lives inside another:
attachments in a folder or an event, events in a case.
"""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct, field

Text20 = Annotated[str, Meta(max_length=20)]
Text15 = Annotated[str, Meta(max_length=15)]
Text30 = Annotated[str, Meta(max_length=30)]
Text100 = Annotated[str, Meta(max_length=100)]
Text255 = Annotated[str, Meta(max_length=255)]
Text1000 = Annotated[str, Meta(max_length=1000)]
Text1024 = Annotated[str, Meta(max_length=1024)]


class Status(StrEnum):
    """Cases and folders."""

    HUBEE_RECEIVED = "HUBEE_RECEIVED"
    HUBEE_COMPLETED = "HUBEE_COMPLETED"
    HUBEE_NOTIFIED = "HUBEE_NOTIFIED"
    SENT = "SENT"
    SI_RECEIVED = "SI_RECEIVED"
    SI_INTG_ERROR = "SI_INTG_ERROR"
    IN_PROGRESS = "IN_PROGRESS"
    ADD_AWAITING = "ADD_AWAITING"
    REFUSED = "REFUSED"
    DONE = "DONE"
    CLOSED = "CLOSED"
    ARCHIVED = "ARCHIVED"


class FileStatus(StrEnum):
    """Attachments."""

    PENDING = "PENDING"
    RECEIVED = "RECEIVED"
    CORRUPTED = "CORRUPTED"
    REJECTED = "REJECTED"
    DELETED = "DELETED"


class EventStatus(StrEnum):
    """Events."""

    IN_PROGRESS = "IN_PROGRESS"
    SENT = "SENT"
    RECEIVED = "RECEIVED"


class Action(StrEnum):
    """What an event says."""

    STATUS_UPDATE = "STATUS_UPDATE"
    ATTACH_DEPOSIT = "ATTACH_DEPOSIT"
    ATTACH_DL = "ATTACH_DL"
    ATTACH_DL_ALL = "ATTACH_DL_ALL"
    COM_ADD = "COM_ADD"
    SENDING_MESSAGE = "SENDING_MESSAGE"


class Held(StrEnum):
    """Subscriptions."""

    ACTIVE = "Actif"
    INACTIVE = "Inactif"
    REFUSED = "Refusé"
    SUSPENDED = "Suspendu"


class Organisation(Struct, frozen=True, rename="camel"):
    """The key of an organisation. Two may share a SIRET and differ by branch only."""

    type: Text20
    company_register: Annotated[str, Meta(pattern=r"^[0-9]{14}$")]
    branch_code: Annotated[str, Meta(min_length=1, max_length=10)]

    def __str__(self) -> str:
        return f"{self.type}-{self.company_register}-{self.branch_code}"


class Applicant(Struct, rename="camel"):
    """Who the folder is about; for CNAF, CNAF."""

    first_name: Text255
    last_name: Text255
    email: Annotated[str, Meta(max_length=320)] | None = None


class Registered(Struct, rename="camel"):
    """An organisation of the directory: its key, and what is known of it."""

    key: Organisation
    name: str = ""
    code: str | None = None
    country: str | None = None
    postal_code: str = ""
    territory: str = ""
    email: str | None = None
    phone_number: str | None = None
    status: str = "Actif"
    create_date_time: str | None = None
    update_date_time: str | None = None


class Process(Struct, rename="camel"):
    """A démarche, and the rules it sets. An empty list means anything goes, but for the SI's formats.

    Production publishes none of the delays: these are invented, and a test sets its own.
    """

    code: str
    osl: Organisation
    name: str = ""
    description: str | None = None
    is_activated: bool = True
    attachment_formats_enabled: list[str] = field(default_factory=list)  # what the OSL may send
    si_attachment_formats_enabled: list[str] = field(default_factory=list)  # empty: the SI may not
    attachment_types_enabled: list[str] = field(default_factory=list)
    attachment_max_size_enabled: int = 1_000_000_000
    status_before_file_deletion: Status = Status.IN_PROGRESS
    time_before_file_deletion: int = 30  # days after that status
    time_before_archiving: int = 90  # days after CLOSED
    time_before_folder_deletion: int = 365  # days after ARCHIVED
    message_to_transmitter: bool = True
    authorized_awaiting: bool = True
    subscription_validation: str = "Manual"
    legal_justification: str | None = None
    creation_date_time: str | None = None
    update_date_time: str | None = None


class Person(Struct, rename="camel"):
    """Someone named on a subscription: the local administrator, or who acts for the subscriber."""

    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    function: str | None = None
    phone_number: str | None = None
    mobile_number: str | None = None
    type: str | None = None  # "EDT", when a software editor acts for the subscriber
    company_register: str | None = None
    branch_code: str | None = None


class Subscription(Struct, rename="camel"):
    """An organisation's right to a démarche, with the credential that goes with it."""

    id: str
    process_code: str
    subscriber: Organisation
    client_id: str
    client_secret: str
    status: Held = Held.ACTIVE
    access_mode: str | None = "API"
    notification_frequency: str = "Aucune"
    datapass_id: int = 0
    email: str | None = None
    local_administrator: Person | None = None
    delegation_actor: Person | None = None
    rejection_reason: str | None = None
    creation_date_time: str | None = None
    activate_date_time: str | None = None
    validate_date_time: str | None = None
    reject_date_time: str | None = None
    end_date_time: str | None = None
    update_date_time: str | None = None


class Attachment(Struct, rename="camel"):
    """A file declared, then perhaps uploaded. `recipients` are case numbers, `sha256` is base64.

    `held_by` is the id of the folder or case it lives in.
    """

    id: str
    file_name: str
    type: str
    size: int
    mime_type: str
    held_by: str
    recipients: list[str] = field(default_factory=list)
    status: FileStatus = FileStatus.PENDING
    sha256: str | None = None


class Event(Struct, rename="camel"):
    """One line of the history of a case."""

    id: str
    transmitter: Organisation
    action_type: str
    notification: bool
    status: EventStatus
    create_date_time: str
    message: str | None = None
    comment: str | None = None
    author: str | None = None
    update_date_time: str | None = None
    case_current_status: str | None = None
    case_new_status: str | None = None
    partner_attributes: str | None = None
    partner_info: dict[str, str | None] | None = None
    attachments: list[Attachment] = field(default_factory=list)


class Case(Struct, rename="camel"):
    """What one recipient sees of a folder.

    `reached` says when each status was first entered: it drives the purge. `purged` holds the files
    whose purge was acknowledged by `PUT /idsPurged`.
    """

    id: str
    folder: str
    status: Status
    recipient: Organisation
    external_id: str
    process_code: str
    create_date_time: str
    update_date_time: str | None = None
    transmission_date_time: str | None = None
    close_date_time: str | None = None
    partner_attributes: str | None = None
    events: list[Event] = field(default_factory=list)
    reached: dict[Status, str] = field(default_factory=dict)
    purged: list[str] = field(default_factory=list)


class Folder(Struct, rename="camel"):
    """What the publisher sent, for all its recipients."""

    id: str
    osl: Organisation
    global_status: Status
    process_code: str
    external_id: str
    applicant: Applicant
    create_date_time: str
    close_date_time: str | None = None
    update_date_time: str | None = None
    partner_info: dict[str, str | None] | None = None
    cases: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)


def files_of(folder: Folder, case: Case) -> list[Attachment]:
    """Return the files of the folder that this case gets."""
    return [f for f in folder.attachments if case.external_id in f.recipients]


class Notification(Struct, rename="camel"):
    """An item of a queue, served until it is deleted."""

    id: str
    recipient: Organisation
    transmitter: Organisation
    process_code: str
    case_id: str
    event_id: str | None
    date_time: str
