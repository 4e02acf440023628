"""What the detectors read and what they find. Pure: counts and references, never a person.

1. A `Use` is one thing asked for; `who` is a client of the API, somebody at one, or an operator.
2. A `Habit` is the past of one of them, on the days that nobody doubts: as long as an alert on a day is
   open, that day teaches nothing.
3. The last twenty-four hours are compared with the 35 days before them: a monthly file is always there.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo

PARIS: Final = ZoneInfo("Europe/Paris")
RECENT: Final = timedelta(hours=24)
PAST: Final = timedelta(days=35)
HOUR: Final = timedelta(hours=1)


class Kind(StrEnum):
    """What is unusual; values are stable."""

    VOLUME = "abuse-volume"
    HOUR = "abuse-hour"
    SCOPE = "abuse-scope"
    REFUSALS = "abuse-refusals"
    TERRITORY = "abuse-territory"
    HARVEST = "abuse-harvest"


@dataclass(frozen=True, slots=True)
class Use:
    """One thing asked for, and how much it gave. `subject` is a reference: a release, a commitment."""

    who: str
    at: datetime
    operation: str
    subject: str = ""
    rows: int = 0
    bytes: int = 0
    departement: str = ""
    product: str = ""
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing unusual. `told` is French, with the count and the usual figure."""

    kind: Kind
    who: str
    told: str
    counted: int
    usual: int
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Floors:
    """Under these nothing is said: rows and bytes a day, distinct subjects an hour, one subject an hour."""

    rows: int
    bytes: int
    distinct: int
    same: int


CLIENT: Final = Floors(rows=2_000, bytes=100_000_000, distinct=60, same=120)
PERSON: Final = Floors(rows=60, bytes=100_000_000, distinct=30, same=30)


@dataclass(frozen=True)
class Habit:
    """The uses of one, before and in the last twenty-four hours, oldest first."""

    who: str
    past: Sequence[Use]
    recent: Sequence[Use]
    since: datetime  # when the last twenty-four hours began
    floors: Floors = CLIENT

    @cached_property
    def days(self) -> Mapping[int, Sequence[Use]]:
        """The past in days of twenty-four hours, the active ones only."""
        found: dict[int, list[Use]] = {}
        for use in self.past:
            found.setdefault((self.since - use.at) // RECENT, []).append(use)
        return found

    def is_known(self, days: int) -> bool:
        """Whether it was active on so many days at least."""
        return len(self.days) >= days


def habit_of(
    uses: Iterable[Use],
    now: datetime,
    *,
    doubted: frozenset[date] = frozenset(),
    floors: Floors = CLIENT,
) -> Habit:
    """The habit of one `who` at a time; `doubted`: days in Paris that teach nothing."""
    ordered = sorted(uses, key=lambda use: use.at)
    since = now - RECENT
    past = [
        use
        for use in ordered
        if since - PAST <= use.at < since and use.at.astimezone(PARIS).date() not in doubted
    ]
    recent = [use for use in ordered if since <= use.at <= now]
    who = ordered[0].who if ordered else ""
    return Habit(who, past, recent, since, floors)


def by_hour(uses: Iterable[Use]) -> Mapping[datetime, Sequence[Use]]:
    """Uses by clock hour."""
    found: dict[datetime, list[Use]] = {}
    for use in uses:
        found.setdefault(use.at.replace(minute=0, second=0, microsecond=0), []).append(use)
    return found


def most_often(uses: Iterable[Use]) -> int:
    """How often the subject asked for most was asked for, in the busiest hour."""
    hours = by_hour(use for use in uses if use.subject)
    return max(
        (max(Counter((u.operation, u.subject) for u in hour).values()) for hour in hours.values()),
        default=0,
    )


def most_distinct(uses: Iterable[Use]) -> int:
    """How many distinct subjects were asked for in the busiest hour."""
    hours = by_hour(use for use in uses if use.subject)
    return max((len({use.subject for use in hour}) for hour in hours.values()), default=0)
