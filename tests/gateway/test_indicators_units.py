"""What each indicator counts: to the letter of its definition, on people told one by one."""

from datetime import date, timedelta

import polars as pl
import pytest

from gateway.indicators import Granularity, Period
from gateway.indicators.catalogue import BY_NAME, CATALOGUE, DELAYS
from gateway.indicators.counting import MARGIN, OTHERS, count
from gateway.indicators.periods import last_periods
from gateway.indicators.units import LIVES, UNITS, tell, units, waiting
from tests.world.steering import Fact, appointment, contract, entry, facts, orientation

Q = Granularity.QUARTER
JANUARY = date(2022, 1, 10)


def day(number: int) -> date:
    return JANUARY + timedelta(days=number)


def found(
    name: str, *said: Fact, columns: tuple[str, ...] = ("PERIODE", "CLASSE", "JOURS")
) -> object:
    return units(tell(facts(*said)), name, Q).select(columns).rows()


@pytest.mark.parametrize(("days", "rank"), [(0, 0), (29, 0), (30, 1), (61, 1), (62, 2), (89, 2), (90, 3), (400, 3)])  # fmt: skip
def test_a_delay_is_in_one_class(days: int, rank: int) -> None:
    said = entry("a", day(-days)), orientation("a", JANUARY)
    assert found("delai-orientation", *said) == [("2022-T1", rank, days)]
    assert len(DELAYS) == 4


def test_only_the_first_orientation_of_an_entry_counts() -> None:
    said = entry("a", day(0)), orientation("a", day(10)), orientation("a", day(40), "EMPLOI")
    assert found("delai-orientation", *said) == [("2022-T1", 0, 10)]


def test_who_came_with_an_orientation_waits_for_none() -> None:
    said = orientation("a", day(-5)), entry("a", day(0)), orientation("a", day(10))
    assert found("delai-orientation", *said) == []
    assert found("entrees", *said) == []


def test_an_orientation_after_the_exit_is_of_no_entry() -> None:
    said = entry("a", day(0)), entry("a", day(5), "NON_SOUMIS"), orientation("a", day(10))
    assert found("delai-orientation", *said) == []
    assert found("entrees", *said) == [("2022-T1", 2, 5)]


def test_said_again_an_entry_is_the_same() -> None:
    said = entry("a", day(0)), entry("a", day(8)), orientation("a", day(10))
    assert found("delai-orientation", *said) == [("2022-T1", 0, 10)]


def test_who_still_waits_is_seen_until_the_horizon_whatever_came_since() -> None:
    horizon = Period.parse("2022-T1").horizon(BY_NAME["entrees"].closing)
    waited = (horizon - day(0)).days
    late = orientation("a", horizon + timedelta(days=1))
    columns = ("PERIODE", "CLASSE", "JOURS", "FINI")
    assert found("entrees", entry("a", day(0)), late, columns=columns) == [
        ("2022-T1", 3, waited, False)
    ]
    in_time = orientation("a", horizon)
    assert found("entrees", entry("a", day(0)), in_time, columns=columns) == [
        ("2022-T1", 1, waited, True)
    ]


def test_the_first_contract_since_counts_before_another_orientation() -> None:
    two = contract("a", day(20)), contract("a", day(60))
    assert found("delai-contrat", orientation("a", day(0)), *two) == [("2022-T1", 0, 20)]
    between = orientation("a", day(10), "EMPLOI")
    assert found("delai-contrat", orientation("a", day(0)), between, *two) == [("2022-T1", 0, 10)]
    refused = contract("a", day(20), status="REFUSE")
    assert found("delai-contrat", orientation("a", day(0)), refused) == []


def test_an_orientation_already_covered_waits_for_no_contract() -> None:
    before, after = contract("a", day(-20), day(300)), contract("a", day(20))
    assert found("delai-contrat", orientation("a", day(0)), before, after) == []
    ended = contract("a", day(-20), day(-1))
    assert found("delai-contrat", orientation("a", day(0)), ended, after) == [("2022-T1", 0, 20)]


def test_appointments_count_when_their_outcome_is_known() -> None:
    statuses = ("VENU", "ABSENT_EXCUSE", "ABSENT_NON_EXCUSE", "PREVU", "ANNULE", "INCONNU")
    said = [appointment("a", day(rank), status) for rank, status in enumerate(statuses)]
    columns = ("CLASSE", "STRUCTURE", "ORIENTATION")
    placed = found("rendez-vous", orientation("a", day(0)), *said, columns=columns)
    assert placed == [(0, "CCAS", "SOCIAL"), (1, "CCAS", "SOCIAL"), (2, "CCAS", "SOCIAL")]
    own = appointment("a", day(3), "VENU", "Mission")
    assert found("rendez-vous", own, columns=columns) == [(0, "Mission", "SANS")]


