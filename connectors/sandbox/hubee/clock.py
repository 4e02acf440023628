"""Time as the sandbox sees it: the real one, or one that a test sets."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Now, aware."""
    return datetime.now(UTC)


class SetClock:
    """A clock that moves only when told."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def __call__(self) -> datetime:
        """Return the time last set."""
        return self._now

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self._now += by


def stamp(moment: datetime) -> str:
    """Print a date as production does: ``2024-07-04T08:54:15.438+00:00``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
