"""How alike two names are: one of six levels, the best of all the names that two subjects bear.

1. Each couple of words is compared once, however many pairs of subjects hold it.
2. Level 0, equal once spaces are gone (DA SILVA, DASILVA); 1, the words of one inside the other, for
   compounds are cut; 2 to 4, Jaro-Winkler at .92, .85 and .70; 5, otherwise.
3. A level comes with a share: how many bear that name among those compared (the more common of both).

Jaro-Winkler one couple at a time: the vector call of rapidfuzz wants numpy, which has no place here.
"""

import polars as pl
from rapidfuzz.distance import JaroWinkler

EQUAL, INSIDE, CLOSE, NEAR, FAR, OTHER = range(6)
TIERS = (0.92, 0.85, 0.70)
PAIR, A, B = "PAIR", "A", "B"


def best(couples: pl.DataFrame, words: pl.DataFrame, share: pl.Expr, name: str) -> pl.DataFrame:
    """PAIR, the best level of its couples (PAIR, A, B) as `name`, and the SHARE that goes with it.

    `share` reads AS_NAME and AS_FIRST of `words`. Of two equal levels, the rarer name counts.
    """
    ordered = couples.select(
        PAIR, pl.min_horizontal(A, B).alias(A), pl.max_horizontal(A, B).alias(B)
    )
    alike = levels(ordered.select(A, B).unique(), words)
    shares = words.select("WORD", share.clip(0, 0.999).alias("SHARE"))
    rank = pl.col("LEVEL") + pl.max_horizontal("SHARE", "SHARE_B")
    return (
        ordered.join(
            alike.join(shares, left_on=A, right_on="WORD")
            .join(shares, left_on=B, right_on="WORD", suffix="_B")
            .select(A, B, rank.alias("RANK")),
            on=[A, B],
        )
        .group_by(PAIR)
        .agg(pl.col("RANK").min())
        .select(
            PAIR,
            pl.col("RANK").floor().cast(pl.UInt8).alias(name),
            (pl.col("RANK") % 1).alias(f"{name}_SHARE"),
        )
    )


def levels(couples: pl.DataFrame, words: pl.DataFrame) -> pl.DataFrame:
    """A, B, LEVEL: how alike two words are."""
    texts = words.select("WORD", "TEXT")
    told = couples.join(texts, left_on=A, right_on="WORD").join(
        texts, left_on=B, right_on="WORD", suffix="_B"
    )
    one, other = (told.get_column(text).to_list() for text in ("TEXT", "TEXT_B"))
    alike = pl.Series("LIKE", list(map(JaroWinkler.similarity, one, other)), pl.Float64)
    level = pl.lit(OTHER)
    for place, bound in reversed(tuple(enumerate(TIERS))):
        level = pl.when(pl.col("LIKE") >= bound).then(CLOSE + place).otherwise(level)
    level = pl.when(pl.col(A) == pl.col(B)).then(EQUAL).otherwise(level)
    told = told.with_columns(alike).with_columns(level.cast(pl.UInt8).alias("LEVEL"))
    spaced = pl.col("TEXT").str.contains(" ", literal=True) | pl.col("TEXT_B").str.contains(
        " ", literal=True
    )
    return pl.concat(
        [told.filter(~spaced), told.filter(spaced).with_columns(_of_compounds().alias("LEVEL"))]
    ).select(A, B, "LEVEL")


def _of_compounds() -> pl.Expr:
    """Better levels, where one of two words at least is several."""
    one, other = pl.col("TEXT"), pl.col("TEXT_B")
    bare = [text.str.replace_all(" ", "", literal=True) for text in (one, other)]
    wide = [pl.concat_str(pl.lit(" "), text, pl.lit(" ")) for text in (one, other)]
    inside = wide[0].str.contains(wide[1], literal=True) | wide[1].str.contains(
        wide[0], literal=True
    )
    level = pl.when(bare[0] == bare[1]).then(EQUAL).when(inside).then(INSIDE)
    return level.otherwise("LEVEL").cast(pl.UInt8)
