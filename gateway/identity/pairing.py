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

from gateway.identity.numbering import NUMBER

LEFT, RIGHT = "LEFT", "RIGHT"
PAIR: dict[str, pl.DataType] = {LEFT: NUMBER, RIGHT: NUMBER}
MANY = (
    8  # candidates shown to a person: above, the value is a filler and there is nothing to compare
)


class Met(NamedTuple):
    """`pairs` and `doubts`: LEFT, RIGHT; `contested`: LEFT; `beside`: RIGHT."""

    pairs: pl.DataFrame
    contested: pl.Series
    beside: pl.Series
    doubts: pl.DataFrame


NOBODY = Met(
    pl.DataFrame(schema=PAIR),
    pl.Series(LEFT, dtype=NUMBER),
    pl.Series(RIGHT, dtype=NUMBER),
    pl.DataFrame(schema=PAIR),
)


def meet(left: pl.DataFrame, right: pl.DataFrame, on: Sequence[str], apart: pl.DataFrame) -> Met:
    """Pair those who bear one key. `left` has LEFT and the keys, `right` RIGHT and the keys.

    One side may have several rows (several names); a row lacking a part of its key is left out.
    """
    keys = list(on)
    ours = left.select(LEFT, *keys).drop_nulls()
    theirs = right.select(RIGHT, *keys).drop_nulls()
    if ours.is_empty() or theirs.is_empty():
        return NOBODY
    theirs = theirs.join(ours, on=keys, how="semi")
    theirs = _once(theirs, RIGHT)
    ours = _once(ours.join(theirs.group_by(keys).len("THEIRS"), on=keys), LEFT)
    if ours.is_empty():
        return NOBODY
    theirs = theirs.join(ours.group_by(keys).len("OURS"), on=keys)
    if not apart.is_empty():
        between = _told_apart(ours, theirs, keys, apart)
        ours, theirs = _less(ours, LEFT, "THEIRS", between), _less(theirs, RIGHT, "OURS", between)
    return _met(ours, theirs, keys, apart)


def _met(ours: pl.DataFrame, theirs: pl.DataFrame, keys: list[str], apart: pl.DataFrame) -> Met:
    facing = _only(ours, theirs, "THEIRS", keys, apart)
    faced = _only(theirs, ours, "OURS", keys, apart)
    crowded = {
        LEFT: _several(ours, facing, LEFT, RIGHT, "THEIRS"),
        RIGHT: _several(theirs, faced, RIGHT, LEFT, "OURS"),
    }
    pairs = facing
    for side in (LEFT, RIGHT):
        if not crowded[side].is_empty():
            pairs = pairs.join(crowded[side], on=side, how="anti")
    contested, beside = _rest(ours, LEFT, pairs), _rest(theirs, RIGHT, pairs)
    doubts = pairs.clear()
    if not contested.is_empty():
        doubts = _doubts(ours, theirs, keys, pairs, apart)
    return Met(pairs, contested, beside, doubts)


def without(
    side: pl.DataFrame, own: str, pairs: pl.DataFrame, contested: pl.Series
) -> pl.DataFrame:
    """Take out of one side who was paired, and who had a choice."""
    if pairs.is_empty() and contested.is_empty():
        return side
    tried = pl.concat([pairs.get_column(own), contested.alias(own)])
    return side.filter(~pl.col(own).is_in(tried.implode()))


def _once(side: pl.DataFrame, own: str) -> pl.DataFrame:
    """Say each thing once; where nobody has two rows there is nothing to look for."""
    return side if side.get_column(own).n_unique() == side.height else side.unique()


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
    met = alone.join(other.select(pl.exclude("THEIRS", "OURS")), on=keys).select(LEFT, RIGHT)
    return _allowed(met.unique(), apart)


def _several(
    side: pl.DataFrame, met: pl.DataFrame, own: str, other: str, count: str
) -> pl.DataFrame:
    """Those with several candidates: under one key, or one under each of several keys."""
    under_one = side.filter(pl.col(count) > 1).select(own)
    under_each = met.group_by(own).agg(pl.col(other).n_unique().alias("N")).filter(pl.col("N") > 1)
    return pl.concat([under_one, under_each.select(own)]).unique()


def _rest(side: pl.DataFrame, own: str, pairs: pl.DataFrame) -> pl.Series:
    paired = pairs.get_column(own)
    return side.filter(~pl.col(own).is_in(paired.implode())).get_column(own).unique()


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
    candidates = _allowed(met.select(LEFT, RIGHT).unique(), apart)
    return candidates.join(pairs, on=[LEFT, RIGHT], how="anti")


def _allowed(pairs: pl.DataFrame, apart: pl.DataFrame) -> pl.DataFrame:
    return pairs if apart.is_empty() else pairs.join(apart, on=[LEFT, RIGHT], how="anti")
