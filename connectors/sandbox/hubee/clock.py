"""Time as the sandbox sees it: the real one, or one that a test sets."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

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


class RunningClock:
    """The real time and what it was advanced by, kept in a file."""

    def __init__(self, kept: Path) -> None:
        self._kept = kept
        self._ahead = timedelta(seconds=float(kept.read_text("utf-8")) if kept.exists() else 0)

    def __call__(self) -> datetime:
        """Return the time, ahead of ours or not."""
        return system_clock() + self._ahead

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self._ahead += by
        self._kept.write_text(str(self._ahead.total_seconds()), "utf-8")


def stamp(moment: datetime) -> str:
    """Print a date as production does: ``2024-07-04T08:54:15.438+00:00``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
