"""The clock: APScheduler, in memory, on every node. It only starts rounds.

Ten schedulers that fire at the same minute start each walk once: its key holds, not the scheduler. The
job store is never shared (a shared one ran 28 times where 10 were due) and never persisted (pickles).
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger


class Clock:
    """Calls a few coroutines at intervals, one run of each at a time, missed runs made once."""

    def __init__(self) -> None:
        self._scheduler = AsyncIOScheduler(timezone="Europe/Paris")

    def every(
        self,
        minutes: float,
        jitter: int,
        do: Callable[[], Awaitable[object]],
        *,
        at_once: bool = False,
    ) -> None:
        """Call `do` every so many minutes, give or take `jitter` seconds; `at_once`: also at the start."""
        trigger = IntervalTrigger(seconds=int(minutes * 60), jitter=jitter or None)
        first = {"next_run_time": datetime.now(UTC)} if at_once else {}
        self._scheduler.add_job(
            do, trigger, max_instances=1, coalesce=True, misfire_grace_time=None, **first
        )

    def start(self) -> None:
        """Start ticking, on the running event loop."""
        self._scheduler.start()

    def stop(self) -> None:
        """Stop ticking; what was started goes on elsewhere."""
        self._scheduler.shutdown(wait=False)
