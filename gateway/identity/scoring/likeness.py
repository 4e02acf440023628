"""How alike two names are: one of six levels, the best of all the names that two subjects bear.

1. Level 0, equal once spaces are gone (DA SILVA, DASILVA); 1, the words of one inside the other, for
   compounds are cut; 2 to 4, Jaro-Winkler at .92, .85 and .70; 5, otherwise.
2. A level comes with a share: how many bear that name among those compared (the more common of both).
3. Two names are compared in alphabetical order: a likeness has no direction.

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
    one, other = pl.min_horizontal(A, B), pl.max_horizontal(A, B)
    ordered = couples.select(PAIR, one.alias(A), other.alias(B))
    shares = words.select(share.clip(0, 0.999)).to_series()
    borne = pl.max_horizontal(pl.lit(shares).gather(pl.col(A)), pl.lit(shares).gather(pl.col(B)))
    ranked = _leveled(ordered, words).select(PAIR, (pl.col("LEVEL") + borne).alias("RANK"))
    return (
        ranked.group_by(PAIR)
        .agg(pl.col("RANK").min())
        .select(
            PAIR,
            pl.col("RANK").floor().cast(pl.UInt8).alias(name),
            (pl.col("RANK") % 1).alias(f"{name}_SHARE"),
        )
    )


def _leveled(couples: pl.DataFrame, words: pl.DataFrame) -> pl.DataFrame:
    """Add LEVEL to couples of words; a word is its place in `words`."""
    text = words.get_column("TEXT").to_list().__getitem__
    one, other = (map(text, couples.get_column(end).to_list()) for end in (A, B))
    alike = pl.Series("LIKE", list(map(JaroWinkler.similarity, one, other)), pl.Float64)
    level = pl.lit(OTHER)
    for place, bound in reversed(tuple(enumerate(TIERS))):
        level = pl.when(pl.col("LIKE") >= bound).then(CLOSE + place).otherwise(level)
    level = pl.when(pl.col(A) == pl.col(B)).then(EQUAL).otherwise(level)
    told = couples.with_columns(alike).with_columns(level.cast(pl.UInt8).alias("LEVEL"))
    spaces = pl.lit(words.get_column("TEXT").str.contains(" ", literal=True))
    compound = spaces.gather(pl.col(A)) | spaces.gather(pl.col(B))
    return pl.concat([told.filter(~compound), _compounds(told.filter(compound), words)])


def _compounds(told: pl.DataFrame, words: pl.DataFrame) -> pl.DataFrame:
    """Better levels, where one of two words at least is several."""
    texts = words.get_column("TEXT")
    one, other = (pl.lit(texts).gather(pl.col(end)) for end in (A, B))
    told = told.with_columns(ONE=one, OTHER=other)
    bare = [pl.col(end).str.replace_all(" ", "", literal=True) for end in ("ONE", "OTHER")]
    wide = [pl.concat_str(pl.lit(" "), end, pl.lit(" ")) for end in ("ONE", "OTHER")]
    inside = wide[0].str.contains(wide[1], literal=True) | wide[1].str.contains(
        wide[0], literal=True
    )
    level = pl.when(bare[0] == bare[1]).then(EQUAL).when(inside).then(INSIDE).otherwise("LEVEL")
    return told.with_columns(level.cast(pl.UInt8).alias("LEVEL")).drop("ONE", "OTHER")
