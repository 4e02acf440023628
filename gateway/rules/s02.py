"""S2: the person is not subject to duties."""

import polars as pl

from gateway.rules.rule import Moment, Suppressor


def _silences(_moment: Moment) -> pl.Expr:
    return ~pl.col("SOUMIS_CNAF")


SUPPRESSOR = Suppressor(
    id="S2",
    name="Non soumis aux droits et devoirs",
    definition=(
        "La CAF ou la MSA dit que la personne n'est pas soumise aux droits et devoirs, quoi qu'en dise le département."
    ),
    silences=_silences,
)
