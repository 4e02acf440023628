"""What people or a scorer decide of those no pass linked: it links, it never forces."""

from datetime import date

import polars as pl

from gateway.identity.decisions import NONE
from gateway.identity.passes import Grade
from gateway.identity.resolve import resolve
from gateway.rules.codes import LINKED, UNSURE
from tests.world.census import cd, number, pe
from tests.world.linked import DURAND, followed, town

BIRTH, OTHER = date(1985, 3, 12), date(1990, 11, 2)
A, B = number(BIRTH, 1), number(BIRTH, 2)


# --- what people decide


def test_a_decision_links_what_no_pass_may() -> None:
    found = followed(pe("0251129196H", names=("VERMEULEN", None, "ZOÉ")), pe="1129196H")
    decided = ("cd:a", "pe:0251129196H", "same")
    assert found.grades(decided) == {"cd:a": "H"}
    assert "pe:0251129196H" in found.together("cd:a", decided)
    assert found.grades() == {"cd:a": "D"}  # undone, it is as before


def test_two_people_told_apart_are_no_candidates_of_each_other() -> None:
    found = town(cd=[cd("a", A)], pe=[pe("p", A, names=DURAND), pe("q", A, names=DURAND)])
    assert found.grades() == {"cd:a": "X"}
    assert found.grades(("cd:a", "pe:p", "different")) == {"cd:a": "A"}
    assert "pe:q" in found.together("cd:a", ("cd:a", "pe:p", "different"))
    both = [("cd:a", "pe:p", "different"), ("cd:a", "pe:q", "different")]
    assert found.grades(*both) == {}


def test_decisions_that_contradict_each_other_link_nobody() -> None:
    found = town(cd=[cd("a"), cd("b")], pe=[pe("p")])
    assert found.grades(("cd:a", "pe:p", "same"), ("cd:b", "pe:p", "same")) == {
        "cd:a": "X",
        "cd:b": "X",
    }


def test_a_decision_on_who_is_gone_is_inert() -> None:
    decisions = pl.DataFrame([("ab" * 16, "cd" * 16, "same")], schema=NONE.schema, orient="row")
    found = resolve(town(cd=[cd("a")], pe=[pe("p")]).index, decisions)
    assert found.grades.is_empty()
    assert found.persons.height == 2


def test_rules_read_the_dossier_of_every_grade_that_links_and_of_no_other() -> None:
    assert set(LINKED) == {grade.value for grade in Grade} - set(UNSURE)


# --- the scorer


class Everything:
    """Pairs everybody left with everybody left, and is sure of the first."""

    def __init__(self) -> None:
        self.saw: list[pl.DataFrame] = []

    def score(self, left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
        self.saw += [left, right]
        ids = left.select(LEFT="ID").join(right.select(RIGHT="ID"), how="cross")
        return ids.with_columns(WEIGHT=pl.lit(12.5), WHY=pl.lit(["nom"], pl.List(pl.String)))

    def select(self, scored: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        return scored.head(1), scored.tail(-1)


def test_a_scorer_sees_only_who_is_left_and_proposes() -> None:
    found = town(
        cd=[cd("a", A), cd("b", names=DURAND), cd("x", B)],
        pe=[pe("p", A), pe("q", names=("Autre", "Durand", "Zoé")), pe("r", B, OTHER)],
    )
    scorer = Everything()
    told = found.resolved(scorer=scorer)
    assert [frame.height for frame in scorer.saw] == [1, 1]
    left, right = (frame.drop("ID").row(0) for frame in scorer.saw)
    assert (set(left[3]), left[4]) == ({"DURAND", "LE GOFF"}, "JEAN PIERRE")
    assert (set(right[3]), right[4]) == ({"AUTRE", "DURAND"}, "ZOE")
    assert told.proposals.drop("LEFT", "RIGHT").rows() == [(12.5, ["nom"], "haute")]
    assert found.names[told.proposals["LEFT"][0]] == "cd:b"
    assert "S" not in told.grades["GRADE"].to_list()


def test_a_scorer_links_only_where_it_is_asked_to_and_never_who_was_told_apart() -> None:
    found = town(cd=[cd("a")], pe=[pe("p")])
    linked = found.resolved(scorer=Everything(), link_scored=True)
    assert linked.grades["GRADE"].to_list() == ["S"]
    assert linked.persons["PERSON"].n_unique() == 1
    apart = found.resolved(("cd:a", "pe:p", "different"), scorer=Everything(), link_scored=True)
    assert (apart.grades.height, apart.proposals.height) == (0, 0)


def test_a_scorer_never_links_two_numbers_that_differ() -> None:
    found = town(cd=[cd("a", A)], pe=[pe("p", B)])
    told = found.resolved(scorer=Everything(), link_scored=True)
    assert told.grades.is_empty()
    assert told.proposals["BAND"].to_list() == ["haute"]
