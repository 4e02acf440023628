"""What professionals answered: the latest answer counts, a dismissal silences the same signal only, for 90 days."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random

import polars as pl
import pytest

from gateway.rules import r09
from gateway.rules.answers import DISMISSALS, RETURNS, dismissed, latest
from gateway.rules.journeys import Journeys, Received
from gateway.rules.precision import precision
from gateway.rules.rule import Effect, Moment
from gateway.rules.s12 import SUPPRESSOR
from gateway.rules.situation.returns import describe
from gateway.rules.thresholds import AVANT_2025

AS_OF, CLOCK = date(2022, 6, 15), date(2022, 4, 10)
Row = tuple[str, str | None, str, str | None, date, date | None]


def answer(
    said: str = "ECARTE",
    *,
    who: str = "p",
    rule: str | None = "R09",
    on: date = date(2022, 6, 1),
    clock: date | None = CLOCK,
) -> Row:
    return who, rule, said, None, on, clock


def told(*rows: Row) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=dict(RETURNS), orient="row")


def is_silenced(*rows: Row, clock: date | None = CLOCK) -> bool:
    """Whether S12 silences R09 of person `p`, whose clock is this one."""
    moment = Moment(AS_OF, None, AVANT_2025)
    verdict = pl.DataFrame(
        {"PERSONNE": ["p"], "DEPUIS": [clock]}, schema_overrides={"DEPUIS": pl.Date}
    )
    people = verdict.select("PERSONNE", pl.struct("DEPUIS").alias("R09")).join(
        dismissed(told(*rows), as_of=AS_OF), on="PERSONNE", how="left"
    )
    assert SUPPRESSOR.effect is Effect.RULE
    assert SUPPRESSOR.silences_rule is not None
    asked = people.select(
        SUPPRESSOR.silences(moment).alias("person"),
        SUPPRESSOR.silences_rule(moment, r09.RULE).alias("rule"),
    )
    assert asked["rule"].null_count() == 0
    return bool(asked["person"].item() and asked["rule"].item())


def test_a_dismissed_signal_is_silenced_and_nothing_else_is() -> None:
    assert is_silenced(answer())
    assert not is_silenced()
    assert not is_silenced(answer(who="q"))
    assert not is_silenced(answer(rule="R13"))
    for other in ("VU", "CONTACTE", "INJOIGNABLE", "ORIENTE", "REMOBILISE"):
        assert not is_silenced(answer(other))


def test_new_evidence_speaks_again() -> None:
    assert not is_silenced(answer(), clock=date(2022, 5, 30))
    assert not is_silenced(answer(), clock=None)


@pytest.mark.parametrize(("days", "silenced"), [(-1, False), (0, True), (89, True), (90, False)])
def test_a_dismissal_lasts_less_than_ninety_days_and_never_acts_before_it(
    days: int, silenced: bool
) -> None:
    assert is_silenced(answer(on=AS_OF - timedelta(days=days))) is silenced


@pytest.mark.parametrize(("lasts", "silenced"), [(30, 0), (31, 1)])
def test_a_departement_decides_how_long_a_dismissal_silences(lasts: int, silenced: int) -> None:
    nothing = Received(pl.DataFrame(), AS_OF, "d", AS_OF)
    returns = told(answer(on=AS_OF - timedelta(days=30)))
    journeys = Journeys(pl.DataFrame(), nothing, None, None, returns=returns)
    moment = Moment(AS_OF, None, replace(AVANT_2025, dismissal=lasts))
    people = pl.DataFrame({"RANG": [0], "PERSONNE": ["p"]}, schema_overrides={"RANG": pl.UInt32})
    assert describe(journeys, people, moment).height == silenced


@pytest.mark.parametrize("rule", [None, "R09"])
def test_a_dismissal_without_a_clock_speaks_of_what_ran_on_its_day(rule: str | None) -> None:
    whole = answer(rule=rule, clock=None, on=date(2022, 5, 1))
    assert is_silenced(whole, clock=date(2022, 5, 1))
    assert is_silenced(whole, clock=None)
    assert not is_silenced(whole, clock=date(2022, 5, 2))


def test_several_signals_of_one_person_are_dismissed_apart() -> None:
    rows = [answer(), answer(clock=date(2022, 5, 5)), answer(rule="R13"), answer(rule="R15")]
    for clock, silenced in ((CLOCK, True), (date(2022, 5, 5), True), (date(2022, 5, 6), False)):
        assert is_silenced(*rows, clock=clock) is silenced


def test_a_corrected_answer_replaces_the_one_before() -> None:
    first, second = answer(on=date(2022, 6, 1)), answer("VU", on=date(2022, 6, 2))
    for rows in ((first, second), (second, first)):
        assert not is_silenced(*rows)
    same_day = answer("VU")
    assert not is_silenced(first, same_day)
    assert is_silenced(same_day, first)
    tomorrow = answer("VU", on=AS_OF + timedelta(days=1))
    assert is_silenced(first, tomorrow)


def test_answers_of_different_days_may_come_in_any_order() -> None:
    rows = [
        answer(("ECARTE", "VU")[n % 2], who=f"p{n % 3}", on=AS_OF - timedelta(days=n))
        for n in range(9)
    ]
    found = latest(told(*rows), as_of=AS_OF).sort("PERSONNE")
    for seed in range(5):
        Random(seed).shuffle(rows)
        assert latest(told(*rows), as_of=AS_OF).sort("PERSONNE").equals(found)


def test_nobody_answered_is_an_empty_frame_of_the_right_shape() -> None:
    found = dismissed(told(), as_of=AS_OF)
    assert found.is_empty()
    assert found.columns == ["PERSONNE", DISMISSALS]


def counted(said: str, number: int, rule: str | None = "R09") -> list[Row]:
    return [answer(said, who=f"{said}{n}", rule=rule) for n in range(number)]


def test_precision_is_confirmed_over_judged_rule_by_rule() -> None:
    rows = [
        *counted("CONTACTE", 5), *counted("REMOBILISE", 5), *counted("ECARTE", 30), *counted("VU", 7),
        *counted("ORIENTE", 6, "R13"), *counted("VU", 9, None),
    ]  # fmt: skip
    assert precision(told(*rows), as_of=AS_OF).rows() == [
        ("R09", 47, 10, 30, 0.25),
        ("R13", 6, 6, 0, 1.0),
        (None, 9, 0, 0, None),
    ]


@pytest.mark.parametrize("said", ["CONTACTE", "ECARTE", "INJOIGNABLE"])
def test_a_part_of_one_to_four_persons_hides_its_line(said: str) -> None:
    enough = {"CONTACTE": 20, "ECARTE": 20, "INJOIGNABLE": 20}
    for number in (1, 4):
        rows = [
            row for one, many in (enough | {said: number}).items() for row in counted(one, many)
        ]
        assert precision(told(*rows), as_of=AS_OF).rows() == [("R09", None, None, None, None)]
    rows = [row for one, many in (enough | {said: 5}).items() for row in counted(one, many)]
    assert precision(told(*rows), as_of=AS_OF).row(0)[1] == 45


def test_many_answers_about_few_persons_are_a_small_count() -> None:
    rows = [answer(who=f"p{n % 4}", clock=CLOCK + timedelta(days=n)) for n in range(40)]
    assert precision(told(*rows), as_of=AS_OF).rows() == [("R09", None, None, None, None)]
