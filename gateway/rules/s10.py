"""S10: the age of the path to retirement."""

import polars as pl

from gateway.rules.rule import Moment, Suppressor


def _silences(moment: Moment) -> pl.Expr:
    return pl.col("AGE") >= moment.thresholds.retirement  # years, reached on the birthday


SUPPRESSOR = Suppressor(
    id="S10",
    name="Âge du parcours vers la retraite",
    definition=(
        "La personne a atteint l'âge du parcours vers la retraite (62 ans, sauf choix du département) : elle "
        "n'est pas signalée."
    ),
    silences=_silences,
)
