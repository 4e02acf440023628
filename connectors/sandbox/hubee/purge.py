"""What the hub does by night, each night at 00:01: it activates, erases, archives and deletes.

1. A subscription whose activation date has come becomes Actif.
2. A file is erased `timeBeforeFileDeletion` + 1 days after the last of its cases reached
   `statusBeforeFileDeletion`, or went beyond. Reaching it once is enough: reopening saves nothing.
3. A case is archived `timeBeforeArchiving` days after CLOSED, unless it was reopened; a folder, and
   all that hangs from it, is deleted `timeBeforeFolderDeletion` days after its last case was archived.
4. A clock that jumped finds everything done, in the order and on the days it would have been.
5. Files deposited with an event go with their folder: nothing is said of purging them before.

The batch is run by the first request of the hub's day, or when told to.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from connectors.sandbox.hubee.clock import BATCH_AT, PARIS, day_of, stamp
from connectors.sandbox.hubee.records import (
    Attachment,
    Case,
    FileStatus,
    Folder,
    Held,
    Process,
    Status,
    Subscription,
    files_of,
)
from connectors.sandbox.hubee.store import Store

# How far along a case is. SI_INTG_ERROR is not on the way: who failed still needs the files.
_RANK = {
    Status.HUBEE_RECEIVED: 0,
    Status.HUBEE_COMPLETED: 1,
    Status.HUBEE_NOTIFIED: 2,
    Status.SENT: 3,
    Status.SI_RECEIVED: 4,
    Status.IN_PROGRESS: 5,
    Status.ADD_AWAITING: 6,
    Status.REFUSED: 7,
    Status.DONE: 7,
    Status.CLOSED: 8,
    Status.ARCHIVED: 9,
}


def marked(case: Case, process: Process) -> str | None:
    """Say when the case reached the status after which its files may go, None before that."""
    wanted = process.status_before_file_deletion
    least = _RANK.get(wanted, len(_RANK))
    moments = [at for s, at in case.reached.items() if s is wanted or _RANK.get(s, -1) >= least]
    return min(moments, default=None)


def sweep(store: Store) -> None:
    """Run the batch if this day's was not."""
    today = day_of(store.clock())
    if store.swept != today:
        batch(store)
        store.swept = today


def batch(store: Store) -> None:
    """Do all that is due today."""
    today = day_of(store.clock())
    for held in list(store.world.subscriptions.values()):
        activate(store, held, today)
    for folder in list(store.world.folders.values()):
        _age(store, folder, today)


def activate(store: Store, held: Subscription, today: date) -> None:
    """Make a subscription Actif if its day has come."""
    due = held.activate_date_time
    if held.status is Held.INACTIVE and due is not None and day_of(due) <= today:
        with store.change(held):
            held.status, held.update_date_time = Held.ACTIVE, store.now()


def _age(store: Store, folder: Folder, today: date) -> None:
    process = store.world.processes[folder.process_code]
    cases = [store.world.cases[c] for c in folder.cases]
    erase(store, [f for f in folder.attachments if _is_over(f, cases, process, today)])
    for case in cases:
        _archive(store, case, process, today)
    archived = [case.reached[Status.ARCHIVED] for case in cases if case.status is Status.ARCHIVED]
    kept_for = timedelta(days=process.time_before_folder_deletion)
    if len(archived) == len(cases) and day_of(max(archived)) + kept_for <= today:
        forget(store, folder)


def _is_over(file: Attachment, cases: list[Case], process: Process, today: date) -> bool:
    linked = [marked(case, process) for case in cases if case.external_id in file.recipients]
    moments = [at for at in linked if at is not None]
    if file.status is not FileStatus.RECEIVED or not linked or len(moments) < len(linked):
        return False
    return day_of(max(moments)) + timedelta(days=process.time_before_file_deletion + 1) <= today


def _archive(store: Store, case: Case, process: Process, today: date) -> None:
    if case.status is not Status.CLOSED or case.close_date_time is None:
        return
    due = day_of(case.close_date_time) + timedelta(days=process.time_before_archiving)
    if due <= today:
        with store.change(case):
            case.status, case.update_date_time = Status.ARCHIVED, store.now()
            case.reached[Status.ARCHIVED] = stamp(datetime.combine(due, time(), PARIS) + BATCH_AT)


def erase(store: Store, files: Iterable[Attachment]) -> None:
    """Erase these files: their lines stay and say DELETED, then the bytes go."""
    gone = list(files)
    if not gone:
        return
    with store.change(*gone):
        for file in gone:
            file.status, file.sha256 = FileStatus.DELETED, None
    for file in gone:
        store.blob(file.id).unlink(missing_ok=True)


def forget(store: Store, folder: Folder) -> None:
    """Delete a folder, its cases, what is queued about them, then the bytes."""
    cases = [store.world.cases[c] for c in folder.cases]
    gone = list(folder.attachments)
    gone += [f for case in cases for event in case.events for f in event.attachments]
    with store.change() as world:
        del world.folders[folder.id]
        for case in cases:
            del world.cases[case.id]
        for queued in [n for n in world.notifications.values() if n.case_id in folder.cases]:
            del world.notifications[queued.id]
    for file in gone:
        store.blob(file.id).unlink(missing_ok=True)


def purge_case(store: Store, case: Case) -> None:
    """Erase the files of one case now, whatever the day: what an operator orders."""
    erase(store, files_of(store.world.folders[case.folder], case))
