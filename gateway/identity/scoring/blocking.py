"""Who is compared with whom: pairs that agree on one of several keys. Nobody compares everybody.

1. A block is a key on each side; its pairs are all those whose keys are equal. A pair is compared once,
   however many blocks give it.
2. Work is bounded: a block keeps its rarest values first, up to so many pairs, and so many for each
   subject. A value that many bear (a filler, a first of January) is left out whole, and counted. So a
   block on the birth date alone (`WIDE`) serves a département, and gives way in a country.
3. A name is in a key by its sound (`phonetics`), by its beginning or as it is written.
"""

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from gateway.identity.scoring.phonetics import sounds
from gateway.identity.scoring.subjects import Side, Sides

MOST = 2_000_000  # pairs of a block
WIDE = 150_000  # pairs of a block that agrees on little
EACH = 1  # pairs of a block for each subject of either side
MONTHS = 12
LEFT, RIGHT = "LEFT_ROW", "RIGHT_ROW"


class Block(NamedTuple):
    """Columns whose values must be equal; `right` where the other side reads other columns."""

    name: str
    left: tuple[str, ...]
    right: tuple[str, ...] = ()
    most: int = MOST


class Candidates(NamedTuple):
    """`pairs`: LEFT_ROW, RIGHT_ROW, each once; `left_out`: pairs not compared, by block."""

    pairs: pl.DataFrame
    left_out: dict[str, int]


BLOCKS = (
    Block("nir", ("NIR",)),
    Block("naissance et nom", ("BIRTH", "NAME_SOUND")),
    Block("naissance et prénom", ("BIRTH", "FIRST_SOUND")),
    Block("naissance et initiales", ("BIRTH", "NAME_START", "FIRST_START")),
    Block("naissance et nom, inversés", ("BIRTH", "NAME_SOUND"), ("BIRTH", "FIRST_SOUND")),
    Block("naissance et prénom, inversés", ("BIRTH", "FIRST_SOUND"), ("BIRTH", "NAME_SOUND")),
    Block(
        "jour et mois inversés",
        ("TURNED", "NAME_START", "FIRST_START"),
        ("BIRTH", "NAME_START", "FIRST_START"),
    ),
    Block("naissance", ("BIRTH",), most=WIDE),
    Block("noms et année", ("NAME_SOUND", "FIRST_SOUND", "YEAR")),
    Block("noms et jour", ("NAME_SOUND", "FIRST_SOUND", "DAY")),
    Block("noms inversés", ("NAME_SOUND", "FIRST_SOUND"), ("FIRST_SOUND", "NAME_SOUND")),
    Block("noms", ("NAME", "FIRST")),
    Block("noms, à l'oreille", ("NAME_SOUND", "FIRST_SOUND")),
    Block("nom, initiale et mois", ("NAME_SOUND", "FIRST_START", "MONTH")),
    Block("prénom, initiale et mois", ("FIRST_SOUND", "NAME_START", "MONTH")),
    # Without a date only rare names weigh enough: the rarest are compared first.
    Block("nom et initiale", ("NAME", "FIRST_START"), most=WIDE),
    Block("prénom et initiale", ("FIRST", "NAME_START", "NAME_SECOND"), most=WIDE),
)
# Bits a column takes in a key; a larger number only brings other pairs, which weigh nothing.
_WIDTHS = {
    "NIR": 21,
    "NAME": 21,
    "FIRST": 21,
    "NAME_SOUND": 21,
    "FIRST_SOUND": 21,
    "NAME_START": 6,
    "NAME_SECOND": 6,
    "FIRST_START": 6,
    "BIRTH": 18,
    "TURNED": 18,
    "YEAR": 12,
    "MONTH": 16,
    "DAY": 10,
}


def candidates(both: Sides, blocks: Sequence[Block] = BLOCKS) -> Candidates:
    """Every pair that agrees on one key at least."""
    everybody = both.left.rows.height + both.right.rows.height
    sounding, nirs = _sounds(both.words), _nirs(both)
    left, right = (_keyed(side, sounding, nirs) for side in (both.left, both.right))
    found, left_out = [_empty()], dict[str, int]()
    for block in blocks:
        pairs, missed = _pairs(
            _keys(left, block.left),
            _keys(right, block.right or block.left),
            min(block.most, EACH * everybody),
        )
        found.append(pairs)
        if missed:
            left_out[block.name] = missed
    return Candidates(pl.concat(found).unique().sort(LEFT, RIGHT), left_out)


