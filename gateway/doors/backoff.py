"""How long a place that failed is left alone: twice as long each time, never more than an hour.

HubEE's own advice for a hub in trouble is to wait an hour. The first failure costs nothing more than
the wait until the next tick; the first answer forgets them all. Per place: one in trouble delays no other.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

LONGEST = 3600.0
# A tick that comes a little early (jitter) is still that tick.
EARLY = 0.1


@dataclass(slots=True)
class Backoff:
    """What is remembered of each place: how often it failed in a row, and until when it is left alone."""

    now: Callable[[], float] = time.monotonic
    _failures: dict[str, int] = field(default_factory=dict)
    _until: dict[str, float] = field(default_factory=dict)

    def may_ask(self, place: str) -> bool:
        """Whether its time has come."""
        return self.now() >= self._until.get(place, 0.0)

    def failed(self, place: str, every: float) -> float:
        """It did not answer; it is asked every so many seconds. Give the seconds until the next time."""
        failures = self._failures.get(place, 0)
        wait = min(every * 2.0 ** min(failures, 32), max(LONGEST, every))
        self._failures[place] = failures + 1
        self._until[place] = self.now() + wait - EARLY * every
        return wait

    def answered(self, place: str) -> None:
        """It answered: everything is forgotten."""
        self._failures.pop(place, None)
        self._until.pop(place, None)
