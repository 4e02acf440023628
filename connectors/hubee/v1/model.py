"""What HubEE says, read leniently: unknown keys ignored, almost anything may be null.

Two things are not lenient, because they go into a URL or a decision: an id is a UUID, a size is a
whole number. What does not fit raises `Unreadable`, for that one item only.
"""

from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

import msgspec
from msgspec import Struct

from connectors.hubee.answers import Unreadable

T = TypeVar("T", bound=Struct)


class Organisation(Struct, frozen=True, rename="camel"):
    """Who; `type` is SI, OSL or ADMIN."""

    type: str | None = None
    company_register: str | None = None
    branch_code: str | None = None


class Notification(Struct, frozen=True, rename="camel"):
    """An item of our queue. `event_id` is None for a new case."""

    id: UUID
    process_code: str | None = None
    case_id: UUID | None = None
    event_id: UUID | None = None
    event_action_type: str | None = None
    event_status: str | None = None
    date_time: str | None = None


class Attachment(Struct, frozen=True, rename="camel"):
    """A file of a case."""

    id: UUID
    status: str | None = None
    file_name: str | None = None
    type: str | None = None
    size: int | None = None


class Event(Struct, frozen=True, rename="camel"):
    """One line of the history of a case."""

    id: UUID
    transmitter: Organisation | None = None
    action_type: str | None = None
    author: str | None = None
    create_date_time: str | None = None
    status: str | None = None
    case_new_status: str | None = None
    comment: str | None = None
    attachments: list[Attachment] | None = None


class Case(Struct, frozen=True, rename="camel"):
    """What we were sent, and where it stands. Statuses are text: the hub may invent some."""

    id: UUID
    status: str | None = None
    recipient: Organisation | None = None
    process_code: str | None = None
    create_date_time: str | None = None
    update_date_time: str | None = None
    transmission_date_time: str | None = None
    attachments: list[Attachment] | None = None
    events: list[Event] | None = None


def read(raw: bytes | msgspec.Raw, shape: type[T]) -> T:
    """One object of this shape."""
    try:
        return msgspec.json.decode(raw, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Unreadable(f"the hub answered something that is not a {shape.__name__}") from None


def read_each(raw: bytes, shape: type[T]) -> tuple[list[T], int]:
    """The objects of a list that can be read, and how many could not: one must not hide the rest."""
    try:
        items = msgspec.json.decode(raw, type=list[msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Unreadable("the hub answered something that is not a list") from None
    good: list[T] = []
    for item in items:
        try:
            good.append(read(item, shape))
        except Unreadable:
            continue
    return good, len(items) - len(good)


def moment(text: str | None) -> datetime | None:
    """A date in either form HubEE uses (``Z`` or an offset); None if absent or unusable."""
    if text is None:
        return None
    try:
        read_at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return read_at if read_at.tzinfo else read_at.replace(tzinfo=UTC)
