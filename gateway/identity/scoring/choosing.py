"""From weighed pairs to links and proposals: only who is the best for the other, and nobody as good.

1. A pair is chosen when each is the other's best by more than `margin`: a tie is nobody's choice.
2. Chosen, at or above `high` and not barred: a link. Everything else from `review` up that is somebody's
   best, ties included, is proposed to people; so is the rival of a link, never.
3. The order of rows counts for nothing.
"""

from typing import NamedTuple

import polars as pl

from gateway.identity.scoring.weights import Weights

TOLD = ("LEFT", "RIGHT", "WEIGHT", "WHY", "BAND")
HIGH, REVIEW = "haute", "a_verifier"


class Selection(NamedTuple):
    """LEFT, RIGHT, WEIGHT, WHY, BAND: who is linked, and who is proposed."""

    links: pl.DataFrame
    proposals: pl.DataFrame


def select(scored: pl.DataFrame, weights: Weights) -> Selection:
    """Choose among weighed pairs: links above the high threshold, proposals in the band below."""
    marks = weights.thresholds
    ranked = _ranked(scored.filter(pl.col("WEIGHT") >= marks.review))
    chosen = pl.all_horizontal(
        pl.col("LEAD_LEFT") > marks.margin, pl.col("LEAD_RIGHT") > marks.margin
    )
    sure = chosen & (pl.col("WEIGHT") >= marks.high) & ~pl.col("BARRED")
    links = ranked.filter(sure)
    rest = ranked.filter(~sure)
    for end in ("LEFT", "RIGHT"):
        rest = rest.join(links, on=end, how="anti")
    rest = _ranked(rest)
    best = (pl.col("LEAD_LEFT") >= 0) & (pl.col("LEAD_RIGHT") >= 0)
    return Selection(_told(links, HIGH), _told(rest.filter(best), REVIEW))


def _ranked(scored: pl.DataFrame) -> pl.DataFrame:
    """How far each pair is above the best other of each of its ends; negative when it is below."""
    kept = scored.select("LEFT", "RIGHT", "WEIGHT", "BARRED", "WHY")
    for end in ("LEFT", "RIGHT"):
        weight = pl.col("WEIGHT")
        best, second = weight.max().over(end), weight.top_k(2).min().over(end)
        alone = pl.len().over(end) == 1
        rival = pl.when(weight == best).then(second).otherwise(best)
        lead = pl.when(alone).then(float("inf")).otherwise(weight - rival)
        kept = kept.with_columns(lead.alias(f"LEAD_{end}"))
    return kept


def _told(pairs: pl.DataFrame, band: str) -> pl.DataFrame:
    return pairs.with_columns(pl.lit(band).alias("BAND")).select(TOLD).sort("LEFT", "RIGHT")
