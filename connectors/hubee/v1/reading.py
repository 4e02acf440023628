"""A case of HubEE as a delivery: its files and those deposited since, its history, what was told.

1. History is sorted by date when every line has one; otherwise it stays as the hub gives it.
2. A line not sent yet (a deposit being uploaded) changed nothing: its status is left out.
3. A file may be erased from the moment its case stood at the purge status while it was there. A move
   no line shows is dated by the case, failing that by its sending: too early, never too late.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from connectors.hubee.hub import FileState, HubDelivery, HubFile, State, Told
from connectors.hubee.statuses import MARK, rank
from connectors.hubee.v1.model import Attachment, Case, Event, Organisation, moment
from connectors.hubee.v1.words import DEPOSIT, FILES, SENT, WRITING, state_of


def delivery_of(case: Case, deposits: Collection[str], purge_status: str) -> HubDelivery:
    """The delivery, with the files of its unread deposits and of `deposits`."""
    events = _in_order(case.events or [])
    unread = tuple(str(e.id) for e in events if is_unread(e, case.recipient))
    bare = HubDelivery(
        id=str(case.id),
        state=state_of(case.status),
        files=(),
        history=tuple(_told(event, case.recipient) for event in events),
        sent_at=moment(case.transmission_date_time) or moment(case.create_date_time),
        moved_at=moment(case.update_date_time),
        unread=unread,
        called=case.status or "",
    )
    least = rank(state_of(purge_status)) or rank(State.PROCESSING)
    files = files_of(case.attachments, purged_from(bare, least))
    for event in events:
        if str(event.id) in {*unread, *deposits}:
            since = purged_from(bare, least, moment(event.create_date_time))
            files += files_of(event.attachments, since, str(event.id))
    return replace(bare, files=tuple(files))


def is_unread(event: Event, us: Organisation | None) -> bool:
    """Whether this is a deposit of the other side that waits for us."""
    return event.action_type == DEPOSIT and event.status == SENT and not is_ours(event, us)


def is_ours(event: Event, us: Organisation | None) -> bool:
    """Whether the recipient of the case wrote this line."""
    if event.transmitter is None:
        return False
    if us is None:
        return event.transmitter.type == "SI"
    return event.transmitter == us


def purged_from(delivery: HubDelivery, least: int, born: datetime | None = None) -> datetime | None:
    """Since when a file that came at `born` (None: with its case) may be erased."""
    otherwise = delivery.moved_at or delivery.sent_at
    moves = [(t.at or otherwise, rank(t.state) >= least) for t in delivery.history if t.state]
    if rank(delivery.state) >= least and not (moves and moves[-1][1]):
        moves.append((otherwise, True))
    ends = [*(at for at, _ in moves[1:]), None]
    for (at, threatens), end in zip(moves, ends, strict=False):
        if threatens and at and (end is None or born is None or end > born):
            return max(at, born) if born else at
    return None


def _in_order(events: Sequence[Event]) -> list[Event]:
    dated = [(moment(event.create_date_time), event) for event in events]
    known = [(at, event) for at, event in dated if at is not None]
    if len(known) < len(dated):
        return list(events)
    return [event for _, event in sorted(known, key=lambda pair: pair[0])]


def _told(event: Event, us: Organisation | None) -> Told:
    counts = event.case_new_status is not None and event.status != WRITING
    comment = event.comment or ""
    return Told(
        event=str(event.id),
        state=state_of(event.case_new_status) if counts else None,
        ours=is_ours(event, us),
        at=moment(event.create_date_time),
        mark=comment if comment.startswith(MARK) else "",
    )


def files_of(
    attachments: Sequence[Attachment] | None,
    since: datetime | None = None,
    event: str | None = None,
) -> list[HubFile]:
    """Attachments as files; `since`: from when they may be erased."""
    return [
        HubFile(
            id=str(file.id),
            kind=file.type or "",
            name=file.file_name or "",
            size=file.size,
            state=FILES.get(file.status or "", FileState.UNKNOWN),
            event=event,
            purged_from=since,
        )
        for file in attachments or []
    ]
