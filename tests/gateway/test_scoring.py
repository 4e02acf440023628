"""What the scorer links, what it only proposes, and what it never looks at."""

from datetime import date
from math import log2

import msgspec
import polars as pl
import pytest

from gateway.identity.scoring import default, score, select
from gateway.identity.scoring.choosing import Selection
from tests.world.subjects import BORN, side, subject

WEIGHTS = default()
# A department around the pair: names that are everybody's would weigh nothing.
OTHERS = [
    subject(
        f"o{n}",
        names=[f"QUELMIKO{letter}ROK"],
        first=f"BRI{letter}ELVA",
        birth=date(1950 + n, 3, 4),
    )
    for n, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
]
NAME, FIRST = "VREZANDOLUVARC", "YZALIROVRIK"
OTHER_FIRST = "THUZYKADNIA"
Subject = dict[str, object]


def met(left: list[Subject], right: list[Subject]) -> Selection:
    return select(score(side(*left, *OTHERS), side(*right), WEIGHTS), WEIGHTS)


def pairs(frame: pl.DataFrame) -> list[tuple[str, str]]:
    return frame.select("LEFT", "RIGHT").rows()


def one(name: str, **changed: object) -> Subject:
    told: dict[str, object] = {"names": [NAME], "first": FIRST, **changed}
    return subject(name, **told)  # type: ignore[arg-type]


LINKED = {
    "the same": {},
    "a keystroke in the name": {"names": ["VREZANDOLUVRAC"]},
    "a keystroke in the first name": {"first": "YZALLIROVRIK"},
    "the used name of one is the birth name of the other": {"names": ["SKARNAKUBROK", NAME]},
    "a compound name cut": {"names": [f"{NAME} KOLMUNADOUZ"]},
    "a compound first name cut": {"first": f"{FIRST} KWENAMU"},
    "day and month exchanged": {"birth": date(1980, 4, 7)},
    "ten years apart": {"birth": date(1990, 7, 4)},
    "name and first name exchanged": {"names": [FIRST], "first": NAME},
}


@pytest.mark.parametrize("change", LINKED.values(), ids=LINKED.keys())
def test_one_error_in_three_attributes_does_not_undo_a_link(change: dict[str, object]) -> None:
    found = met(
        [one("a", birth=date(1980, 7, 4))], [one("b", **{"birth": date(1980, 7, 4), **change})]
    )
    assert pairs(found.links) == [("a", "b")]
    assert found.links["BAND"].to_list() == ["haute"]


PROPOSED = {
    "one name and a birth date, another first name": {"first": OTHER_FIRST},
    "one name and a birth date, first name unknown": {"first": None},
    "a first name and a birth date, another name": {"names": ["SKARNAKUBROK"]},
    "a first name and a birth date, name unknown": {"names": []},
    "both names, birth date unknown": {"birth": None},
    "both names, a date that is not certain": {"certain": False},
}


@pytest.mark.parametrize("change", PROPOSED.values(), ids=PROPOSED.keys())
def test_two_attributes_alone_never_link(change: dict[str, object]) -> None:
    found = met([one("a")], [one("b", **change)])
    assert pairs(found.links) == []
    assert all(pair == ("a", "b") for pair in pairs(found.proposals))


def test_one_name_and_a_birth_date_are_proposed_to_people() -> None:
    found = met([one("a")], [one("b", first=None)])
    assert pairs(found.proposals) == [("a", "b")]
    assert found.proposals["BAND"].to_list() == ["a_verifier"]


def test_two_nirs_that_differ_are_never_linked_however_equal_the_rest() -> None:
    everything = msgspec.structs.replace(
        WEIGHTS, thresholds=msgspec.structs.replace(WEIGHTS.thresholds, review=-50, high=-50)
    )
    weighed = [
        score(side(one("a", nir="2800519000001"), *OTHERS), side(one("b", nir=nir)), everything)
        for nir in ("2800519000002", None)
    ]
    differing, unknown = (found.filter(pl.col("LEFT") == "a") for found in weighed)
    assert unknown["WEIGHT"].item() - differing["WEIGHT"].item() == pytest.approx(12, abs=0.01)
    assert select(differing, everything).links.is_empty()
    assert pairs(select(unknown, everything).links) == [("a", "b")]


