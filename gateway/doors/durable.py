"""Durable execution: the only file that knows DBOS.

1. A workflow's id is its idempotency key: started twice, or by two nodes, it runs once.
2. A step that finished is read back, never redone; killed at any instant, a workflow resumes.
3. One delivery at a time per département (the identity index has one writer), départements in
   parallel: the queue is partitioned by département.
4. A workflow that ended in error is tried again under the next attempt number, never erased.
5. What it writes down is references (`gateway.doors.wire`).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from dbos import DBOS, SetEnqueueOptions, SetWorkflowID, StepOptions

from gateway.doors.wire import Wire
from gateway.errors import Unavailable
from gateway.passage.steps import Steps

T = TypeVar("T")
Walk = Callable[..., Awaitable[object]]

QUEUE = "passerelle"
# Workflows survive an upgrade of the software as long as their steps keep this meaning.
STEPS_VERSION = "1"
WAITING = ["PENDING", "ENQUEUED", "DELAYED"]
MAX_ATTEMPTS = 50


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a step meets `Unavailable` before its workflow gives up, and how long between."""

    tries: int = 6
    first_wait: float = 5.0


class Notebook(Steps):
    """The steps of the workflow we are inside."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience

    async def run(self, name: str, step: Callable[[], Awaitable[T]]) -> T:
        """Do a step once and for all; wait and try again only when time must act."""
        options: StepOptions = {
            "name": name,
            "retries_allowed": True,
            "max_attempts": self._patience.tries,
            "interval_seconds": self._patience.first_wait,
            "backoff_rate": 2.0,
            "should_retry": lambda error: isinstance(error, Unavailable),
        }
        return await DBOS.run_step_async(options, step)


class Durable:
    """A durable executor of named walks, on SQLite or PostgreSQL."""

    def __init__(self, url: str, walks: Mapping[str, Walk], patience: Patience) -> None:
        logging.getLogger("dbos").setLevel(logging.ERROR)
        DBOS(
            config={
                "name": "passerelle",
                "system_database_url": url,
                "serializer": Wire(),
                "application_version": STEPS_VERSION,
                "executor_id": "local",
                "log_level": "ERROR",
                "notification_listener_polling_interval_sec": 0.1,
            }
        )
        notebook = Notebook(patience)
        self._walks = {name: self._register(name, walk, notebook) for name, walk in walks.items()}

    def _register(self, name: str, walk: Walk, notebook: Notebook) -> Walk:
        async def workflow(*arguments: object) -> object:
            return await walk(*arguments, notebook)

        workflow.__qualname__ = workflow.__name__ = name
        return DBOS.workflow(name=name)(workflow)

    async def launch(self) -> None:
        """Open the notebook and resume what a previous process left unfinished."""
        await asyncio.to_thread(DBOS.launch)
        await DBOS.register_queue_async(QUEUE, partition_concurrency=1, polling_interval_sec=0.1)

    async def start(self, walk: str, key: str, *arguments: object, partition: str) -> bool:
        """Start a walk under its key; say whether it had to be. The same key never walks twice."""
        for attempt in range(1, MAX_ATTEMPTS):
            workflow_id = f"{key}#{attempt}"
            known = await DBOS.get_workflow_status_async(workflow_id)
            if known is not None and known.status in {"ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"}:
                continue
            if known is not None:
                return False
            with SetWorkflowID(workflow_id), SetEnqueueOptions(queue_partition_key=partition):
                await DBOS.enqueue_workflow_async(QUEUE, self._walks[walk], *arguments)
            return True
        raise Unavailable(f"{MAX_ATTEMPTS} tentatives ont échoué : un opérateur doit regarder")

    async def drain(self) -> None:
        """Wait until nothing is running or waiting here."""
        while await DBOS.list_workflows_async(
            status=WAITING, limit=1, load_input=False, load_output=False
        ):
            await asyncio.sleep(0.05)

    async def failures(self) -> Mapping[str, str]:
        """Walks whose every attempt ended in error: key → what kind of error."""
        ended = await DBOS.list_workflows_async(status=["ERROR", "SUCCESS"], load_input=False)
        succeeded = {w.workflow_id.rsplit("#", 1)[0] for w in ended if w.status == "SUCCESS"}
        failed = {
            w.workflow_id.rsplit("#", 1)[0]: str(w.error) for w in ended if w.status == "ERROR"
        }
        return {key: error for key, error in failed.items() if key not in succeeded}

    async def close(self) -> None:
        """Stop listening; what is unfinished resumes at the next launch."""
        await asyncio.to_thread(DBOS.destroy)
