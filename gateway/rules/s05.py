"""S5: nothing is asked of somebody in this situation, and nobody is told which it is.

Health data: read to keep silent, never shown nor kept with a result (catalogue, sections 5.4 and 6.6).
"""

import polars as pl

from gateway.rules.codes import CATEGORY_UNAVAILABLE
from gateway.rules.rule import Moment, Suppressor


def _silences(_moment: Moment) -> pl.Expr:
    return (pl.col("CATEGORIE") == CATEGORY_UNAVAILABLE) | pl.col("RESERVE")


SUPPRESSOR = Suppressor(
    id="S5",
    name="Situation à vérifier, hors cible",
    definition=(
        "La personne n'est pas disponible pour un emploi (catégorie 4 à Pôle emploi, ou activité "
        "de la CAF ou de la MSA que les règles ne lisent que pour se taire). Le motif n'est ni affiché "
        "ni conservé avec le résultat."
    ),
    silences=_silences,
    shown="Situation à vérifier, hors cible.",
)
