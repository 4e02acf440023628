"""Two sides to compare, as numbers: every distinct name is one word, known by its rank.

1. A prepared subject: ID, NIR13 (valid and certain, else null), BIRTH (Date), BIRTH_CERTAIN (Boolean),
   NAMES (List(String): birth and used names), FIRST (String). Names are normalised; null is unknown.
2. Subjects and words are put in order first: nothing after depends on the order of rows.
3. A word's frequency is its share of the subjects of both sides, as a name and as a first name.
"""

from typing import NamedTuple

import polars as pl

PREPARED = {
    "ID": pl.String(),
    "NIR13": pl.String(),
    "BIRTH": pl.Date(),
    "BIRTH_CERTAIN": pl.Boolean(),
    "NAMES": pl.List(pl.String()),
    "FIRST": pl.String(),
}


_PREPARED = [pl.col(column).cast(kind) for column, kind in PREPARED.items()]


class Side(NamedTuple):
    """`rows`: ROW (its place), ID, NIR13, BIRTH, its parts, VAGUE, FIRST; `names`: ROW, NAME.

    VAGUE: a date not certain, or a first of January. A name is a word.
    """

    rows: pl.DataFrame
    names: pl.DataFrame


class Sides(NamedTuple):
    """`words`: WORD (its place), TEXT, AS_NAME and AS_FIRST (shares of the subjects)."""

    left: Side
    right: Side
    words: pl.DataFrame

    @property
    def larger(self) -> int:
        """How many subjects the larger side has."""
        return max(self.left.rows.height, self.right.rows.height)


def sides(left: pl.DataFrame, right: pl.DataFrame) -> Sides:
    """Number the subjects of both sides and the names they bear."""
    left, right = (_ordered(side) for side in (left, right))
    words = _words(left, right)
    return Sides(_side(left, words), _side(right, words), words)


def _ordered(side: pl.DataFrame) -> pl.DataFrame:
    return side.select(_PREPARED).sort("ID").with_row_index("ROW")


def _named(side: pl.DataFrame) -> pl.DataFrame:
    return (
        side.select("ROW", pl.col("NAMES").list.unique().alias("TEXT"))
        .explode("TEXT")
        .drop_nulls("TEXT")
    )


def _words(left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    everybody = max(left.height + right.height, 1)
    names = pl.concat([_named(side).select("TEXT") for side in (left, right)])
    firsts = pl.concat([side.select(TEXT="FIRST").drop_nulls() for side in (left, right)])
    counted = names.group_by("TEXT").len("AS_NAME")
    return (
        counted.join(firsts.group_by("TEXT").len("AS_FIRST"), on="TEXT", how="full", coalesce=True)
        .sort("TEXT")
        .with_row_index("WORD")
        .with_columns(pl.col("AS_NAME", "AS_FIRST").fill_null(0) / everybody)
    )


def _side(side: pl.DataFrame, words: pl.DataFrame) -> Side:
    known = words.select("TEXT", "WORD")
    names = _named(side).join(known, on="TEXT").select("ROW", NAME="WORD")
    birth = pl.col("BIRTH").dt
    parts = [birth.year(), birth.month(), birth.day()]
    year, month, day = (part.cast(pl.Int32) for part in parts)
    rows = side.join(known, left_on="FIRST", right_on="TEXT", how="left").select(
        "ROW",
        "ID",
        "NIR13",
        "BIRTH",
        YEAR=year,
        MONTH=month,
        DAY=day,
        VAGUE=~pl.col("BIRTH_CERTAIN").fill_null(value=False) | ((month == 1) & (day == 1)),
        FIRST="WORD",
    )
    return Side(rows.sort("ROW"), names.sort("ROW", "NAME"))
