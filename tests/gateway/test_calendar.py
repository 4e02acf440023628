"""What is expected when: known dates, and a naive reading of the same words, day by day."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.calendar import (
    PARIS,
    REGIONS,
    Closed,
    Every,
    Expectation,
    Pause,
    Window,
    due,
    region_of,
    unanswered,
)
from gateway.calendar.working import holidays_of, is_working

DAY = timedelta(days=1)
SIX = time(18)
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

# --- public holidays, counted again from the Code du travail and the ecclesiastical full moon

# Golden number → the paschal full moon, for 1900 to 2199 (the table of the Church).
MOONS = (
    (4, 14), (4, 3), (3, 23), (4, 11), (3, 31), (4, 18), (4, 8), (3, 28), (4, 16), (4, 5), (3, 25),
    (4, 13), (4, 2), (3, 22), (4, 10), (3, 30), (4, 17), (4, 7), (3, 27),
)  # fmt: skip
FIXED = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
# L3422-2, and what Guadeloupe and Martinique keep by custom (days from Easter, then dates).
OVERSEAS: Mapping[str, tuple[tuple[int, ...], tuple[tuple[int, int], ...]]] = {
    "FR-971": ((-24, -2), ((5, 27), (7, 21))),
    "FR-972": ((), ((5, 22), (7, 21))),
    "FR-973": ((), ((6, 10),)),
    "FR-974": ((), ((12, 20),)),
    "FR-976": ((), ((4, 27),)),
}


def easter(year: int) -> date:
    """The Sunday after the paschal full moon."""
    moon = date(year, *MOONS[year % 19])
    return moon + (7 - (moon.weekday() + 1) % 7) * DAY


def closed_days(region: str, year: int) -> set[date]:
    after = [1, 39, 50]
    fixed = [*FIXED]
    if region == "FR-6AE":
        after, fixed = [*after, -2], [*fixed, (12, 26)]
    more, dates = OVERSEAS.get(region, ((), ()))
    moved = {easter(year) + days * DAY for days in (*after, *more)}
    return moved | {date(year, *day) for day in (*fixed, *dates)}


@pytest.mark.parametrize("region", REGIONS)
def test_public_holidays_are_those_of_the_law_and_of_custom(region: str) -> None:
    for year in range(2008, 2061):  # before, Whit Monday was not always one
        assert holidays_of(region, year) == closed_days(region, year), year


def test_easter_is_where_everybody_knows_it_was() -> None:
    known = ["2000-04-23", "2008-03-23", "2011-04-24", "2026-04-05", "2038-04-25"]
    assert [easter(int(day[:4])).isoformat() for day in known] == known


@pytest.mark.parametrize(
    ("departement", "region"),
    [("08", "FR"), ("57", "FR-6AE"), ("67", "FR-6AE"), ("68", "FR-6AE"), ("2A", "FR")]
    + [(code, f"FR-{code}") for code in ("971", "972", "973", "974", "976")]
    + [("975", "FR"), ("978", "FR")],
)
def test_a_departement_keeps_the_holidays_of_its_region(departement: str, region: str) -> None:
    assert region_of(departement) == region


# --- known dates


def monthly(rank: int, departement: str = "08", **more: object) -> Expectation:
    given = {"every": Every.MONTH, "before": SIX, "since": date(2000, 1, 1), "business_day": rank}
    return Expectation(**(given | {"region": region_of(departement)} | more))  # type: ignore[arg-type]


def days(expected: Expectation, first: str, last: str) -> list[str]:
    return [
        window.day.isoformat()
        for window in due(expected, date.fromisoformat(first), date.fromisoformat(last))
    ]


@pytest.mark.parametrize(
    ("rank", "departement", "month", "day"),
    [
        (5, "57", "2026-04", "2026-04-09"),  # Good Friday is the 3rd
        (5, "08", "2026-04", "2026-04-08"),
        (5, "57", "2026-05", "2026-05-11"),
        (5, "08", "2026-05", "2026-05-11"),  # the 1st and the 8th are Fridays
        (1, "08", "2026-11", "2026-11-02"),
        (-1, "08", "2026-05", "2026-05-29"),
        (-5, "57", "2025-12", "2025-12-23"),  # the 25th and the 26th, a Friday
        (-5, "08", "2025-12", "2025-12-24"),
        (13, "976", "2026-04", "2026-04-20"),
        (-4, "976", "2026-04", "2026-04-24"),  # the 27th, a Monday
        (-4, "08", "2026-04", "2026-04-27"),
    ],
)
def test_the_nth_working_day_of_a_month(rank: int, departement: str, month: str, day: str) -> None:
    first = date.fromisoformat(f"{month}-01")
    last = (first + 32 * DAY).replace(day=1) - DAY
    assert days(monthly(rank, departement), first.isoformat(), last.isoformat()) == [day]


@pytest.mark.parametrize(
    ("closed", "found"),
    [
        (Closed.KEEP, ["2026-08-15", "2026-09-15", "2026-10-15", "2026-11-15"]),
        (Closed.NEXT, ["2026-08-17", "2026-09-15", "2026-10-15", "2026-11-16"]),
        (Closed.PREVIOUS, ["2026-08-14", "2026-09-15", "2026-10-15", "2026-11-13"]),
        (Closed.SKIP, ["2026-09-15", "2026-10-15"]),
    ],
)
def test_the_fifteenth_when_nobody_works(closed: Closed, found: list[str]) -> None:
    expected = Expectation(Every.MONTH, SIX, date(2000, 1, 1), day=15, closed=closed)
    assert days(expected, "2026-08-01", "2026-11-30") == found


def test_the_thirty_first_of_a_short_month_is_its_last_day() -> None:
    expected = Expectation(Every.MONTH, SIX, date(2000, 1, 1), day=31, closed=Closed.KEEP)
    found = ["2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30"]
    assert days(expected, "2028-01-01", "2028-04-30") == found


def test_every_day_is_every_working_day_once_even_when_days_are_moved_together() -> None:
    for closed in (Closed.SKIP, Closed.NEXT):
        expected = Expectation(Every.DAY, SIX, date(2000, 1, 1), closed=closed)
        assert days(expected, "2026-05-07", "2026-05-12") == [
            "2026-05-07", "2026-05-11", "2026-05-12",
        ]  # fmt: skip


def test_a_day_moved_over_a_long_week_end_is_found_where_it_lands() -> None:
    # Good Friday to Easter Monday in Moselle; the 31st of a month that ends on a Saturday.
    friday = Expectation(Every.FRIDAY, SIX, date(2000, 1, 1), "FR-6AE")
    assert days(friday, "2026-04-07", "2026-04-07") == ["2026-04-07"]
    last = Expectation(Every.MONTH, SIX, date(2000, 1, 1), day=31)
    assert days(last, "2026-11-02", "2026-11-02") == ["2026-11-02"]


def test_nothing_is_expected_during_a_pause_nor_of_a_period_begun_before() -> None:
    paused = monthly(5, pauses=(Pause(date(2026, 5, 11), date(2026, 6, 5)),))
    assert days(paused, "2026-04-01", "2026-07-31") == ["2026-04-08", "2026-07-07"]
    late = monthly(5, since=date(2026, 5, 2))  # May began the 1st
    assert days(late, "2026-04-01", "2026-07-31") == ["2026-06-05", "2026-07-07"]


# --- hours


@pytest.mark.parametrize(
    ("day", "before", "closes"),
    [
        ("2026-01-15", "18:00", "2026-01-15T17:00"),
        ("2026-07-15", "18:00", "2026-07-15T16:00"),
        ("2026-03-28", "02:30", "2026-03-28T01:30"),
        ("2026-03-29", "02:30", "2026-03-29T01:30"),  # an hour that is skipped: 03:30
        ("2026-03-30", "02:30", "2026-03-30T00:30"),
        ("2026-10-25", "02:30", "2026-10-25T01:30"),  # an hour that comes twice: the second
        ("2026-10-25", "01:59", "2026-10-24T23:59"),
    ],
)
def test_hours_are_of_paris_and_nothing_is_late_too_early(
    day: str, before: str, closes: str
) -> None:
    there = date.fromisoformat(day)
    expected = Expectation(
        Every.DAY, time.fromisoformat(before), there, closed=Closed.KEEP, grace=timedelta(hours=2)
    )
    (window,) = due(expected, there, there)
    assert window.closes == datetime.fromisoformat(closes).replace(tzinfo=UTC)
    assert window.limit - window.closes == timedelta(hours=2)
    assert window.opens.astimezone(PARIS) == datetime.combine(there, time(), PARIS)


# --- the same, read day by day


def naive(expected: Expectation, first: date, last: date) -> Iterator[tuple[date, date, datetime]]:
    """Every day asked in turn: is it due, and of a period begun when?"""
    day, dues = first - 60 * DAY, dict[date, date]()
    while day <= last + 60 * DAY:
        begins = _period(expected, day)
        if _is_nominal(expected, day):
            moved = _shifted(expected, day)
            if moved is not None:
                dues[moved] = min(begins, moved, dues.get(moved, begins))
        day += DAY
    for day in sorted(dues):
        paused = any(pause.first <= day <= pause.last for pause in expected.pauses)
        if first <= day <= last and dues[day] >= expected.since and not paused:
            yield day, dues[day], datetime.combine(day, expected.before, PARIS)


def _period(expected: Expectation, day: date) -> date:
    if expected.every is Every.MONTH:
        return day.replace(day=1)
    return day if expected.every is Every.DAY else day - day.weekday() * DAY


def _is_nominal(expected: Expectation, day: date) -> bool:
    if expected.every is Every.DAY:
        return True
    if expected.every is not Every.MONTH:
        return WEEK[day.weekday()] == expected.every.value
    if expected.day is not None:
        is_last = (day + DAY).month != day.month
        return day.day == expected.day or (is_last and day.day < expected.day)
    if not is_working(day, expected.region):
        return False
    rank = expected.business_day or 0
    step = DAY if rank < 0 else -DAY
    return abs(rank) == 1 + sum(
        is_working(day + n * step, expected.region)
        for n in range(1, 31)
        if (day + n * step).month == day.month
    )


def _shifted(expected: Expectation, day: date) -> date | None:
    if is_working(day, expected.region) or expected.closed is Closed.KEEP:
        return day
    if expected.closed is Closed.SKIP:
        return None
    step = DAY if expected.closed is Closed.NEXT else -DAY
    while not is_working(day, expected.region):
        day += step
    return day


dates = st.dates(date(2024, 1, 1), date(2027, 12, 31))
pauses = st.lists(
    st.builds(lambda a, n: Pause(a, a + n * DAY), dates, st.integers(0, 40)), max_size=2
)


@st.composite
def expectations(draw: st.DrawFn) -> Expectation:
    every = draw(st.sampled_from(Every))
    month = every is Every.MONTH
    ranked = month and draw(st.booleans())
    return Expectation(
        every=every,
        before=draw(st.sampled_from([time(8), SIX, time(23, 59)])),
        since=draw(dates),
        region=draw(st.sampled_from(sorted(REGIONS))),
        business_day=draw(st.integers(1, 15)) * draw(st.sampled_from([1, -1])) if ranked else None,
        day=draw(st.integers(1, 31)) if month and not ranked else None,
        closed=draw(st.sampled_from(Closed)),
        pauses=tuple(draw(pauses)),
    )


@given(expectations(), dates, st.integers(0, 120))
@settings(max_examples=100, deadline=None)
def test_windows_are_what_a_naive_reading_finds_day_by_day(
    expected: Expectation, first: date, length: int
) -> None:
    last = first + length * DAY
    found = due(expected, first, last)
    assert [(w.day, w.begins.astimezone(PARIS).date(), w.closes) for w in found] == [
        (day, begins, closes.astimezone(UTC))
        for day, begins, closes in naive(expected, first, last)
    ]
    for window in found:
        assert window.opens == window.begins < window.closes == window.limit
    assert all(one.closes < other.closes for one, other in pairwise(found))


# --- one file answers one window


def week() -> Sequence[Window]:
    """Monday to Friday, from midnight to six in the evening."""
    expected = Expectation(Every.DAY, SIX, date(2026, 1, 1), closed=Closed.SKIP)
    return due(expected, date(2026, 11, 16), date(2026, 11, 20))


def at(day: int, hour: int) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=PARIS).astimezone(UTC)


@pytest.mark.parametrize(
    ("received", "left"),
    [
        ([], [16, 17, 18, 19, 20]),
        ([at(16, 9), at(17, 9), at(18, 9), at(19, 9), at(20, 9)], []),
        ([at(16, 20)], [17, 18, 19, 20]),  # late, the same evening
        ([at(17, 9)], [16, 18, 19, 20]),  # Tuesday's, though Monday's never came
        ([at(17, 9), at(17, 10)], [18, 19, 20]),  # and then Monday's
        ([at(17, 20)], [17, 18, 19, 20]),  # late: for who has waited longest
        ([at(16, 9), at(16, 10), at(16, 11)], [17, 18, 19, 20]),  # too many answer once
        ([at(15, 23)], [16, 17, 18, 19, 20]),  # before any window
    ],
)
def test_a_file_answers_one_window(received: list[datetime], left: list[int]) -> None:
    assert [window.day.day for window in unanswered(week(), received)] == left


moments = st.lists(st.integers(0, 24 * 7).map(lambda h: at(15, 0) + timedelta(hours=h)), max_size=8)


@given(moments)
def test_as_many_windows_stay_open_as_files_are_missing(received: list[datetime]) -> None:
    left = unanswered(week(), received)
    # A file more than the windows open before it answers none: the most that can be answered.
    answered = 0
    opened = sorted(window.opens for window in week())
    for moment in sorted(received):
        answered += answered < sum(opens <= moment for opens in opened)
    assert len(left) == 5 - answered
    assert unanswered(week(), [*received, at(22, 0)]) == left[1:] or not left
