"""Who no rule linked, prepared for a scorer, and what it may do.

1. A scorer sees only who has no link and no contradiction, with comparable attributes and no other.
2. What people told apart is taken out of its pairs before it chooses.
3. It proposes; it links (grade S) only where the département asked for it, and never two NIRs that differ.
"""

from typing import NamedTuple, Protocol

import polars as pl

from gateway.identity.households import Pool
from gateway.identity.pairing import LEFT, PAIR, RIGHT
from gateway.identity.passes import Side, differing

WEIGHT, REASONS, BAND = "WEIGHT", "WHY", "BAND"
HIGH, REVIEW = "haute", "a_verifier"
PROPOSALS: dict[str, pl.DataType] = {
    **PAIR,
    WEIGHT: pl.Float64(),
    REASONS: pl.List(pl.String()),
    BAND: pl.String(),
}


class Scorer(Protocol):
    """Weighs pairs of prepared records, then chooses among them."""

    def score(self, left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
        """Give LEFT, RIGHT, WEIGHT, WHY for the pairs worth looking at."""
        ...

    def select(self, scored: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Give the pairs sure enough to link, and those to look at; same columns."""
        ...


class Scored(NamedTuple):
    """`links`: LEFT, RIGHT; `proposals`: LEFT, RIGHT, WEIGHT, WHY, BAND."""

    links: pl.DataFrame
    proposals: pl.DataFrame


def nothing_scored() -> Scored:
    """What is found without a scorer."""
    return Scored(pl.DataFrame(schema=PAIR), pl.DataFrame(schema=PROPOSALS))


def scored(pool: Pool, rest: Side, apart: pl.DataFrame, scorer: Scorer, *, link: bool) -> Scored:
    """Ask a scorer about who is left."""
    pairs = scorer.score(prepared(pool, rest.left), prepared_dossiers(rest.right))
    sure, doubtful = scorer.select(pairs.join(apart, on=[LEFT, RIGHT], how="anti"))
    differ = differing(sure.select(LEFT, RIGHT), pool.nirs, rest.right)
    high, links = sure, sure.clear()
    if link:
        high = sure.join(differ, on=[LEFT, RIGHT], how="semi")
        links = sure.join(differ, on=[LEFT, RIGHT], how="anti")
    proposals = [_banded(high, HIGH), _banded(doubtful, REVIEW)]
    return Scored(links.select(LEFT, RIGHT).sort(LEFT), pl.concat(proposals).sort(LEFT, RIGHT))


def prepared(pool: Pool, left: pl.DataFrame) -> pl.DataFrame:
    """ID, NIR13, BIRTH, BIRTH_CERTAIN, NAMES, FIRST of the holders left; two NIRs are none."""
    holders = pool.holders.join(left, on=LEFT, how="semi")
    one = pool.nirs.group_by(LEFT).agg(
        pl.when(pl.len() == 1).then(pl.col("NIR13").first()).alias("NIR13")
    )
    return (
        holders.join(one, on=LEFT, how="left")
        .join(pool.names.group_by(LEFT).agg(NAMES=pl.col("NAME").sort()), on=LEFT, how="left")
        .join(pool.firsts.group_by(LEFT).agg(pl.col("FIRST").min()), on=LEFT, how="left")
        .select(pl.col(LEFT).alias("ID"), "NIR13", "BIRTH", "BIRTH_CERTAIN", _listed(), "FIRST")
        .sort("ID")
    )


def prepared_dossiers(right: pl.DataFrame) -> pl.DataFrame:
    """The same of the dossiers left. Pôle emploi never says that a birth date is conventional."""
    names = pl.concat_list("BIRTH_NAME", "USED_NAME").list.drop_nulls().list.unique().list.sort()
    return right.select(
        pl.col(RIGHT).alias("ID"),
        "NIR13",
        "BIRTH",
        pl.lit(value=True).alias("BIRTH_CERTAIN"),
        names.alias("NAMES"),
        "FIRST",
    ).sort("ID")


def _listed() -> pl.Expr:
    return pl.col("NAMES").fill_null(pl.lit([], pl.List(pl.String)))


def _banded(pairs: pl.DataFrame, band: str) -> pl.DataFrame:
    told = pairs.select(LEFT, RIGHT, pl.col(WEIGHT).cast(pl.Float64), REASONS)
    return told.with_columns(pl.lit(band).alias(BAND)).cast(dict(PROPOSALS))  # type: ignore[arg-type]
