"""S6: a procedure is open: somebody has the matter in hand."""

import polars as pl

from gateway.rules.rule import Moment, Suppressor


def _silences(_moment: Moment) -> pl.Expr:
    return pl.col("PROCEDURE_OUVERTE")


SUPPRESSOR = Suppressor(
    id="S6",
    name="Procédure déjà ouverte",
    definition=(
        "Une équipe pluridisciplinaire est saisie : la situation a déjà un responsable, elle n'est pas signalée une seconde fois."
    ),
    silences=_silences,
)
