"""What levels of agreement weigh, why, and what bars a link without a person.

1. A weight begins with the odds before any comparison: `overlap` over the size of the larger side. A rare
   agreement in a département is a common one in a country.
2. A name weighs by its rarity among those compared, whether equal or very close.
3. Two persons born the same day under the same name are common (twins): there the first name alone must
   tell the pair from a twin, whatever the rest weighs.
4. Barred, so that only people may link: two NIRs that differ; and, unless the NIRs are equal, a name, a
   first name or a birth date that disagrees or is unknown; a first name that is only near is a twin's as
   well. So one name and a birth date never link alone, and no artefact of weights may say otherwise.
5. Equal NIRs (a child is carried under a parent's) link nobody unless the birth date or a name agrees.
"""

from math import log2

import msgspec
import polars as pl

from gateway.identity.scoring.comparing import MARKED, OTHER_DATE, OTHER_NIR, SAME_DATE, SAME_NIR
from gateway.identity.scoring.likeness import CLOSE, EQUAL, NEAR
from gateway.identity.scoring.weights import Names, Weights

NAMES = ("identique", "inclus", "très proche", "proche", "voisin", "différent")
BIRTHS = (
    "même année seulement",
    "identique",
    "jour et mois inversés",
    "décalée de 1 ou 10 ans",
    "mêmes année et mois",
    "mêmes année et jour",
    "mêmes mois et jour",
    "différente",
)
NUMBERS = ("identiques", "différents")


RARE_CLOSE = 0.25  # names as close to a rare name as to an average one, at least a quarter as often


def weigh(levels: pl.DataFrame, weights: Weights, larger: int) -> pl.DataFrame:
    """Add WEIGHT (bits) and BARRED to compared pairs; `larger`: subjects of the larger side."""
    before = log2(weights.overlap / max(larger, 1))
    first, number = _named("FIRST", weights.first, weights.rarest), _leveled("NIR", weights.nir)
    name, birth = _named("NAME", weights.name, weights.rarest), _leveled("BIRTH", weights.birth)
    swapped = pl.when("SWAPPED").then(log2(weights.swap)).otherwise(0.0)
    total = before + first + name + birth + swapped + number
    twin = first + number - log2(weights.twins)
    # The odds against add up: a stranger's, and a twin's.
    both = -((2.0 ** (-total)) + (2.0 ** (-twin))).log(2)
    like_twin = (pl.col("NAME") <= CLOSE) & (pl.col("BIRTH") == SAME_DATE)
    return levels.with_columns(
        pl.when(like_twin.fill_null(value=False))
        .then(both)
        .otherwise(total)
        .round(6)
        .alias("WEIGHT"),
        _barred().alias("BARRED"),
    )


def reasons() -> pl.Expr:
    """List of short French sentences: what agrees and what does not, never a value."""
    told = [
        ("nom", "NAME", NAMES),
        ("prénom", "FIRST", NAMES),
        ("naissance", "BIRTH", BIRTHS),
        ("NIR", "NIR", NUMBERS),
    ]
    parts = [
        pl.col(column).replace_strict(
            dict(enumerate(f"{field} : {word}" for word in words)),
            default=None,
            return_dtype=pl.String,
        )
        for field, column, words in told
    ]
    swapped = pl.when("SWAPPED").then(pl.lit("nom et prénom échangés"))
    return pl.concat_list(*parts, swapped).list.drop_nulls()


def _named(column: str, levels: Names, rarest: float) -> pl.Expr:
    """An equal name weighs by its rarity; a very close one by how often it is that name mistyped."""
    share, close = pl.col(f"{column}_SHARE").clip(rarest, 1), levels.tres_proche
    mistyped = pl.max_horizontal(share * close.m, pl.lit(close.u * RARE_CLOSE))
    return (
        pl.when(pl.col(column) == EQUAL)
        .then(log2(levels.identique.m) - share.log(2))
        .when(pl.col(column) == CLOSE)
        .then(log2(close.m) - mistyped.log(2))
        .otherwise(_leveled(column, levels))
    )


def _leveled(column: str, levels: msgspec.Struct) -> pl.Expr:
    """The weight of each level; unknown weighs nothing."""
    bits = {n: getattr(levels, field).weight for n, field in enumerate(levels.__struct_fields__)}
    return pl.col(column).replace_strict(bits, default=0.0, return_dtype=pl.Float64)


def _barred() -> pl.Expr:
    name, first, birth, nir = (pl.col(column) for column in ("NAME", "FIRST", "BIRTH", "NIR"))
    disagree = (name > NEAR) | (first > CLOSE) | birth.is_in([MARKED, OTHER_DATE])
    alone = disagree.fill_null(value=True)  # what is unknown proves nothing
    something = (birth == SAME_DATE) | (name <= NEAR) | (first <= NEAR)
    same = (nir == SAME_NIR).fill_null(value=False)
    other = (nir == OTHER_NIR).fill_null(value=False)
    return other | pl.when(same).then(~something.fill_null(value=False)).otherwise(alone)
