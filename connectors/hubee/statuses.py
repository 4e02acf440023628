"""From our milestones to HubEE's statuses: which ones are still to be posted, and in what order.

Statuses are per case, not per file.

1. RECEIVED is IN_PROGRESS, which starts HubEE's purge clock: never posted before that notice.
2. READABLE says nothing. INTEGRATED is DONE, REFUSED is REFUSED, UNREADABLE is SI_INTG_ERROR.
3. Never backwards: a status is posted only on a case that stands lower. The first final status of
   a case stays.
4. Never twice: an event of ours since the last reopening already said it.
5. INTEGRATED without RECEIVED posts IN_PROGRESS first: the intermediate status is mandatory.
"""

from collections.abc import Iterator, Sequence

from connectors.contract import Milestone, Notice
from connectors.hubee.model import Case, Event, Organisation

SAYS: dict[Milestone, str | None] = {
    Milestone.RECEIVED: "IN_PROGRESS",
    Milestone.READABLE: None,
    Milestone.INTEGRATED: "DONE",
    Milestone.REFUSED: "REFUSED",
    Milestone.UNREADABLE: "SI_INTG_ERROR",
}
# How far a case has gone. A status the hub invents later ranks lowest: our word is still owed.
RANK: dict[str, int] = {
    "HUBEE_RECEIVED": 0, "HUBEE_COMPLETED": 0, "HUBEE_NOTIFIED": 0,
    "SENT": 1, "SI_RECEIVED": 2, "IN_PROGRESS": 3, "ADD_AWAITING": 4,
    "DONE": 5, "REFUSED": 5, "SI_INTG_ERROR": 5, "CLOSED": 6, "ARCHIVED": 7,
}  # fmt: skip
REOPENED = frozenset({"HUBEE_NOTIFIED", "HUBEE_COMPLETED"})
LONGEST_MESSAGE = 1000


def message_of(notice: Notice) -> str:
    """What the sender reads: our code, our sentence, within HubEE's length."""
    text = notice.message
    if notice.code and notice.code not in text:
        text = f"{notice.code} : {text}"
    return text[:LONGEST_MESSAGE]


def owed(
    case: Case, notices: Sequence[Notice], *, by_patch: bool = False
) -> Iterator[tuple[str, str]]:
    """Each (status, message) still to be posted on this case, in order.

    `by_patch`: we move the case silently before we say so; a move without its event is still owed.
    """
    said = told_by_us(case)
    stands, told = RANK.get(case.status or "", 0), max((RANK.get(s, 0) for s in said), default=0)
    for status, message in _wanted(notices):
        unsaid = by_patch and status == case.status
        if RANK[status] > told and (RANK[status] > stands or unsaid):
            stands = told = RANK[status]
            yield status, message


def _wanted(notices: Sequence[Notice]) -> Iterator[tuple[str, str]]:
    for notice in sorted(notices, key=lambda n: list(Milestone).index(n.milestone)):
        status, message = SAYS[notice.milestone], message_of(notice)
        if notice.milestone is Milestone.INTEGRATED:
            yield "IN_PROGRESS", message
        if status is not None:
            yield status, message


def told_by_us(case: Case) -> set[str]:
    """The statuses our own events gave since the sender last reopened the case."""
    events = sorted(case.events or [], key=lambda e: e.create_date_time or "")
    said: set[str] = set()
    for event in events:
        if event.case_new_status is None:
            continue
        if _is_ours(event, case.recipient):
            said.add(event.case_new_status)
        elif event.case_new_status in REOPENED:
            said.clear()
    return said


def _is_ours(event: Event, us: Organisation | None) -> bool:
    if event.transmitter is None:
        return False
    if us is None:
        return event.transmitter.type == "SI"
    return event.transmitter == us