def _empty() -> pl.DataFrame:
    return pl.DataFrame(schema={LEFT: pl.UInt32, RIGHT: pl.UInt32})


def _sounds(words: pl.DataFrame) -> pl.DataFrame:
    """WORD, SOUND and HEAD (of the first of several words: a compound first name is often cut)."""
    heard = words.select(
        "WORD",
        sounds(pl.col("TEXT")).alias("SOUND"),
        sounds(pl.col("TEXT").str.split(" ").list.first()).alias("HEAD"),
        *(
            pl.col("TEXT").str.slice(place, 1).replace_strict(_LETTERS, default=0).alias(name)
            for place, name in enumerate(("START", "SECOND"))
        ),
    )
    keys = pl.concat([heard.select(K="SOUND"), heard.select(K="HEAD")]).unique().sort("K")
    rank = keys.with_row_index("RANK")
    return (
        heard.join(rank, left_on="SOUND", right_on="K", how="left")
        .join(rank, left_on="HEAD", right_on="K", how="left", suffix="_HEAD")
        .select("WORD", "START", "SECOND", SOUND="RANK", HEAD="RANK_HEAD")
    )


_LETTERS = {chr(ord("A") + n): n + 1 for n in range(26)}


def _nirs(both: Sides) -> pl.DataFrame:
    known = pl.concat([side.rows.select("NIR13") for side in (both.left, both.right)])
    return known.drop_nulls().unique().sort("NIR13").with_row_index("NIR")


def _keyed(side: Side, sounding: pl.DataFrame, nirs: pl.DataFrame) -> pl.DataFrame:
    """One row for each name of each subject, and one for who has none."""
    name, first = (
        sounding.select(pl.all().name.prefix("N_")),
        sounding.select(pl.all().name.prefix("F_")),
    )
    year, month, day = (pl.col(part).cast(pl.Int64) for part in ("YEAR", "MONTH", "DAY"))
    return (
        side.rows.join(side.names, on="ROW", how="left")
        .join(nirs, on="NIR13", how="left")
        .join(name, left_on="NAME", right_on="N_WORD", how="left")
        .join(first, left_on="FIRST", right_on="F_WORD", how="left")
        .select(
            "ROW",
            "NIR",
            "NAME",
            "FIRST",
            NAME_SOUND="N_SOUND",
            FIRST_SOUND="F_HEAD",
            NAME_START="N_START",
            NAME_SECOND="N_SECOND",
            FIRST_START="F_START",
            BIRTH=year * 372 + month * 31 + day - 1500 * 372,
            TURNED=pl.when(day <= MONTHS).then(year * 372 + day * 31 + month - 1500 * 372),
            YEAR=year,
            MONTH=year * 12 + month,
            DAY=month * 32 + day,
        )
    )


def _keys(keyed: pl.DataFrame, columns: tuple[str, ...]) -> pl.DataFrame:
    """ROW, KEY: the columns packed in one number; a subject without one of them has no key."""
    key = pl.lit(0, pl.Int64)
    for column in columns:
        width = 1 << _WIDTHS[column]
        key = key * width + pl.col(column).cast(pl.Int64) % width
    return keyed.select("ROW", key.alias("KEY")).drop_nulls("KEY").unique()


def _pairs(left: pl.DataFrame, right: pl.DataFrame, most: int) -> tuple[pl.DataFrame, int]:
    """The pairs of the rarest keys, at most `most`; and how many others there were."""
    cost = (
        left.group_by("KEY")
        .len("L")
        .join(right.group_by("KEY").len("R"), on="KEY")
        .select("KEY", COST=pl.col("L").cast(pl.Int64) * pl.col("R"))
    )
    # Keys that cost the same are kept together or left together: no order chooses between them.
    steps = cost.group_by("COST").agg(ALL=pl.col("COST").sum()).sort("COST")
    kept = steps.filter(pl.col("ALL").cum_sum() <= most).get_column("COST").max()
    dear = pl.col("COST") > (0 if kept is None else kept)
    missed = cost.filter(dear).get_column("COST").sum()
    pairs = left.join(cost.filter(~dear).select("KEY"), on="KEY", how="semi").join(
        right, on="KEY", suffix="_RIGHT"
    )
    return pairs.select(pl.col("ROW").alias(LEFT), pl.col("ROW_RIGHT").alias(RIGHT)), int(missed)
