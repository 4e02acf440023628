"""Durable execution: with `gateway.doors.wire`, the only files that know DBOS.

1. A workflow's id is its idempotency key: started twice, or by two nodes, it runs once.
2. A step that finished is read back, never redone; killed at any instant, a workflow resumes.
3. What shares a partition walks one at a time, in order; partitions walk in parallel.
4. A workflow that ended in error is tried again under the next attempt number, never erased; after
   the last attempt it is an operator's, and holds up nothing else. Refused its authorisation, it is tried
   again on another day (UTC): a daily ceiling, or a suspension, ends so.
5. Each process has a slot (`gateway.store.holding`): a queue and a name of its own. What it started it
   walks; what a dead one left is resumed by one of the living (`adopt`), finished steps read back.
6. What it writes down is references (`gateway.doors.wire`).
"""

import asyncio
import logging
import time
import traceback
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from dbos import DBOS, DBOSClient, SetEnqueueOptions, SetWorkflowID, StepOptions, WorkflowStatus
from dbos import error as dbos_error

from gateway.doors.wire import Wire, forbid_pickles
from gateway.errors import Broken, GatewayError, NotAuthorised, Stopped, Unavailable
from gateway.passage.steps import Steps
from gateway.store.database import is_notebook
from gateway.store.holding import NAME, SLOT, Elsewhere, Locks, borrowed, first_free

log = logging.getLogger(__name__)

T = TypeVar("T")
Walk = Callable[..., Coroutine[Any, Any, object]]

QUEUE = "passerelle"
# Workflows survive an upgrade of the software as long as their steps keep this meaning.
STEPS_VERSION = "1"
WAITING = ["PENDING", "ENQUEUED", "DELAYED"]
FAILED = {"ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"}
MAX_ATTEMPTS = 50
# Seconds between two looks for what a dead process left, while waiting for our own.
ORPHANS_EVERY = 1.0