def test_equal_nirs_link_in_spite_of_another_name_but_not_of_everything_else() -> None:
    nir = "2800519000001"
    found = met([one("a", nir=nir)], [one("b", nir=nir, names=["SKARNAKUBROK"])])
    assert pairs(found.links) == [("a", "b")]
    child = one("b", nir=nir, names=["SKARNAKUBROK"], first=OTHER_FIRST, birth=date(2004, 9, 30))
    assert pairs(met([one("a", nir=nir)], [child]).links) == []


def test_twins_are_never_linked_to_each_other_when_one_side_lacks_one() -> None:
    found = met([one("a", first="XANDYEMA")], [one("b", first="MUZELOZO")])
    assert found.links.is_empty()
    alike = met([one("a", first="XANDYEMA")], [one("b", first="XANOZA")])
    assert alike.links.is_empty()


def test_twins_known_to_both_sides_are_each_linked_to_themselves() -> None:
    twins = [one("a1", first="XANDYEMA"), one("a2", first="MUZELOZO")]
    found = met(twins, [one("b1", first="XANDYEMA"), one("b2", first="MUZELOZO")])
    assert pairs(found.links) == [("a1", "b1"), ("a2", "b2")]


def test_a_name_and_a_birth_date_weigh_no_more_than_twins_are_rare() -> None:
    scored = score(side(one("a"), *OTHERS), side(one("b", first=None)), WEIGHTS)
    assert scored["WEIGHT"].item() <= -log2(WEIGHTS.twins)


def test_a_first_of_january_says_its_year_at_most() -> None:
    born = date(1980, 1, 1)
    found = met([one("a", birth=born)], [one("b", birth=born)])
    assert found.links.is_empty()
    assert "naissance : même année seulement" in found.proposals["WHY"].to_list()[0]


def test_a_tie_is_nobodys_choice_and_is_shown() -> None:
    found = met([one("a")], [one("b"), one("c")])
    assert found.links.is_empty()
    assert pairs(found.proposals) == [("a", "b"), ("a", "c")]


def test_a_rival_as_good_as_the_other_by_less_than_the_margin_is_a_tie() -> None:
    near = [one("b"), one("c", first="YZALIROVRIC")]
    scored = score(side(one("a"), *OTHERS), side(*near), WEIGHTS)
    lead = abs(scored["WEIGHT"][0] - scored["WEIGHT"][1])
    assert lead > 0
    assert bool(select(scored, WEIGHTS).links.height) is (lead > WEIGHTS.thresholds.margin)


def test_reasons_say_what_agrees_without_a_value() -> None:
    found = met([one("a")], [one("b", names=["VREZANDOLUVRAC"], birth=date(1980, 5, 27))])
    (why,) = pl.concat([found.links, found.proposals])["WHY"].to_list()
    assert why == ["nom : très proche", "prénom : identique", "naissance : mêmes année et mois"]


def test_nobody_to_compare_gives_nothing_and_no_error() -> None:
    for left, right in ((side(), side()), (side(one("a")), side()), (side(), side(one("b")))):
        scored = score(left, right, WEIGHTS)
        found = select(scored, WEIGHTS)
        assert (scored.height, found.links.height, found.proposals.height) == (0, 0, 0)
        assert scored.columns == ["LEFT", "RIGHT", "WEIGHT", "BARRED", "WHY"]


def test_a_value_that_thousands_bear_costs_no_more_than_another(
    caplog: pytest.LogCaptureFixture,
) -> None:
    crowd = [subject(f"{n:05}", names=["DOE"], first="JANE", birth=BORN) for n in range(3_000)]
    with caplog.at_level("INFO"):
        scored = score(side(*crowd), side(*crowd), WEIGHTS)
    assert scored.is_empty()
    assert "9000000 paires non comparées" in caplog.text
    assert "DOE" not in caplog.text
