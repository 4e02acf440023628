"""S3: Pôle emploi says the person left for a good reason, or has a job. It sees nothing without that file."""

import polars as pl

from gateway.rules.codes import CATEGORY_WITH_JOB, REGISTERED
from gateway.rules.rule import Moment, Suppressor


def _silences(moment: Moment) -> pl.Expr:
    left = pl.col("PE_ETAT") != REGISTERED
    benign = left & pl.col("PE_MOTIF").is_in(moment.thresholds.harmless_exits)
    return benign | (pl.col("CATEGORIE") == CATEGORY_WITH_JOB)


SUPPRESSOR = Suppressor(
    id="S3",
    name="Sortie ou inscription sans rupture",
    definition=(
        "Pôle emploi a enregistré une sortie de liste dont le motif n'est pas une rupture (table des "
        "sorties bénignes), ou la personne y est inscrite en catégorie 5 (en emploi)."
    ),
    silences=_silences,
)