# Which partitions one speaks of; which ones this process may walk.
Where = Callable[[str], bool]
MayWalk = Callable[[str], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a step meets `Unavailable` before its workflow gives up, and how long between."""

    tries: int = 6
    first_wait: float = 5.0


class Notebook(Steps):
    """The steps of the workflow we are inside."""

    def __init__(self, patience: Patience, loop: asyncio.AbstractEventLoop) -> None:
        self._patience, self._loop = patience, loop

    async def run(self, name: str, step: Callable[[], Awaitable[T]]) -> T:
        """Do a step once and for all; wait and try again only when time must act."""

        # DBOS walks on a loop of its own; connections belong to the loop that opened them.
        async def at_home() -> T:
            there = asyncio.run_coroutine_threadsafe(_isolated(name, step), self._loop)
            return await asyncio.wrap_future(there)

        options: StepOptions = {
            "name": name,
            "retries_allowed": True,
            "max_attempts": self._patience.tries,
            "interval_seconds": self._patience.first_wait,
            "backoff_rate": 2.0,
            "should_retry": _is_worth_waiting,
        }
        try:
            return await DBOS.run_step_async(options, at_home)
        except dbos_error.DBOSMaxStepRetriesExceeded as spent:
            raise spent.errors[-1] from None  # what it met, not how often


def _is_worth_waiting(error: object) -> bool:
    return isinstance(error, Unavailable) and not isinstance(error, Elsewhere)


def _is_for_today(known: WorkflowStatus) -> bool:
    """Whether nothing can change before tomorrow. What was stopped is due again when its grant stands."""
    if isinstance(known.error, Stopped) or not isinstance(known.error, NotAuthorised):
        return False
    ended = datetime.fromtimestamp((known.updated_at or 0) / 1000, UTC)
    return ended.date() >= datetime.now(UTC).date()


def _anywhere(_partition: str) -> bool:
    return True


async def _isolated(name: str, step: Callable[[], Awaitable[T]]) -> T:
    """The one place where anything may be caught: one walk is isolated from the others.

    An unexpected error keeps its type and where it happened, and loses its message: a library's error
    may quote the file it was reading.
    """
    try:
        return await step()
    except GatewayError:
        raise
    except Exception as error:  # noqa: BLE001
        frames = traceback.extract_tb(error.__traceback__)
        where = " < ".join(f"{Path(f.filename).name}:{f.lineno}" for f in reversed(frames[-6:]))
        log.error("step %s broke: %s at %s", name, type(error).__name__, where)  # noqa: TRY400
        raise Broken(name, type(error).__name__) from None


class Durable:
    """A durable executor of named walks, on SQLite or PostgreSQL. Built inside the running loop."""

    def __init__(
        self,
        url: str,
        walks: Mapping[str, Walk],
        patience: Patience,
        slots: Locks | None = None,
    ) -> None:
        slot = first_free(slots) if slots else f"{SLOT}1"
        logging.getLogger("dbos").setLevel(logging.ERROR)
        forbid_pickles()
        DBOS(
            config={
                "name": "passerelle",
                "system_database_url": url,
                "serializer": Wire(),
                "application_version": STEPS_VERSION,
                "executor_id": slot,
                "log_level": "ERROR",
                "notification_listener_polling_interval_sec": 0.1,
            }
        )
        self._slots, self._slot, self._queue = slots, slot, f"{QUEUE}@{slot}"
        DBOS.listen_queues([self._queue])
        self._launched = ""
        notebook = Notebook(patience, asyncio.get_running_loop())
        self._walks = {name: self._register(name, walk, notebook) for name, walk in walks.items()}

    def _register(self, name: str, walk: Walk, notebook: Notebook) -> Walk:
        async def workflow(*arguments: object) -> object:
            return await walk(*arguments, notebook)

        workflow.__qualname__ = workflow.__name__ = name
        return DBOS.workflow(name=name)(workflow)

    async def launch(self) -> None:
        """Open the notebook and resume what a previous process of our slot left unfinished."""
        self._launched = datetime.now(UTC).isoformat()
        await asyncio.to_thread(DBOS.launch)
        await DBOS.register_queue_async(
            self._queue, partition_concurrency=1, polling_interval_sec=0.1
        )

    async def start(
        self, walk: str, key: str, *arguments: object, partition: str, rank: int = 1
    ) -> bool:
        """Start a walk under its key; say whether it had to be. The same key never walks twice.

        `rank` orders what is started together: on SQLite the queue dates by the second.
        """
        for attempt in range(1, MAX_ATTEMPTS + 1):
            workflow_id = f"{key}#{attempt}"
            known = await DBOS.get_workflow_status_async(workflow_id)
            if known is not None and known.status in FAILED and not _is_for_today(known):
                continue
            if known is not None:
                return False
            with (
                SetWorkflowID(workflow_id),
                SetEnqueueOptions(queue_partition_key=partition, priority=rank),
            ):
                await DBOS.enqueue_workflow_async(self._queue, self._walks[walk], *arguments)
            return True
        log.error("%s failed %d times and is not tried again: look at it", walk, MAX_ATTEMPTS)
        return False

    async def is_walking(self, key: str) -> bool:
        """Whether a walk of this key is unfinished, ours or another's."""
        return any(walk.workflow_id.rpartition("#")[0] == key for walk in await _unfinished())

    async def drain(self, where: Where = _anywhere) -> None:
        """Wait until nothing of ours is running or waiting in these partitions."""
        while any(  # noqa: ASYNC110 - the notebook is a database, it has no event
            where(walk.queue_partition_key or "")
            for walk in await _unfinished()
            if _slot_of(walk) == self._slot
        ):
            await asyncio.sleep(0.05)

    async def quiet(self, name: str, may_walk: MayWalk, *, longest: float) -> None:
        """Wait, so long and no longer, until nobody has an unfinished walk of that name."""
        limit = time.monotonic() + longest
        while time.monotonic() < limit:
            if not any(walk.name == name for walk in await _unfinished()):
                return
            await self.adopt(may_walk)
            await asyncio.sleep(ORPHANS_EVERY)

    async def adopt(self, may_walk: MayWalk) -> int:
        """Resume here what dead processes left in partitions we may walk; say how many.

        A slot nobody holds is a dead process: its walks are looked at again once we hold it, or two
        of the living could each resume them.
        """
        if self._slots is None:
            return 0
        adopted = 0
        left = {_slot_of(walk) for walk in await _unfinished()} - {self._slot}
        for slot in sorted(slot for slot in left if NAME.fullmatch(slot)):
            with borrowed(self._slots, slot) as is_dead:
                orphans = [w for w in await _unfinished() if is_dead and _slot_of(w) == slot]
                for walk in orphans:
                    if await may_walk(walk.queue_partition_key or ""):
                        await DBOS.resume_workflow_async(walk.workflow_id, queue_name=self._queue)
                        adopted += 1
        return adopted

    async def failures(self) -> Mapping[str, str]:
        """Walks whose every attempt since the launch ended in error: key → what kind of error.

        Those that another gateway holds are that one's.
        """
        ended = await DBOS.list_workflows_async(
            status=["ERROR", "SUCCESS"], load_input=False, completed_after=self._launched
        )
        succeeded = {w.workflow_id.rsplit("#", 1)[0] for w in ended if w.status == "SUCCESS"}
        failed = {
            w.workflow_id.rsplit("#", 1)[0]: str(w.error)
            for w in ended
            if w.status == "ERROR" and not isinstance(w.error, Elsewhere)
        }
        return {key: error for key, error in failed.items() if key not in succeeded}

    async def close(self) -> None:
        """Stop listening; what is unfinished resumes at the next launch."""
        # The library had made its threads those of this loop: without others, nothing would run here.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())
        await asyncio.to_thread(DBOS.destroy)


async def _unfinished() -> Sequence[WorkflowStatus]:
    return await DBOS.list_workflows_async(status=WAITING, load_input=False, load_output=False)


def _slot_of(walk: WorkflowStatus) -> str:
    """Whose it is: who runs it, or whose queue it waits in."""
    if walk.status == "PENDING":
        return walk.executor_id or ""
    return (walk.queue_name or "").removeprefix(f"{QUEUE}@")


def given_up(url: str) -> Mapping[str, str]:
    """Walks that failed so often that nobody tries them again: key → what kind of error.

    Reads the notebook without opening it for work, and makes none where there is none.
    """
    logging.getLogger("dbos").setLevel(logging.ERROR)
    forbid_pickles()
    if not is_notebook(url):
        return {}
    client = DBOSClient(
        system_database_url=url, serializer=Wire(), retry_connection_errors=False, lazy=True
    )
    try:
        failed = client.list_workflows(status=sorted(FAILED), load_input=False)
    finally:
        client.destroy()
    ended = ((walk.workflow_id.rpartition("#"), walk) for walk in failed)
    return {key: str(walk.error) for (key, _, n), walk in ended if n == str(MAX_ATTEMPTS)}
