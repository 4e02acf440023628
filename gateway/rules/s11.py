"""S11: Pôle emploi's file was refused, is missing or is too old: its rules say nothing, neither yes nor no."""

import polars as pl

from gateway.rules.rule import Effect, Moment, Suppressor


def _silences(moment: Moment) -> pl.Expr:
    return pl.lit(not moment.is_pe_fresh)


SUPPRESSOR = Suppressor(
    id="S11",
    name="Fichier de Pôle emploi absent ou périmé",
    definition=(
        "Le fichier de Pôle emploi n'a pas été reçu, a été refusé ou date de plus de 45 jours : les règles "
        "qui en ont besoin ne sont évaluables pour personne."
    ),
    silences=_silences,
    effect=Effect.SOURCE,
)
