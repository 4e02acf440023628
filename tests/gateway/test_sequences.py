"""Numbers: next, late, same, old, told as a naive reader of the whole history would tell them."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from gateway.errors import NotAuthorised
from gateway.ledger.log import committed_size
from gateway.stages.admit import Place
from gateway.store.alerts import every_alert, open_alerts
from gateway.store.database import open_engine
from gateway.store.sequences import GAP_ALERT, Numbers, abandon, numbers_of, spelled, watch_gaps
from schemas.codes import Code
from tests.world.arrivals import TERMS, arrive, judged, kept, numbered
from tests.world.databases import sqlite_url

BAD = Code.TOO_MANY_REJECTS
_senders = count()

# One event of a history: a file comes (its content good or bad), or numbers are given up.
Event = tuple[str, int]
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["good", "good", "good", "bad", "again", "abandon"]), st.integers(1, 9)
    ),
    max_size=14,
)


class Naive:
    """Reads the whole history again at each event, number by number."""

    def __init__(self) -> None:
        self.accepted: list[int] = []
        self.heard: set[int] = set()
        self.given_up: set[int] = set()

    def missing(self) -> set[int]:
        if not self.accepted:
            return set()
        known = {*self.accepted, *self.heard, *self.given_up}
        return {n for n in range(min(self.accepted), max(self.accepted)) if n not in known}

    def judges(self, number: int) -> Code | None:
        if number in self.accepted:
            return Code.SAME_SEQUENCE
        if not self.accepted or number > max(self.accepted):
            return None
        return None if number in self.missing() | self.heard else Code.OLD_SEQUENCE

    def comes(self, number: int, *, good: bool) -> Code | None:
        verdict = self.judges(number)
        if verdict is None and not good:
            self.heard.add(number)
            return BAD
        if verdict is None:
            self.accepted.append(number)
        return verdict


@pytest.fixture
def engine(emptied: Engine) -> Engine:
    return emptied


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return open_engine(sqlite_url(tmp_path_factory.mktemp("base")))


def check_tells_the_same(engine: Engine, events: Sequence[Event]) -> None:
    sender, naive = f"s{next(_senders)}", Naive()
    for rank, (what, number) in enumerate(events):
        if what == "abandon":
            if number in naive.missing():
                abandon(engine, sender, "cd-parcours", (number, number), by="ana", motive="m")
                naive.given_up.add(number)
            continue
        # Another day, so that only the number can be the same.
        name = f"CD-PARCOURS_08_202201{rank + 1:02}_{number:06}_V1.csv"
        shown = numbered(number, partner=sender, label=rank, name=name)
        if what == "again" and number in naive.accepted:
            shown = replace(shown, delivery=f"{shown.delivery}-bis")
        faulty = BAD if what == "bad" else None
        expected = naive.comes(number, good=what != "bad")
        assert arrive(engine, shown, faulty=faulty) == expected, (events, rank)
        with engine.begin() as connection:
            found = numbers_of(connection, sender, "cd-parcours").missing()
        assert {n for low, high in found for n in range(low, high + 1)} == naive.missing()


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(EVENTS)
def test_any_history_is_told_as_a_naive_reader_tells_it(base: Engine, events: list[Event]) -> None:
    check_tells_the_same(base, events)


def test_a_history_is_told_the_same_on_every_database(engine: Engine) -> None:
    check_tells_the_same(
        engine,
        [
            ("good", 3), ("good", 7), ("good", 5), ("bad", 6), ("good", 6), ("good", 2),
            ("abandon", 4), ("good", 4), ("bad", 9), ("good", 8), ("good", 9), ("again", 9),
        ],
    )  # fmt: skip


@given(st.permutations(range(1, 7)))
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_in_any_order_all_that_follow_the_first_are_accepted_and_none_is_missing_at_the_end(
    base: Engine, order: list[int]
) -> None:
    sender = f"p{next(_senders)}"
    answers = {n: arrive(base, numbered(n, partner=sender)) for n in order}
    too_early = {n for n in order if n < order[0]}
    assert {n for n, code in answers.items() if code} == too_early
    with base.begin() as connection:
        assert numbers_of(connection, sender, "cd-parcours").missing() == []


def test_a_number_that_leaps_far_costs_nothing(base: Engine) -> None:
    far = 999_999_999
    assert Numbers(taken=frozenset({1}), first=1, last=1).leapt_over(far) == far - 2
    numbers = Numbers(taken=frozenset({1, far}), heard=frozenset({5}), first=1, last=far)
    assert numbers.missing() == [(2, 4), (6, far - 1)]
    assert spelled(numbers.missing()) == f"2 à 4, 6 à {far - 1}"


def test_the_gap_is_said_with_the_file_that_reveals_it_and_with_no_other(engine: Engine) -> None:
    arrive(engine, numbered(1))
    place = judged(engine, numbered(5), "five")
    assert place == Place(history=1, leapt_over=3)
    arrive(engine, numbered(5))
    assert judged(engine, numbered(6), "six") == Place(history=2, leapt_over=0)
    assert judged(engine, numbered(3), "three") == Place(history=2, leapt_over=0)


def test_two_deliveries_judged_at_once_are_not_both_the_next(engine: Engine) -> None:
    """Of two départements, so that the identity index does not tell them apart."""
    arrive(engine, numbered(1))
    two = [
        numbered(2, label="a"),
        numbered(2, label="b", departement="51", stated_departement="51"),
    ]
    verdicts = [judged(engine, shown, shown.delivery) for shown in two]
    assert verdicts == [Place(1, 0), Place(1, 0)]

    def one(rank: int) -> bool:
        return kept(engine, two[rank], two[rank].delivery, verdicts[rank]).stale

    with ThreadPoolExecutor(2) as threads:
        stale = list(threads.map(one, range(2)))
    assert sorted(stale) == [False, True]
    late = two[stale.index(True)]
    assert judged(engine, late, late.delivery) is Code.SAME_NAME


def test_an_old_number_is_accepted_where_the_flow_is_lenient_and_the_same_one_never(
    engine: Engine,
) -> None:
    lenient = replace(TERMS, sequence="lenient")
    assert arrive(engine, numbered(5), terms=lenient) is None
    assert arrive(engine, numbered(2), terms=lenient) is None
    other_day = "CD-PARCOURS_08_20220101_000002_V1.csv"
    again = numbered(2, label="bis", name=other_day)
    assert arrive(engine, again, terms=lenient) is Code.SAME_SEQUENCE
    assert judged(engine, numbered(2, label="ter", name=other_day), "x") is Code.SAME_SEQUENCE
    assert isinstance(judged(engine, again, "x", replace(TERMS, sequence="none")), Place)


def test_numbers_are_those_of_one_sender_and_one_flow(engine: Engine) -> None:
    arrive(engine, numbered(5))
    assert arrive(engine, numbered(1, partner="other")) is None
    other = numbered(5, label="flow", flow="cd-autre")
    assert isinstance(judged(engine, other, "x"), Place)


def test_an_echo_takes_no_number_no_name_and_no_content(engine: Engine) -> None:
    arrive(engine, numbered(5, label="echo", is_test=True), "same")
    assert arrive(engine, numbered(2)) is None
    assert arrive(engine, numbered(5), "same") is None


# --- the alert


def alerts(engine: Engine) -> list[str]:
    with engine.begin() as connection:
        return [one.alert.sentence for one in open_alerts(connection, kind=GAP_ALERT)]


def test_a_gap_is_an_alert_until_the_missing_numbers_came(engine: Engine) -> None:
    watched = [("cd", "cd-parcours")]
    arrive(engine, numbered(1))
    assert watch_gaps(engine, watched) == 0
    arrive(engine, numbered(4))
    assert watch_gaps(engine, watched) == 1
    (sentence,) = alerts(engine)
    assert "2 à 3" in sentence
    assert "passerelle flow sequence cd cd-parcours --abandon 2..3" in sentence
    arrive(engine, numbered(2))
    watch_gaps(engine, watched)
    assert ": 3." in alerts(engine)[0]
    arrive(engine, numbered(3))
    assert watch_gaps(engine, watched) == 0
    assert alerts(engine) == []
    with engine.begin() as connection:
        assert len(every_alert(connection, kind=GAP_ALERT)) == 1


def test_a_flow_no_longer_watched_leaves_no_alert(engine: Engine) -> None:
    arrive(engine, numbered(1))
    arrive(engine, numbered(4))
    watch_gaps(engine, [("cd", "cd-parcours")])
    assert len(alerts(engine)) == 1
    watch_gaps(engine, [])
    assert alerts(engine) == []


def test_numbers_given_up_are_missed_no_more_and_refused_if_they_come(engine: Engine) -> None:
    arrive(engine, numbered(1))
    arrive(engine, numbered(6))
    written = committed_size(engine)
    left = abandon(engine, "cd", "cd-parcours", (2, 4), by="ana", motive="jamais produits")
    assert (left, committed_size(engine)) == ([(5, 5)], written + 1)
    assert judged(engine, numbered(3), "x") is Code.OLD_SEQUENCE
    assert isinstance(judged(engine, numbered(5), "x"), Place)


@pytest.mark.parametrize("span", [(1, 2), (5, 7), (2, 2_000), (2, 4)])
def test_only_missing_numbers_are_given_up(engine: Engine, span: tuple[int, int]) -> None:
    for number in (1, 3, 6):
        arrive(engine, numbered(number))
    written = committed_size(engine)
    with pytest.raises(NotAuthorised, match="manquent : 2, 4 à 5"):
        abandon(engine, "cd", "cd-parcours", span, by="ana", motive="m")
    assert committed_size(engine) == written
