"""Candidates compared field by field: levels of agreement, null where a side does not know.

1. Names: the best of the four combinations of birth and used names; the first name as a whole.
2. Where neither agrees, name and first name exchanged are tried; SWAPPED says they agree that way.
3. Birth date, in order: its year alone where a side is a first of January or uncertain; equal; day and
   month inverted; 1 or 10 years apart; two parts out of three; different.
4. NIRs: equal or different, where both are valid and certain.
"""

import polars as pl

from gateway.identity.scoring.blocking import LEFT, RIGHT
from gateway.identity.scoring.likeness import CLOSE, OTHER, PAIR, best
from gateway.identity.scoring.subjects import Sides

(MARKED, SAME_DATE, TURNED, SHIFTED, YEAR_MONTH, YEAR_DAY, MONTH_DAY, OTHER_DATE) = range(8)
SAME_NIR, OTHER_NIR = range(2)
_TOLD = ("YEAR", "MONTH", "DAY", "VAGUE", "NIR13")
_NAME, _FIRST = pl.col("AS_NAME"), pl.col("AS_FIRST")
_EITHER = pl.max_horizontal("AS_NAME", "AS_FIRST")


def compare(both: Sides, pairs: pl.DataFrame) -> pl.DataFrame:
    """LEFT_ROW, RIGHT_ROW → NAME, NAME_SHARE, FIRST, FIRST_SHARE, SWAPPED, BIRTH, NIR."""
    numbered = pairs.with_row_index(PAIR)
    names, firsts = _names(both, numbered), _firsts(both, numbered)
    straight = (
        numbered.join(best(names, both.words, _NAME, "NAME"), on=PAIR, how="left")
        .join(best(firsts, both.words, _FIRST, "FIRST"), on=PAIR, how="left")
        .with_columns(SWAPPED=pl.lit(value=False))
    )
    levels = _swapped(both, straight)
    return _dates_and_numbers(both, levels).drop(PAIR)


def _names(both: Sides, numbered: pl.DataFrame) -> pl.DataFrame:
    return (
        numbered.join(both.left.names, left_on=LEFT, right_on="ROW")
        .join(both.right.names, left_on=RIGHT, right_on="ROW", suffix="_R")
        .select(PAIR, A="NAME", B="NAME_R")
    )


def _firsts(both: Sides, numbered: pl.DataFrame) -> pl.DataFrame:
    firsts = [side.rows.select("ROW", "FIRST").drop_nulls() for side in (both.left, both.right)]
    return (
        numbered.join(firsts[0], left_on=LEFT, right_on="ROW")
        .join(firsts[1], left_on=RIGHT, right_on="ROW", suffix="_R")
        .select(PAIR, A="FIRST", B="FIRST_R")
    )


def _swapped(both: Sides, straight: pl.DataFrame) -> pl.DataFrame:
    """Where one name at least agrees once exchanged, and neither did as they stood."""
    agree = (pl.col("NAME").fill_null(OTHER) <= CLOSE) | (pl.col("FIRST").fill_null(OTHER) <= CLOSE)
    tried = straight.filter(~agree).select(PAIR, LEFT, RIGHT)
    ends = (
        (LEFT, both.left, RIGHT, both.right, "NAME"),
        (RIGHT, both.right, LEFT, both.left, "FIRST"),
    )
    found = [
        best(
            tried.join(named.names, left_on=end, right_on="ROW")
            .join(first.rows.select("ROW", "FIRST").drop_nulls(), left_on=other, right_on="ROW")
            .select(PAIR, A="NAME", B="FIRST"),
            both.words,
            _EITHER,
            field,
        )
        for end, named, other, first, field in ends
    ]
    crossed = found[0].join(found[1], on=PAIR).filter(pl.min_horizontal("NAME", "FIRST") <= CLOSE)
    return straight.update(crossed.with_columns(SWAPPED=pl.lit(value=True)), on=PAIR)


def _dates_and_numbers(both: Sides, levels: pl.DataFrame) -> pl.DataFrame:
    ends = [
        side.rows.select(_TOLD)[levels.get_column(end)]
        for side, end in ((both.left, LEFT), (both.right, RIGHT))
    ]
    told = pl.concat(
        [levels, ends[0], ends[1].select(pl.all().name.suffix("_R"))], how="horizontal"
    )
    nir = pl.when(pl.col("NIR13") == pl.col("NIR13_R")).then(SAME_NIR).otherwise(OTHER_NIR)
    known = pl.col("NIR13").is_not_null() & pl.col("NIR13_R").is_not_null()
    return told.with_columns(
        _birth().alias("BIRTH"), pl.when(known).then(nir).cast(pl.UInt8).alias("NIR")
    ).select(*levels.columns, "BIRTH", "NIR")


def _birth() -> pl.Expr:
    year, month, day = (pl.col(part) == pl.col(f"{part}_R") for part in ("YEAR", "MONTH", "DAY"))
    turned = (pl.col("DAY") == pl.col("MONTH_R")) & (pl.col("MONTH") == pl.col("DAY_R"))
    apart = (pl.col("YEAR") - pl.col("YEAR_R")).abs()
    level = (
        pl.when(pl.col("VAGUE") | pl.col("VAGUE_R"))
        .then(pl.when(year).then(MARKED).otherwise(OTHER_DATE))
        .when(year & month & day)
        .then(SAME_DATE)
        .when(year & turned)
        .then(TURNED)
        .when(month & day & apart.is_in([1, 10]))
        .then(SHIFTED)
        .when(year & month)
        .then(YEAR_MONTH)
        .when(year & day)
        .then(YEAR_DAY)
        .when(month & day)
        .then(MONTH_DAY)
        .otherwise(OTHER_DATE)
    )
    known = pl.col("YEAR").is_not_null() & pl.col("YEAR_R").is_not_null()
    return pl.when(known).then(level).cast(pl.UInt8)
