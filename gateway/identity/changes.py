"""What changed of who is who between two crossings: subjects that joined a person, and that left one.

1. `before` and `after` are the `persons` frames of two crossings; what only one of them has is new or gone.
2. A person is a set of subjects. Pairs of subjects together are never listed: each subject is said once,
   with the person it was in and the one it is in.
3. Names of persons may change without a change of person (a département's subject arrives: it names
   the person from now on): what counts is with whom a subject is.
"""

from typing import NamedTuple

import polars as pl

from gateway.identity.index import SUBJECT
from gateway.identity.resolve import PERSON

BEFORE, AFTER, CHANGE = "BEFORE", "AFTER", "CHANGE"
JOINED, LEFT_OUT = "joined", "left"


class Changes(NamedTuple):
    """`moved`: SUBJECT, BEFORE, AFTER, CHANGE; `merges`, `splits`: persons made of several, or become several."""

    moved: pl.DataFrame
    merges: int
    splits: int


def changes(before: pl.DataFrame, after: pl.DataFrame) -> Changes:
    """Compare two crossings on the subjects both know."""
    both = before.select(SUBJECT, pl.col(PERSON).alias(BEFORE)).join(
        after.select(SUBJECT, pl.col(PERSON).alias(AFTER)), on=SUBJECT
    )
    merged = _several(both, AFTER, BEFORE)
    split = _several(both, BEFORE, AFTER)
    joined = both.join(merged, on=AFTER, how="semi").with_columns(pl.lit(JOINED).alias(CHANGE))
    left = both.join(split, on=BEFORE, how="semi").with_columns(pl.lit(LEFT_OUT).alias(CHANGE))
    moved = pl.concat([joined, left]).sort(SUBJECT, CHANGE)
    return Changes(moved, merged.height, split.height)


def _several(both: pl.DataFrame, person: str, other: str) -> pl.DataFrame:
    """Persons whose subjects were, or are, of several persons."""
    counted = both.group_by(person).agg(pl.col(other).n_unique().alias("N"))
    return counted.filter(pl.col("N") > 1).select(person)
