"""Time as the sandbox sees it: the real one, one that a test sets, or one pushed ahead for good."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]

# HubEE's own hours: dates are kept in Paris time, and the daily batch runs at 00:01.
PARIS = ZoneInfo("Europe/Paris")
BATCH_AT = timedelta(minutes=1)


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


class MovedClock:
    """Another clock, ahead of it by what `offset` says: the hub keeps it, so a restart does too."""

    def __init__(self, base: Clock, offset: Callable[[], timedelta]) -> None:
        self._base, self._offset = base, offset

    def __call__(self) -> datetime:
        """Return the other clock's time, moved."""
        return self._base() + self._offset()


def stamp(moment: datetime) -> str:
    """Print a date as production does: ``2024-07-04T08:54:15.438+00:00``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def day_of(moment: datetime | str) -> date:
    """Return the hub's day: it ends when the batch of the next one runs."""
    read = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return (read.astimezone(PARIS) - BATCH_AT).date()
