"""S8: the person has left the département, says the fund, their address, or Pôle emploi."""

import polars as pl

from gateway.rules.rule import Moment, Suppressor
from gateway.rules.situation.gates import LIVES_ELSEWHERE


def _silences(_moment: Moment) -> pl.Expr:
    return LIVES_ELSEWHERE


SUPPRESSOR = Suppressor(
    id="S8",
    name="Parti du département",
    definition=(
        "Le dossier part vers un autre organisme, ou l'adresse connue de la CAF, de la MSA ou de "
        "Pôle emploi est dans un autre département (CASF, art. R262-116-5, II)."
    ),
    silences=_silences,
)
