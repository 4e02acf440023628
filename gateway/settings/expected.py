"""When a flow is expected, in a partner's settings: `[flows.expected]`, and what cannot be meant."""

from collections.abc import Iterator
from datetime import date, time, timedelta
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from gateway.calendar import Closed, Every, Expectation, Pause, region_of
from gateway.settings.values import Positive

Day = Annotated[date, Meta(description="jour, AAAA-MM-JJ")]
Hour = Annotated[
    str, Meta(pattern=r"\A([01][0-9]|2[0-3]):[0-5][0-9]\Z", description="heure de Paris, HH:MM")
]
Rank = Annotated[
    int, Meta(ge=-15, le=15, description="rang de 1 à 15, ou de -1 à -15 depuis la fin")
]
MonthDay = Annotated[int, Meta(ge=1, le=31, description="jour du mois, de 1 à 31")]
Hours = Annotated[int, Meta(ge=0, le=720, description="heures, 720 au plus")]
Days = Annotated[int, Meta(ge=0, le=15, description="jours, 15 au plus")]
Span = Annotated[
    str, Meta(pattern=r"\A[0-9-]{10}/[0-9-]{10}\Z", description="AAAA-MM-JJ/AAAA-MM-JJ")
]
Spans = Annotated[tuple[Span, ...], Meta(description='liste de "AAAA-MM-JJ/AAAA-MM-JJ"')]
Often = Literal[
    "day", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "month"
]
Region = Literal["FR", "FR-6AE", "FR-971", "FR-972", "FR-973", "FR-974", "FR-976"]

WHICH_DAY: Final = '« every = "month" » : business_day ou day, l\'un des deux'


class Expected(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One window per period, from `since` on: how `gateway.calendar` counts is said there."""

    every: Often
    before: Hour
    since: Day
    business_day: Rank | None = None
    day: MonthDay | None = None
    closed: Literal["skip", "next", "previous", "keep"] | None = None
    holidays: Region | None = None
    grace_hours: Hours = 0
    early_days: Days = 0
    urgent_hours: Positive = 24
    pauses: Spans = ()

    def expectation(self, departement: str) -> Expectation:
        """The same, as the calendar reads it. Raises ValueError for a pause that is no span of days."""
        usual = Closed.SKIP if self.every == "day" else Closed.NEXT
        return Expectation(
            every=Every(self.every),
            before=time.fromisoformat(self.before),
            since=self.since,
            region=self.holidays or region_of(departement),
            business_day=self.business_day,
            day=self.day,
            closed=Closed(self.closed) if self.closed else usual,
            grace=timedelta(hours=self.grace_hours),
            early=timedelta(days=self.early_days),
            pauses=tuple(_pause(span) for span in self.pauses),
        )


def expected_faults(expected: Expected) -> Iterator[str]:
    """A day of the month not chosen or chosen twice, a pause that ends before it begins."""
    given = [expected.business_day is not None, expected.day is not None]
    if sum(given) != (expected.every == "month"):
        yield WHICH_DAY + " ; rien d'autre n'en a"
    if expected.business_day == 0:
        yield "« business_day » : 1 est le premier jour ouvré, -1 le dernier"
    for span in expected.pauses:
        try:
            pause = _pause(span)
        except ValueError:
            yield f"« pauses » : {span} n'est pas une suite de jours"
            continue
        if pause.last < pause.first:
            yield f"« pauses » : {span} finit avant de commencer"


def _pause(span: str) -> Pause:
    first, _, last = span.partition("/")
    return Pause(date.fromisoformat(first), date.fromisoformat(last))
