"""What is expected when: one window per period (day, week, month), in the time of Paris.

1. A period has one due day: that day, that weekday, the nth working day or a day of the month (the
   last one where the month is shorter). On a closed day it is skipped, kept, or moved to a working one.
2. A window opens with its period (`early` days before it), closes at `before` on its due day, and is
   late once `grace` has passed. Two due days that a move brings together are one window.
3. Moments are UTC. An hour that the change of time skips or repeats is taken at its later reading:
   nothing is late too early.
4. What is due during a pause, or in a period that began before `since`, is not expected.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from gateway.calendar.working import (
    DAY,
    is_working,
    month_days,
    next_working,
    nth_working,
    previous_working,
)

PARIS: Final = ZoneInfo("Europe/Paris")
# Days that a move and a period may put between a due day and the beginning of its period, at most.
REACH: Final = timedelta(days=50)


class Every(StrEnum):
    """How often; a weekday is once a week."""

    DAY = "day"
    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"
    MONTH = "month"


WEEKDAYS: Final = tuple(Every)[1:-1]


class Closed(StrEnum):
    """What becomes of a due day on which nobody works."""

    SKIP = "skip"
    NEXT = "next"
    PREVIOUS = "previous"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Pause:
    """Days of which nothing is expected, both included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Expectation:
    """When a flow is expected. Of `business_day` and `day`, a month has one and nothing else any."""

    every: Every
    before: time
    since: date
    region: str = "FR"
    business_day: int | None = None
    day: int | None = None
    closed: Closed = Closed.NEXT
    grace: timedelta = timedelta()
    early: timedelta = timedelta()
    pauses: tuple[Pause, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """One expected file: due on `day`, awaited from `opens` until `closes`, late after `limit`."""

    closes: datetime
    limit: datetime
    opens: datetime
    begins: datetime
    day: date


def due(expected: Expectation, first: date, last: date) -> Sequence[Window]:
    """The windows whose due day is in [first, last], by due day."""
    found: dict[date, Window] = {}
    for begins, day in _days(expected, first - REACH, last + REACH):
        if day in found or not first <= day <= last or begins < expected.since:
            continue
        if not any(pause.first <= day <= pause.last for pause in expected.pauses):
            found[day] = _window(expected, begins, day)
    return [found[day] for day in sorted(found)]


def _days(expected: Expectation, first: date, last: date) -> Iterator[tuple[date, date]]:
    """Each period that begins in [first, last], and its due day."""
    for begins, day in _nominal(expected, first, last):
        moved = _moved(day, expected)
        if moved is not None:
            yield min(begins, moved), moved


def _nominal(expected: Expectation, first: date, last: date) -> Iterator[tuple[date, date | None]]:
    if expected.every is Every.MONTH:
        yield from ((begins, _of_month(expected, begins)) for begins in _months(first, last))
        return
    for number in range((last - first).days + 1):
        day = first + number * DAY
        if expected.every is Every.DAY:
            yield day, day
        elif day.weekday() == WEEKDAYS.index(expected.every):
            yield day - day.weekday() * DAY, day


def _months(first: date, last: date) -> Iterator[date]:
    begins = first.replace(day=1)
    while begins <= last:
        yield begins
        begins = (begins + timedelta(days=32)).replace(day=1)


def _of_month(expected: Expectation, begins: date) -> date | None:
    if expected.business_day is not None:
        return nth_working(begins.year, begins.month, expected.business_day, expected.region)
    days = list(month_days(begins.year, begins.month))
    return days[min(expected.day or 1, len(days)) - 1]


def _moved(day: date | None, expected: Expectation) -> date | None:
    if day is None or expected.closed is Closed.KEEP or is_working(day, expected.region):
        return day
    match expected.closed:
        case Closed.NEXT:
            return next_working(day, expected.region)
        case Closed.PREVIOUS:
            return previous_working(day, expected.region)
        case Closed.SKIP:
            return None


def _window(expected: Expectation, begins: date, day: date) -> Window:
    closes = moment(day, expected.before)
    start = moment(begins, time())
    return Window(
        closes=closes,
        limit=closes + expected.grace,
        opens=moment(begins - expected.early, time()),
        begins=start,
        day=day,
    )


def moment(day: date, hour: time) -> datetime:
    """An hour of Paris, in UTC; its later reading when the change of time gives it two."""
    readings = (datetime.combine(day, hour.replace(fold=fold), PARIS) for fold in (0, 1))
    return max(reading.astimezone(UTC) for reading in readings)
