"""Weights learnt from an exchange, without a single label: expectation and maximisation.

1. `u`, how often two persons agree: equality by the shares of each value on both sides, exactly; the
   other levels on pairs drawn by a fixed walk through both sides.
2. `m`, how often one person's records agree, by two fits with `u` held: names on the pairs of equal birth
   dates, birth dates on the pairs of equal names. Each fit also finds how many of its pairs are one person.
3. Levels are counted before anything is fitted: a fit reads a few dozen patterns, and its result is
   the same whatever the order of rows. Nothing of anybody is in what it writes.
4. Not learnt: thresholds, NIRs, `rarest`, and `twins` when the sides show fewer than expected: a file
   does not show the twin who is not in it.

Source: T. Herzog, F. Scheuren, W. Winkler, Data Quality and Record Linkage Techniques (2007), ch. 9;
the two fits on blocked pairs are Splink's way.
"""

from collections.abc import Mapping

import msgspec
import polars as pl

from gateway.identity.scoring.blocking import LEFT, RIGHT, Block, candidates
from gateway.identity.scoring.comparing import SAME_DATE, compare
from gateway.identity.scoring.fitting import Field, Fit, fit
from gateway.identity.scoring.likeness import EQUAL
from gateway.identity.scoring.subjects import Side, Sides, sides
from gateway.identity.scoring.weights import Births, Level, Names, Weights

DRAWN = 400_000  # pairs of two persons, near enough
EACH = 20  # of them for each subject, at most
LEAST, MOST = 1e-6, 1 - 1e-6


def learn(
    left: pl.DataFrame, right: pl.DataFrame, start: Weights, *, version: str, learnt: str
) -> Weights:
    """New weights from prepared subjects, beginning at `start`; `learnt` says from what, without naming anybody.

    Raises `ValueError` when the sides have nobody or nothing in common to learn from.
    """
    both = sides(left, right)
    if not both.left.rows.height or not both.right.rows.height:
        raise ValueError("nothing to learn from: a side is empty")
    apart = _apart(both)
    same_birth = _fit(both, Block("", ("BIRTH",)), {"NAME": apart["NAME"], "FIRST": apart["FIRST"]})
    same_names = _fit(both, Block("", ("NAME", "FIRST")), {"BIRTH": apart["BIRTH"]})
    together = {**same_birth.together, **same_names.together}
    found = same_birth.matches / together["BIRTH"][SAME_DATE]
    smaller = min(both.left.rows.height, both.right.rows.height)
    return msgspec.structs.replace(
        start,
        version=version,
        learnt=learnt,
        overlap=_share(found / smaller, 0.01, 0.99),
        twins=max(start.twins, _share(max(_twins(both.left), _twins(both.right)))),
        swap=_share(same_birth.swapped),
        name=_levels(Names, together["NAME"], apart["NAME"]),
        first=_levels(Names, together["FIRST"], apart["FIRST"]),
        birth=_levels(Births, together["BIRTH"], apart["BIRTH"]),
    )


def _apart(both: Sides) -> Mapping[str, Field]:
    """How often two persons show each level of each field."""
    drawn = compare(both, _drawn(both))
    shares = {
        name: _counted(drawn, name, len(kind.__struct_fields__))
        for name, kind in (("NAME", Names), ("FIRST", Names), ("BIRTH", Births))
    }
    sides_of = {
        "NAME": (both.left.names.select("NAME"), both.right.names.select("NAME")),
        "FIRST": (both.left.rows.select("FIRST"), both.right.rows.select("FIRST")),
        "BIRTH": (both.left.rows.select("BIRTH"), both.right.rows.select("BIRTH")),
    }
    for name, (one, other) in sides_of.items():
        equal = SAME_DATE if name == "BIRTH" else EQUAL
        shares[name][equal] = _equal(one, other)
    return shares


def _drawn(both: Sides) -> pl.DataFrame:
    """Pairs by a walk of fixed strides: each subject meets some others, itself as good as never."""
    here, there = both.left.rows.height, both.right.rows.height
    steps = pl.int_range(
        0, min(DRAWN, EACH * (here + there), here * there), dtype=pl.Int64, eager=True
    )
    return (
        pl.DataFrame({"STEP": steps})
        .select(
            (pl.col("STEP") % here).cast(pl.UInt32).alias(LEFT),
            ((pl.col("STEP") * 7919 + pl.col("STEP") // here + there // 3) % there)
            .cast(pl.UInt32)
            .alias(RIGHT),
        )
        .unique()
        .sort(LEFT, RIGHT)
    )


def _counted(pairs: pl.DataFrame, column: str, kinds: int) -> Field:
    """The share of each level, half a pair added to each: none is impossible."""
    counts = dict(pairs.drop_nulls(column).group_by(column).len().iter_rows())
    everything = sum(counts.values()) + kinds / 2
    return [(counts.get(level, 0) + 0.5) / everything for level in range(kinds)]


def _equal(one: pl.DataFrame, other: pl.DataFrame) -> float:
    """How often two values drawn, one from each side, are equal."""
    column = one.columns[0]
    shares = [
        side.drop_nulls().group_by(column).len().with_columns(pl.col("len") / pl.col("len").sum())
        for side in (one, other)
    ]
    met = shares[0].join(shares[1], on=column).select(pl.col("len").dot("len_right")).item()
    return _share(float(met or 0))


def _fit(both: Sides, block: Block, apart: Mapping[str, Field]) -> Fit:
    levels = compare(both, candidates(both, (block,)).pairs)
    columns = [*apart, "SWAPPED"]
    patterns = levels.group_by(columns).len("PAIRS").sort(columns, nulls_last=True)
    if not patterns.height:
        raise ValueError("nothing to learn from: no pair agrees")
    return fit(patterns, apart)


def _twins(side: Side) -> float:
    """The share of subjects who share name and birth date with one of another first name."""
    born = side.names.join(side.rows.select("ROW", "BIRTH", "FIRST").drop_nulls(), on="ROW")
    shared = born.filter(pl.col("FIRST").n_unique().over("NAME", "BIRTH") > 1)
    return (shared.get_column("ROW").n_unique() + 0.5) / (side.rows.height + 1)


def _levels(kind: type[Names] | type[Births], together: Field, apart: Field) -> Names | Births:
    fields = zip(kind.__struct_fields__, together, apart, strict=True)
    return kind(**{name: Level(m=_share(m), u=_share(u)) for name, m, u in fields})


def _share(value: float, least: float = LEAST, most: float = MOST) -> float:
    return round(min(max(value, least), most), 7)
