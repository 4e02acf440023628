"""S1: the right is closed, refused or not open yet."""

import polars as pl

from gateway.rules.codes import CLOSED
from gateway.rules.rule import Moment, Suppressor


def _silences(_moment: Moment) -> pl.Expr:
    return pl.col("ETAT_DROIT").is_in(CLOSED)


SUPPRESSOR = Suppressor(
    id="S1",
    name="Droit clos, refusé ou non ouvert",
    definition=(
        "Le droit au RSA est clos, refusé ou pas encore ouvert : la personne n'est plus, ou pas encore, suivie."
    ),
    silences=_silences,
)
