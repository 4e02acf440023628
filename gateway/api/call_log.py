"""What is written of calls, off their path: each within a second, refusals by the minute with their number.

1. A call is added in memory and written with the others of its second, and when the door closes.
2. A refusal is told at once the first time, then at most once a minute for the same who and why, with how many
   there were: a flood of refusals is no flood of entries.
3. What cannot be written is kept and tried again; past `MOST` waiting calls, nobody is served any more.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Engine

from gateway.store.api_calls import (
    Called,
    RefusedCalls,
    forget_what_is_over,
    keep_calls,
)

EVERY: Final = 0.5
MINUTE: Final = 60.0
MOST: Final = 20_000
MOST_KINDS: Final = 2_000
TIDIED_EVERY: Final = 600.0
OTHERS: Final = "autres"


@dataclass(slots=True)
class Flood:
    """Refusals of one kind not told yet, and when the last were."""

    operation: str
    count: int = 0
    told_at: float = float("-inf")


@dataclass
class CallLog:
    """Calls and refusals that wait to be written."""

    engine: Engine
    clock: Callable[[], float] = time.monotonic
    calls: list[Called] = field(default_factory=list)
    floods: dict[tuple[str, str], Flood] = field(default_factory=dict)
    tidied_at: float = float("-inf")
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def is_full(self) -> bool:
        """Whether so much waits that nobody may be served: what is not written is not answered."""
        return len(self.calls) >= MOST

    def add(self, called: Called) -> None:
        """One call, to be written within a second."""
        self.calls.append(called)

    def refuse(self, who: str, operation: str, why: str) -> None:
        """One refusal. `who`: a client, or what stands for an address."""
        known = (who, why) in self.floods or len(self.floods) < MOST_KINDS
        flood = self.floods.setdefault((who if known else OTHERS, why), Flood(operation))
        flood.count, flood.operation = flood.count + 1, operation

    async def flush(self, *, everything: bool = False) -> None:
        """Write what waits; `everything`: refusals too, even if the minute is not over."""
        async with self.turn:
            calls, self.calls = self.calls, []
            due = self._due(everything=everything)
            if not calls and not due:
                return
            try:
                await asyncio.to_thread(keep_calls, self.engine, calls, [one for _, one in due])
            except Exception:
                self.calls = calls + self.calls
                raise
            for kind, told in due:
                self.floods[kind].count -= told.count
                self.floods[kind].told_at = self.clock()

    async def tidy(self) -> None:
        """Forget what is over, now and then."""
        if self.clock() - self.tidied_at < TIDIED_EVERY:
            return
        self.tidied_at = self.clock()
        now = self.clock()
        self.floods = {
            kind: flood
            for kind, flood in self.floods.items()
            if flood.count or now - flood.told_at < MINUTE
        }
        await asyncio.to_thread(forget_what_is_over, self.engine)

    def _due(self, *, everything: bool) -> list[tuple[tuple[str, str], RefusedCalls]]:
        now, at = self.clock(), datetime.now(UTC)
        return [
            ((who, why), RefusedCalls(at, who, flood.operation, why, flood.count))
            for (who, why), flood in self.floods.items()
            if flood.count and (everything or now - flood.told_at >= MINUTE)
        ]
