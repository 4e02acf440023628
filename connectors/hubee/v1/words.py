"""HubEE's own words and ours: statuses, states of files, and what a notification is about.

The hub may invent some: what is not listed here is UNKNOWN, never acted on and never acknowledged.
"""

from collections.abc import Mapping
from typing import Final

from connectors.hubee.hub import FileState, Saying, State

STATES: Final[Mapping[str, State]] = {
    "HUBEE_RECEIVED": State.DRAFT,
    "HUBEE_COMPLETED": State.NEW,
    "HUBEE_NOTIFIED": State.NEW,
    "SENT": State.NEW,
    "SI_RECEIVED": State.RECEIVED,
    "IN_PROGRESS": State.PROCESSING,
    "ADD_AWAITING": State.WAITING,
    "DONE": State.DONE,
    "REFUSED": State.REFUSED,
    "SI_INTG_ERROR": State.FAILED,
    "CLOSED": State.CLOSED,
    "ARCHIVED": State.CLOSED,
}
# What we say of a case; the other statuses are not a recipient's to give.
STATUSES: Final[Mapping[State, str]] = {
    State.RECEIVED: "SI_RECEIVED",
    State.PROCESSING: "IN_PROGRESS",
    State.WAITING: "ADD_AWAITING",
    State.DONE: "DONE",
    State.REFUSED: "REFUSED",
    State.FAILED: "SI_INTG_ERROR",
}
FILES: Final[Mapping[str, FileState]] = {
    "PENDING": FileState.PENDING,
    "RECEIVED": FileState.READY,
    "CORRUPTED": FileState.INFECTED,
    "REJECTED": FileState.REJECTED,
    "DELETED": FileState.PURGED,
}
DEPOSIT: Final = "ATTACH_DEPOSIT"
TOLD: Final = frozenset(
    {"STATUS_UPDATE", "SENDING_MESSAGE", "COM_ADD", "ATTACH_DL", "ATTACH_DL_ALL"}
)
SENT, RECEIVED, WRITING = "SENT", "RECEIVED", "IN_PROGRESS"


def state_of(status: str | None) -> State:
    """Where a status stands."""
    return STATES.get(status or "", State.UNKNOWN)


def saying_of(status: str | None, action: str | None) -> Saying | None:
    """What an event in this status is to its reader; None when too little is known to tell."""
    if status == RECEIVED:
        return Saying.ECHO
    if status is None or (status == SENT and action is None):
        return None
    if status == SENT and action == DEPOSIT:
        return Saying.DEPOSIT
    if status == SENT and action in TOLD:
        return Saying.WORD
    return Saying.UNKNOWN