@pytest.mark.parametrize(
    ("issue", "after", "rank"),
    [
        ("remobilise_contrat", 90, 0),
        ("remobilise_contrat", 91, 4),
        ("remobilise_inscription", 5, 1),
        ("remobilise_rdv", 5, 2),
        ("sorti_emploi", 5, 3),
        ("sorti_formation", 5, 3),
        ("droit_clos", 5, 4),
        ("sans_suite", 5, 4),
        (None, None, 4),
    ],
)
def test_what_follows_a_signal_is_a_return_within_90_days(
    issue: str | None, after: int | None, rank: int
) -> None:
    closed = None if after is None else day(after)
    life = pl.DataFrame([("a", "R13", day(0), closed, issue)], schema=dict(LIVES), orient="row")
    told = tell(facts(orientation("a", day(-9))), life)
    columns = ("PERIODE", "CLASSE", "REGLE", "STRUCTURE")
    rows = units(told, "suites-des-signaux", Granularity.MONTH).select(columns).rows()
    assert rows == [("2022-01", rank, "R13", "CCAS")]


def test_a_signal_that_was_a_mistake_never_was() -> None:
    life = [("a", "R13", day(0), day(0), "erreur_donnee")]
    told = tell(facts(), pl.DataFrame(life, schema=dict(LIVES), orient="row"))
    assert units(told, "suites-des-signaux", Q).is_empty()


def test_a_stock_is_who_waits_on_the_last_day() -> None:
    first, second = Period.parse("2022-T1"), Period.parse("2022-T2")
    said = [
        entry("a", day(0)),
        orientation("a", day(100)),
        entry("b", day(0)),
        entry("b", day(30), "NON_SOUMIS"),
    ]
    told = tell(facts(*said, contract("a", day(200))))
    rows = (
        waiting(told, "en-attente-d-orientation", [first, second]).select("PERIODE", "JOURS").rows()
    )
    assert rows == [("2022-T1", 80)]
    then = waiting(told, "en-attente-de-contrat", [first, second]).select("PERIODE", "JOURS").rows()
    assert then == [("2022-T2", (second.end - day(100)).days)]


def test_nobody_gives_blocks_of_zeros() -> None:
    told = tell(facts())
    for indicator in CATALOGUE:
        if indicator.views == ("REGLE",):
            continue
        periods = [Period.parse("2022-T1")]
        made = (
            waiting(told, indicator.name, periods)
            if indicator.is_stock
            else units(told, indicator.name, Q)
        )
        (counted,) = count(indicator, made, ["2022-T1"], 11)
        assert counted.block.margin.total == 0
        assert counted.block.margin.counts == (0,) * len(indicator.classes)


def test_small_lines_are_pooled_and_never_named() -> None:
    sizes = {"Grande": 30, "Petite": 4, "Seule": 5}
    rows = [
        (number, "2022-T1", number % 2, 10, True, place, "SOCIAL", "")
        for number, place in enumerate(place for place, size in sizes.items() for _ in range(size))
    ]
    frame = pl.DataFrame(rows, schema=dict(UNITS), orient="row")
    (counted,) = count(BY_NAME["delai-orientation"], frame, ["2022-T1"], 9)
    lines = counted.block.views["STRUCTURE"]
    assert [(line.label, line.total) for line in lines] == [("Grande", 30), (OTHERS, 9)]
    assert counted.pooled["STRUCTURE"] == 2
    # one line would be the département again
    (counted,) = count(BY_NAME["delai-orientation"], frame, ["2022-T1"], 10)
    assert counted.block.views == {}
    assert counted.measured["", MARGIN].mean == 10


def test_periods_follow_one_another() -> None:
    names = [period.name for period in last_periods(date(2022, 3, 31), 3, Q)]
    assert names == ["2021-T3", "2021-T4", "2022-T1"]
    months = [period.label for period in last_periods(date(2022, 2, 27), 2, Granularity.MONTH)]
    assert months == ["décembre 2021", "janvier 2022"]
    assert Period.parse("2022-T4").end == date(2022, 12, 31)
    with pytest.raises(ValueError, match="2022-T2"):
        Period.parse("2022-T5")
