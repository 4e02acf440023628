"""Calibration: shares of the gated population, the delays behind, and no count of a handful."""

import json
from collections.abc import Mapping
from datetime import date, timedelta

import pytest

from gateway.review.calibration_page import MARK, NOTE, to_document, to_page
from gateway.rules.calibration import BARS, STEP, Calibrated, calibrate, shown
from gateway.rules.thresholds import AVANT_2025
from tests.world.crossed import AS_OF, fact, journeys, right

ORIENTED = date(2021, 9, 1)


@pytest.fixture(scope="module")
def found() -> Mapping[str, Calibrated]:
    """Twenty people in a social track: ten last seen long ago, six lately; four are out of it."""
    cd, cnaf = [], []
    for number in range(20):
        name = f"p{number:02}"
        cd += [
            fact(name, "ORIENTATION", ORIENTED, "ORIENTE", CODE="SOCIAL"),
            fact(name, "RDV", AS_OF - timedelta(days=200 if number < 10 else 10), "VENU"),
        ]
        cnaf.append(right(name, **({"ETATDOSRSA": "5"} if number >= 16 else {})))
    told = calibrate(journeys(cd, cnaf=cnaf), as_of=AS_OF, thresholds=AVANT_2025)
    return {one.rule.id: one for one in told}


def test_the_share_is_that_of_the_gated_population(found: Mapping[str, Calibrated]) -> None:
    r12 = found["R12"]
    assert (r12.gated, r12.flagged, r12.share) == (16, 10, 0.625)


def test_a_rule_above_a_quarter_is_marked_and_one_below_is_not(
    found: Mapping[str, Calibrated],
) -> None:
    assert not found["R12"].discriminates
    assert found["R18"].discriminates and found["R18"].gated == 0
    quarter = Calibrated(found["R12"].rule, 100, 25, 0, {}, (0,), ())
    more = Calibrated(found["R12"].rule, 100, 26, 0, {}, (0,), ())
    assert (quarter.discriminates, more.discriminates) == (True, False)


def test_delays_are_those_of_everybody_whose_clock_runs(found: Mapping[str, Calibrated]) -> None:
    bars = found["R12"].delays
    assert {rank: count for rank, count in enumerate(bars) if count} == {0: 6, 200 // STEP: 10}
    assert len(bars) == BARS and found["R12"].thresholds == (120,)


def test_what_is_longer_than_the_last_bar_stands_in_it() -> None:
    old = [fact("p", "ORIENTATION", date(2015, 1, 1), "ORIENTE", CODE="SOCIAL")]
    told = calibrate(journeys(old), as_of=AS_OF, thresholds=AVANT_2025)
    r12 = next(one for one in told if one.rule.id == "R12")
    assert r12.delays[-1] == 1


def test_what_cannot_be_evaluated_is_told_by_reason() -> None:
    cd = [fact("p", "ORIENTATION", ORIENTED, "ORIENTE", CODE="EMPLOI")]
    cd += [fact("q", "RDV", ORIENTED, "VENU")]
    stale = journeys(cd, pe_day=date(2022, 3, 1))
    told = {one.rule.id: one for one in calibrate(stale, as_of=AS_OF, thresholds=AVANT_2025)}
    assert told["R13"].not_evaluable == {"pe_non_recu": 2}
    assert told["R01"].not_evaluable == {"date_entree_inconnue": 1}


@pytest.mark.parametrize(("count", "said"), [(0, 0), (1, None), (4, None), (5, 5)])
def test_a_handful_is_not_shown(count: int, said: int | None) -> None:
    assert shown(count) == said


def test_the_document_hides_a_handful_and_the_share_that_gives_it_away(
    found: Mapping[str, Calibrated],
) -> None:
    few = Calibrated(found["R12"].rule, 100, 3, 2, {"pe_non_recu": 1}, (4, 5), (120,))
    (rule,) = to_document([few], departement="08", as_of=AS_OF, version="v")["regles"]
    assert (rule["signalees"], rule["part"], rule["tues"]) == (None, None, None)
    assert (rule["non_evaluables"], rule["delais"]) == ({"pe_non_recu": None}, [None, 5])
    page = to_page([few], departement="08", as_of=AS_OF, version="v")
    assert "moins de 5" in page and "3 %" not in page and "3\u202f%" not in page


def test_the_document_is_json_and_says_what_it_is_not_for(
    found: Mapping[str, Calibrated],
) -> None:
    told = to_document(list(found.values()), departement="08", as_of=AS_OF, version="v1")
    assert json.loads(json.dumps(told)) == told and told["mention"] == NOTE
    by_rule = {rule["regle"]: rule for rule in told["regles"]}
    assert by_rule["R12"]["part"] == 0.625 and by_rule["R12"]["non_discriminante"]


def test_the_page_draws_the_delays_and_marks_what_does_not_discriminate(
    found: Mapping[str, Calibrated],
) -> None:
    page = to_page(list(found.values()), departement="08", as_of=AS_OF, version="v1")
    assert page.count('class="barres"') == sum(any(one.delays) for one in found.values())
    assert f"Aucun contact avec le département : {MARK}" in page
    assert "<script" not in page and "http://" not in page.replace("http://www.w3.org/2000/svg", "")


def test_nobody_at_all_is_no_division() -> None:
    cd = [fact("p", "ORIENTATION", ORIENTED, "ORIENTE", CODE="SOCIAL")]
    told = calibrate(journeys(cd, cnaf=[]), as_of=AS_OF, thresholds=AVANT_2025)
    assert {(one.gated, one.share) for one in told} == {(0, 0.0)}
