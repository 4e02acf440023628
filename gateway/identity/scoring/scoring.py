"""Two sides in, weighed pairs out: everything that weighs the review threshold or more.

1. What blocking left out (fillers, blocks too wide for this size) is told in the log by block and count.
"""

import logging
from dataclasses import dataclass

import polars as pl

from gateway.identity.scoring.blocking import LEFT, RIGHT, candidates
from gateway.identity.scoring.choosing import Selection, select
from gateway.identity.scoring.comparing import compare
from gateway.identity.scoring.subjects import sides
from gateway.identity.scoring.weighing import reasons, weigh
from gateway.identity.scoring.weights import Weights

log = logging.getLogger(__name__)


def score(left: pl.DataFrame, right: pl.DataFrame, weights: Weights) -> pl.DataFrame:
    """LEFT, RIGHT (the IDs), WEIGHT (bits), BARRED, WHY: the pairs worth a link or a person's eye.

    Both sides are prepared subjects (`subjects.PREPARED`).
    """
    both = sides(left, right)
    found = candidates(both)
    for block, missed in found.left_out.items():
        log.info("rapprochement : bloc « %s », %d paires non comparées", block, missed)
    weighed = weigh(compare(both, found.pairs), weights, both.larger)
    ends = [side.rows.select("ROW", "ID") for side in (both.left, both.right)]
    return (
        weighed.filter(pl.col("WEIGHT") >= weights.thresholds.review)
        .join(ends[0].rename({"ID": "LEFT"}), left_on=LEFT, right_on="ROW")
        .join(ends[1].rename({"ID": "RIGHT"}), left_on=RIGHT, right_on="ROW")
        .select("LEFT", "RIGHT", "WEIGHT", "BARRED", reasons().alias("WHY"))
        .sort("LEFT", "RIGHT")
    )


@dataclass(frozen=True, slots=True)
class FellegiSunter:
    """A scorer with its weights, as `gateway.identity.resolve` asks for one."""

    weights: Weights

    def score(self, left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
        """LEFT, RIGHT, WEIGHT, BARRED, WHY of the pairs worth looking at."""
        return score(left, right, self.weights)

    def select(self, scored: pl.DataFrame) -> Selection:
        """Give the pairs sure enough to link, and those to look at."""
        return select(scored, self.weights)
