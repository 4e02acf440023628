"""What is unusual is seen, what is ordinary is not: each detector at its limits, and quiet clients drawn at random."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from gateway.abuse.detectors import findings, limit_of, longest_run
from gateway.abuse.uses import PARIS, PERSON, Finding, Kind, Use, habit_of
from tests.world.uses import A_DAY, MONDAY, Manner, ordinary, ordinary_day

DAYS = 60
# What is promised in docs/abus.md of a client that does from half to twice what it usually does.
# In sixty days, of one client: of 101 drawn, 97 had none or one, four had two.
FALSE_ALARMS = 3


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """An hour of Paris."""
    return datetime.combine(day, time(hour, minute), PARIS).astimezone(UTC)


TODAY = MONDAY + 42 * A_DAY  # a Monday
NOW = at(TODAY, 16)


def seen(uses: Sequence[Use], now: datetime = NOW, **changes: object) -> list[Finding]:
    return list(findings(habit_of(uses, now, **changes)))  # type: ignore[arg-type]


def kinds(uses: Sequence[Use], now: datetime = NOW) -> set[Kind]:
    return {finding.kind for finding in seen(uses, now)}


@pytest.fixture(scope="module")
def past() -> list[Use]:
    return ordinary(random.Random(1), Manner(), 42)


def many(number: int, **changes: object) -> list[Use]:
    """So many uses of this afternoon, all of the same kind."""
    first = Use("client quiet", at(TODAY, 15), "downloadRelease", "", 0, 0, "08")
    return [
        replace(first, at=first.at + timedelta(seconds=n), **changes)  # type: ignore[arg-type]
        for n in range(number)
    ]


def test_an_ordinary_day_is_not_a_finding(past: list[Use]) -> None:
    today = list(ordinary_day(random.Random(2), Manner(), TODAY))
    assert seen([*past, *today]) == []
    assert seen([]) == []


def test_rows_and_bytes_far_above_the_usual_are_volume(past: list[Use]) -> None:
    assert kinds([*past, *many(1, rows=60_000)]) == {Kind.VOLUME}
    (found,) = seen([*past, *many(1, bytes=2 * 10**9)])
    assert (found.kind, found.urgent, found.counted) == (Kind.VOLUME, True, 2 * 10**9)
    assert f"d'habitude {found.usual}" in found.told


@pytest.mark.parametrize(
    ("active", "limit"),
    [
        ([1000] * 7, 4000),  # four times the median
        ([1000, 400, 1600] * 3, 1000 + 8 * 1.4826 * 600),  # eight spreads above it
        ([1000] * 6 + [9000], 13_500),  # half above the highest
        ([10] * 7, 2000),  # the floor
        ([1000] * 6, 100_000),  # not known yet
    ],
)
def test_the_limit_of_a_day(active: list[int], limit: float) -> None:
    assert limit_of(active, 2000) == pytest.approx(limit)


def test_the_night_and_the_weekend_are_seen_where_it_never_was(past: list[Use]) -> None:
    night = [replace(use, at=at(TODAY, 2, n)) for n, use in enumerate(many(3))]
    assert kinds([*past, *night]) == {Kind.HOUR}
    assert kinds([*past, *night[:2]]) == set()
    sunday = [replace(use, at=at(TODAY - A_DAY, 17, n)) for n, use in enumerate(many(3))]
    assert kinds([*past, *sunday]) == {Kind.HOUR}
    evening = [replace(use, at=at(TODAY - 3 * A_DAY, 19, n)) for n, use in enumerate(many(9))]
    assert kinds([*past, *evening]) == set()


def test_who_works_at_night_is_left_to_it_within_an_hour() -> None:
    nightly = ordinary(random.Random(3), Manner(opens=2, closes=3), 42)
    late = [replace(use, at=at(TODAY, 3, 10 + n)) for n, use in enumerate(many(5))]
    assert kinds([*nightly, *late]) == set()
    later = [replace(use, at=at(TODAY, 4, 10 + n)) for n, use in enumerate(many(5))]
    assert kinds([*nightly, *later]) == {Kind.HOUR}


def test_midnight_is_next_to_eleven() -> None:
    nightly = ordinary(random.Random(3), Manner(opens=23, closes=24, weekends=True), 42)
    late = [replace(use, at=at(TODAY, 0, 10 + n)) for n, use in enumerate(many(5))]
    assert kinds([*nightly, *late]) == set()


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"operation": "listKeys"}, Kind.SCOPE),
        ({"product": "risque-rupture"}, Kind.SCOPE),
        ({"departement": "51"}, Kind.TERRITORY),
    ],
)
def test_what_was_never_asked_for_is_seen_of_who_is_known(
    past: list[Use], changes: dict[str, str], kind: Kind
) -> None:
    assert kinds([*past, *many(1, **changes)]) == {kind}
    unknown = [use for use in past if use.at > NOW - timedelta(days=10)]
    assert kinds([*unknown, *many(1, **changes)]) == set()


def test_a_burst_of_refusals_is_urgent(past: list[Use]) -> None:
    (found,) = seen([*past, *many(12, refused=True)])
    assert (found.kind, found.urgent) == (Kind.REFUSALS, True)
    assert kinds(many(10, refused=True)) == {Kind.REFUSALS}  # of somebody unknown too
    assert kinds(many(9, refused=True)) == set()


def test_many_departements_within_an_hour_are_urgent() -> None:
    wide = ordinary(random.Random(4), Manner(departements=("08", "51", "10", "55"), calls=8), 42)
    spread = [
        replace(use, departement=d)
        for use, d in zip(many(8), ["08", "51", "10", "55"] * 2, strict=True)
    ]
    assert kinds([*wide, *spread]) == set()
    narrow = [replace(use, departement="08") for use in wide]
    (found,) = seen([*narrow, *spread])
    assert (found.kind, found.urgent) == (Kind.TERRITORY, True)


def test_subject_after_subject_is_a_harvest(past: list[Use]) -> None:
    distinct = [replace(use, subject=f"p:{n * n:x}") for n, use in enumerate(many(60))]
    assert kinds([*past, *distinct]) == {Kind.HARVEST}
    assert kinds([*past, *distinct[:50]]) == set()
    numbered = [replace(use, subject=f"d-{1000 + n}") for n, use in enumerate(many(20))]
    assert kinds([*past, *numbered]) == {Kind.HARVEST}
    assert kinds([*past, *numbered[:19]]) == set()
    again = many(120, subject="d-1")
    assert kinds([*past, *again]) == {Kind.HARVEST}
    assert kinds([*past, *again[:119]]) == set()


def test_numbers_follow_one_another_whatever_is_repeated() -> None:
    assert longest_run(["a-1", "a-2", "a-2", "a-3", "a-5", "b-6", "x"]) == 3
    assert longest_run(["a", "a-1"]) == 0


def test_a_person_who_looks_at_many_people_is_seen() -> None:
    looks = [
        Use("opérateur ana", at(MONDAY + n * A_DAY, 10), "explication", f"c{n}", 1, 0, "08")
        for n in range(42)
    ]
    one_by_one = [
        replace(looks[0], at=at(TODAY, 10, n), subject=f"d{n * n:x}") for n in range(61 - 1)
    ]
    assert {f.kind for f in seen([*looks, *one_by_one], floors=PERSON)} == {Kind.HARVEST}
    more = [*one_by_one, replace(looks[0], at=at(TODAY, 11), subject="e")]
    assert {f.kind for f in seen([*looks, *more], floors=PERSON)} == {Kind.HARVEST, Kind.VOLUME}
    assert seen([*looks, *one_by_one[:5]], floors=PERSON) == []


def test_a_doubted_day_does_not_become_usual(past: list[Use]) -> None:
    yesterday = TODAY - 3 * A_DAY
    much = replace(many(1)[0], at=at(yesterday, 15), rows=60_000)
    again = many(1, rows=60_000)
    assert seen([*past, much, *again]) == []  # it was closed with a reason: it is usual
    doubted = frozenset({yesterday})
    assert {f.kind for f in seen([*past, much, *again], doubted=doubted)} == {Kind.VOLUME}


MANNERS = st.builds(
    Manner,
    calls=st.integers(4, 40),
    rows=st.integers(1, 5000),
    opens=st.sampled_from([0, 2, 6, 8, 9]),
    closes=st.sampled_from([17, 18, 21, 24]),
    departements=st.sampled_from([("08",), ("08", "51"), ("2A", "2B", "971")]),
    weekends=st.booleans(),
    monthly=st.sampled_from([1, 2, 3]),
    refused=st.sampled_from([0, 0.02, 0.1]),
)


# Shrinking sixty days looked at twice a day takes minutes: the first case found is told as it is.
@settings(max_examples=8, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(manner=MANNERS, seed=st.integers(0, 2**32))
def test_a_quiet_client_raises_nothing_in_sixty_days(manner: Manner, seed: int) -> None:
    """Half to twice what it usually does, at its hours, in its départements: looked at twice a day."""
    uses = ordinary(random.Random(seed), manner, DAYS)
    alarms = set()
    for day in range(DAYS):
        for hour in (13, 23):
            now = at(MONDAY + day * A_DAY, hour, 59)
            recent = [use for use in uses if use.at <= now]
            alarms |= {(day, finding.kind, finding.told) for finding in seen(recent, now)}
    assert len({(day, kind) for day, kind, _ in alarms}) <= FALSE_ALARMS, sorted(alarms)
