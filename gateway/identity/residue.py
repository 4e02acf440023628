"""Who no rule linked, prepared for a scorer, and what it may do.

1. A scorer sees only who has no link and no contradiction, with comparable attributes and no other.
2. What people told apart is taken out of its pairs before it chooses.
3. It proposes; it links (grade S) only where the département asked for it, and never two NIRs that differ.
"""

from typing import NamedTuple, Protocol

import polars as pl

from gateway.identity.households import Pool
from gateway.identity.numbering import Numbering
from gateway.identity.pairing import LEFT, PAIR, RIGHT
from gateway.identity.passes import Side, differing

WEIGHT, REASONS, BAND = "WEIGHT", "WHY", "BAND"
HIGH, REVIEW = "haute", "a_verifier"
PROPOSALS: dict[str, pl.DataType] = {
    LEFT: pl.String(),
    RIGHT: pl.String(),
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
    """`links`: LEFT, RIGHT, numbered; `proposals`: LEFT, RIGHT (subjects), WEIGHT, WHY, BAND."""

    links: pl.DataFrame
    proposals: pl.DataFrame


def nothing_scored() -> Scored:
    """What is found without a scorer."""
    return Scored(pl.DataFrame(schema=PAIR), pl.DataFrame(schema=PROPOSALS))


def scored(
    pool: Pool,
    rest: Side,
    apart: pl.DataFrame,
    scorer: Scorer,
    numbering: Numbering,
    *,
    link: bool,
) -> Scored:
    """Ask a scorer about who is left."""
    left = numbering.spelled(prepared(pool, rest.left), "ID").sort("ID")
    right = numbering.spelled(prepared_dossiers(rest.right), "ID").sort("ID")
    told_apart = numbering.spelled(apart, LEFT, RIGHT)
    pairs = scorer.score(left, right).join(told_apart, on=[LEFT, RIGHT], how="anti")
    sure, doubtful = scorer.select(pairs)
    links = pl.DataFrame(schema=PAIR)
    if link:
        links = numbering.numbered(sure.select(LEFT, RIGHT), LEFT, RIGHT)
        differ = differing(links, pool.nirs, rest.right)
        links = links.join(differ, on=[LEFT, RIGHT], how="anti")
        sure = sure.join(numbering.spelled(differ, LEFT, RIGHT), on=[LEFT, RIGHT], how="semi")
    return Scored(links, pl.concat([_banded(sure, HIGH), _banded(doubtful, REVIEW)]))


def prepared(pool: Pool, left: pl.DataFrame) -> pl.DataFrame:
    """ID, NIR13, BIRTH, BIRTH_CERTAIN, NAMES, FIRST of the holders left; two NIRs are none."""
    holders = pool.holders.join(left, on=LEFT, how="semi")
    names = pool.said("NAME", "BIRTH_NAME", "USED_NAME", among=left)
    firsts = pool.said("FIRST", "FIRST", among=left)
    one = (
        pool.nirs.join(left, on=LEFT, how="semi")
        .group_by(LEFT)
        .agg(pl.when(pl.len() == 1).then(pl.col("NIR13").first()).alias("NIR13"))
    )
    return (
        holders.join(one, on=LEFT, how="left")
        .join(names.group_by(LEFT).agg(NAMES=pl.col("NAME").sort()), on=LEFT, how="left")
        .join(firsts.group_by(LEFT).agg(pl.col("FIRST").min()), on=LEFT, how="left")
        .select(pl.col(LEFT).alias("ID"), "NIR13", "BIRTH", "BIRTH_CERTAIN", _listed(), "FIRST")
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
    )


def _listed() -> pl.Expr:
    return pl.col("NAMES").fill_null(pl.lit([], pl.List(pl.String)))


def _banded(pairs: pl.DataFrame, band: str) -> pl.DataFrame:
    told = pairs.select(LEFT, RIGHT, pl.col(WEIGHT).cast(pl.Float64), REASONS)
    return told.with_columns(pl.lit(band).alias(BAND)).cast(dict(PROPOSALS))  # type: ignore[arg-type]
