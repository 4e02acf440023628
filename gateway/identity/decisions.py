"""What people decided of two subjects: the same person, or two. Facts more, read by `resolve`.

1. A decision names random subjects, never an identity: LEFT a département's, RIGHT Pôle emploi's.
2. It counts while both subjects are in the latest files; it is inert otherwise, and comes back with them.
3. Two decisions that give one subject two others contradict each other: neither links.
"""

from enum import StrEnum
from typing import NamedTuple

import polars as pl

from gateway.identity.pairing import LEFT, PAIR, RIGHT, Met


class Verdict(StrEnum):
    """What was decided of a pair; values are stable."""

    SAME = "same"
    DIFFERENT = "different"


VERDICT = "VERDICT"
NONE = pl.DataFrame(schema={**PAIR, VERDICT: pl.String()})


class Decided(NamedTuple):
    """`same`: what `meet` would say of the pairs decided; `apart`: LEFT, RIGHT told apart."""

    same: Met
    apart: pl.DataFrame


def applied(decisions: pl.DataFrame, left: pl.DataFrame, right: pl.DataFrame) -> Decided:
    """Keep the decisions whose subjects are there. `left` has LEFT, `right` RIGHT."""
    present = decisions.join(left.select(LEFT), on=LEFT, how="semi").join(
        right.select(RIGHT), on=RIGHT, how="semi"
    )
    apart = present.filter(pl.col(VERDICT) == Verdict.DIFFERENT.value).select(LEFT, RIGHT).unique()
    same = present.filter(pl.col(VERDICT) == Verdict.SAME.value).select(LEFT, RIGHT).unique()
    same = same.join(apart, on=[LEFT, RIGHT], how="anti").sort(LEFT, RIGHT)
    alone = (pl.len().over(LEFT) == 1) & (pl.len().over(RIGHT) == 1)
    pairs, rest = same.filter(alone), same.filter(~alone)
    left_out, right_out = (rest.get_column(side).unique().sort() for side in (LEFT, RIGHT))
    return Decided(Met(pairs, left_out, right_out, rest), apart)
