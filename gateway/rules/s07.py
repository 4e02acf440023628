"""S7: the link with Pôle emploi is in doubt, so nothing is said of the person, whatever the rule.

Said only while Pôle emploi's file is usable: without it nobody is linked, and nobody is in doubt.
"""

import polars as pl

from gateway.rules.codes import UNSURE
from gateway.rules.rule import Moment, Suppressor


def _silences(moment: Moment) -> pl.Expr:
    return pl.col("GRADE").is_in(UNSURE) & pl.lit(moment.is_pe_fresh)


SUPPRESSOR = Suppressor(
    id="S7",
    name="Rapprochement incertain",
    definition=(
        "Le dossier de Pôle emploi et celui du département se contredisent, ou plusieurs dossiers "
        "peuvent être ceux de la personne : rien n'est signalé avant vérification."
    ),
    silences=_silences,
)
