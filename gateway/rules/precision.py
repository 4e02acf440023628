"""How often a rule was right, as professionals answered: confirmed over judged, rule by rule.

1. Confirmed: somebody acted on the signal (contacted, oriented, back on track). Dismissed: set aside,
   whatever the motive. Seen or unreachable says nothing of the signal: answered, not judged.
2. An answer without a rule is about the person: it is counted on the line `REGLE` null, for no rule.
3. Small counts are not shown: a part of one to four persons hides its line, for the whole less the
   other part would tell it.
"""

from datetime import date
from typing import Final

import polars as pl

from gateway.rules.answers import Answer, latest

LEAST: Final = 5
CONFIRMED: Final = (Answer.CONTACTED.value, Answer.ORIENTED.value, Answer.BACK.value)
_COUNTS = ("REPONSES", "CONFIRMES", "ECARTES")


def precision(returns: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """REGLE, REPONSES, CONFIRMES, ECARTES, PRECISION, sorted; all null but REGLE where counts are small.

    `returns` as `answers.RETURNS`. PRECISION (0 to 1) is null too where nothing was judged.
    """
    confirmed = pl.col("RETOUR").is_in(CONFIRMED)
    dismissed = pl.col("RETOUR") == Answer.DISMISSED.value
    person = pl.col("PERSONNE")
    parts = {"c": confirmed, "e": dismissed, "n": ~confirmed & ~dismissed}
    counted = (
        latest(returns, as_of=as_of)
        .group_by("REGLE")
        .agg(
            pl.len().cast(pl.Int64).alias("REPONSES"),
            confirmed.sum().cast(pl.Int64).alias("CONFIRMES"),
            dismissed.sum().cast(pl.Int64).alias("ECARTES"),
            *(person.filter(part).n_unique().alias(name) for name, part in parts.items()),
        )
    )
    small = pl.any_horizontal((pl.col(name) > 0) & (pl.col(name) < LEAST) for name in parts)
    judged = pl.col("CONFIRMES") + pl.col("ECARTES")
    share = pl.when(judged > 0).then(pl.col("CONFIRMES") / judged)
    return (
        counted.with_columns(share.alias("PRECISION"))
        .select(
            "REGLE", *(pl.when(~small).then(pl.col(c)).alias(c) for c in (*_COUNTS, "PRECISION"))
        )
        .sort("REGLE", nulls_last=True)
    )
