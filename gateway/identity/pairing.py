"""Two sides met by a key: who has exactly one candidate, and who has a choice.

1. A pair is made where each has the other for only candidate, under all the keys they bear.
2. Who has several candidates, or one who has several, is *contested*: nobody chooses for them.
3. What people told apart (`apart`) is no candidate: it makes no pair, and no choice either.
4. Candidates are counted per key, never joined many to many: a value that everybody bears costs no more
   than another. Those listed for a person to look at are bounded by `MANY` on each side.
"""

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

LEFT, RIGHT = "LEFT", "RIGHT"
PAIR: dict[str, pl.DataType] = {LEFT: pl.String(), RIGHT: pl.String()}
MANY = (
    8  # candidates shown to a person: above, the value is a filler and there is nothing to compare
)


class Met(NamedTuple):
    """`pairs` and `doubts`: LEFT, RIGHT; `contested`: LEFT; `beside`: RIGHT. All sorted."""

    pairs: pl.DataFrame
    contested: pl.Series
    beside: pl.Series
    doubts: pl.DataFrame


def meet(left: pl.DataFrame, right: pl.DataFrame, on: Sequence[str], apart: pl.DataFrame) -> Met:
    """Pair those who bear one key. `left` has LEFT and the keys, `right` RIGHT and the keys.

    One side may have several rows (several names); a row lacking a part of its key is left out.
    """
    keys = list(on)
    ours = left.select(LEFT, *keys).drop_nulls().unique()
    theirs = right.select(RIGHT, *keys).drop_nulls().unique()
    ours = ours.join(theirs.group_by(keys).len("THEIRS"), on=keys)
    theirs = theirs.join(ours.group_by(keys).len("OURS"), on=keys)
    between = _told_apart(ours, theirs, keys, apart)
    ours, theirs = _less(ours, LEFT, "THEIRS", between), _less(theirs, RIGHT, "OURS", between)
    facing = _only(ours, theirs, "THEIRS", keys, apart)
    faced = _only(theirs, ours, "OURS", keys, apart)
    crowded = {
        LEFT: _several(ours, facing, LEFT, RIGHT, "THEIRS"),
        RIGHT: _several(theirs, faced, RIGHT, LEFT, "OURS"),
    }
    pairs = facing
    for side in (LEFT, RIGHT):
        pairs = pairs.join(crowded[side], on=side, how="anti")
    pairs = pairs.sort(LEFT)
    return Met(
        pairs,
        _rest(ours, LEFT, pairs),
        _rest(theirs, RIGHT, pairs),
        _doubts(ours, theirs, keys, pairs, apart),
    )


def without(
    side: pl.DataFrame, own: str, pairs: pl.DataFrame, contested: pl.Series
) -> pl.DataFrame:
    """Take out of one side who was paired, and who had a choice."""
    tried = pl.concat([pairs.get_column(own), contested.alias(own)])
    return side.filter(~pl.col(own).is_in(tried.implode()))


def _told_apart(
    ours: pl.DataFrame, theirs: pl.DataFrame, keys: list[str], apart: pl.DataFrame
) -> pl.DataFrame:
    """The pairs of `apart` that this key would make, once per key."""
    mine = ours.join(apart, on=LEFT)
    return mine.join(theirs.select(RIGHT, *keys), on=[RIGHT, *keys]).select(LEFT, RIGHT, *keys)


def _less(side: pl.DataFrame, own: str, count: str, between: pl.DataFrame) -> pl.DataFrame:
    """Take what was told apart off the candidates of each; who has none left is out."""
    keys = [name for name in side.columns if name not in {own, count}]
    fewer = between.group_by(own, *keys).len("FEWER")
    return (
        side.join(fewer, on=[own, *keys], how="left")
        .with_columns(pl.col(count) - pl.col("FEWER").fill_null(0))
        .drop("FEWER")
        .filter(pl.col(count) > 0)
    )


def _only(
    side: pl.DataFrame, other: pl.DataFrame, count: str, keys: list[str], apart: pl.DataFrame
) -> pl.DataFrame:
    """Pairs of those who have one candidate under a key, with that candidate."""
    alone = side.filter(pl.col(count) == 1).drop(count)
    met = alone.join(other.select(pl.exclude("THEIRS", "OURS")), on=keys)
    return met.select(LEFT, RIGHT).unique().join(apart, on=[LEFT, RIGHT], how="anti")


def _several(
    side: pl.DataFrame, met: pl.DataFrame, own: str, other: str, count: str
) -> pl.DataFrame:
    """Those with several candidates: under one key, or one under each of several keys."""
    under_one = side.filter(pl.col(count) > 1).select(own)
    under_each = met.group_by(own).agg(pl.col(other).n_unique().alias("N")).filter(pl.col("N") > 1)
    return pl.concat([under_one, under_each.select(own)]).unique()


def _rest(side: pl.DataFrame, own: str, pairs: pl.DataFrame) -> pl.Series:
    paired = pairs.get_column(own)
    return side.filter(~pl.col(own).is_in(paired.implode())).get_column(own).unique().sort()


def _doubts(
    ours: pl.DataFrame,
    theirs: pl.DataFrame,
    keys: list[str],
    pairs: pl.DataFrame,
    apart: pl.DataFrame,
) -> pl.DataFrame:
    """Every candidate pair left, where they are few enough for a person to look at."""
    few = ours.filter(pl.col("THEIRS") <= MANY).drop("THEIRS")
    met = few.join(theirs.filter(pl.col("OURS") <= MANY).drop("OURS"), on=keys)
    candidates = met.select(LEFT, RIGHT).unique().join(apart, on=[LEFT, RIGHT], how="anti")
    return candidates.join(pairs, on=[LEFT, RIGHT], how="anti").sort(LEFT, RIGHT)
