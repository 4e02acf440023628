"""What holds of the score whoever is compared: no order, no direction, nobody linked twice or for lack of proof."""

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.population import CD, PE, population, records
from gateway.identity.scoring import default, score, select
from gateway.identity.scoring.choosing import Selection
from gateway.identity.scoring.subjects import PREPARED
from tests.world.subjects import side, subject

WEIGHTS = default()
SIZE = 4_000
Sides = tuple[pl.DataFrame, pl.DataFrame]


@pytest.fixture(scope="module")
def town() -> Sides:
    """Two partners of one population with twins, an open world, without a single NIR."""
    people = population(SIZE, twins=0.06, surnames=4_000)
    left, right = (records(people, each, seed=n) for n, each in enumerate((CD, PE)))
    return left, right


@pytest.fixture(scope="module")
def chosen(town: Sides) -> Selection:
    return _chosen(*(_prepared(side) for side in town))


def _prepared(side: pl.DataFrame) -> pl.DataFrame:
    names = pl.concat_list("NAME", "USED").list.drop_nulls()
    unknown = pl.lit(None, pl.String)
    told = side.with_columns(NIR13=unknown, BIRTH_CERTAIN=pl.lit(value=True), NAMES=names)
    return told.select(list(PREPARED))


def _chosen(left: pl.DataFrame, right: pl.DataFrame) -> Selection:
    return select(score(left, right, WEIGHTS), WEIGHTS)


def _right(pairs: pl.DataFrame, town: Sides) -> int:
    left, right = town
    told = pairs.join(left, left_on="LEFT", right_on="ID").join(
        right, left_on="RIGHT", right_on="ID", suffix="_R"
    )
    return told.filter(pl.col("TRUTH") == pl.col("TRUTH_R")).height


def test_a_town_with_twins_and_no_nir_is_linked_without_a_false_link(
    town: Sides, chosen: Selection
) -> None:
    truth = town[0].join(town[1], on="TRUTH").height
    assert _right(chosen.links, town) == chosen.links.height
    assert chosen.links.height > 0.92 * truth
    both = pl.concat([chosen.links, chosen.proposals])
    assert _right(both, town) > 0.97 * truth
    assert chosen.proposals.height < 0.08 * truth


def test_nobody_is_linked_twice_nor_proposed_once_linked(chosen: Selection) -> None:
    for end in ("LEFT", "RIGHT"):
        assert chosen.links.get_column(end).is_unique().all()
        assert (
            not chosen.proposals.get_column(end).is_in(chosen.links.get_column(end).implode()).any()
        )


def test_the_order_of_rows_changes_nothing(town: Sides, chosen: Selection) -> None:
    shuffled = [_prepared(side).sample(fraction=1, shuffle=True, seed=5) for side in town]
    again = _chosen(shuffled[0], shuffled[1])
    assert again.links.equals(chosen.links)
    assert again.proposals.equals(chosen.proposals)


_born = st.sampled_from(
    [date(1980, 7, 4), date(1980, 4, 7), date(1990, 7, 4), date(1971, 1, 1), None]
)
_name = st.sampled_from(["VREZANDOLUVARC", "VREZANDOLUVRAC", "SKARNAKUBROK", "SKARNAKUBROK KOLM"])
_first = st.sampled_from(
    ["YZALIRO", "YZALIRA", "THUZYKADNIA", "YZALIRO KWEN", "VREZANDOLUVARC", None]
)
_nir = st.sampled_from([None, "1800719000001", "1800719000002"])
_subjects = st.lists(
    st.fixed_dictionaries(
        {
            "names": st.lists(_name, max_size=2),
            "first": _first,
            "birth": _born,
            "nir": _nir,
            "certain": st.booleans(),
        }
    ),
    max_size=5,
)


@settings(max_examples=25, deadline=None)
@given(_subjects, _subjects)
def test_links_have_no_direction_no_contradiction_and_three_attributes(
    ours: list[dict[str, Any]], theirs: list[dict[str, Any]]
) -> None:
    left, right = (
        {f"{end}{n}": each for n, each in enumerate(told)}
        for end, told in (("l", ours), ("r", theirs))
    )
    frames = [
        side(*(subject(name, **each) for name, each in told.items())) for told in (left, right)
    ]
    found = _chosen(frames[0], frames[1])
    turned = _chosen(frames[1], frames[0])
    assert set(found.links.select("LEFT", "RIGHT").rows()) == {
        (other, one) for one, other in turned.links.select("LEFT", "RIGHT").rows()
    }
    for one, other in found.links.select("LEFT", "RIGHT").rows():
        a, b = left[one], right[other]
        assert a["nir"] == b["nir"] or None in {a["nir"], b["nir"]}
        same_number = a["nir"] is not None and a["nir"] == b["nir"]
        assert same_number or all(
            each[field] for each in (a, b) for field in ("names", "first", "birth")
        )
        assert same_number or (a["certain"] and b["certain"])
