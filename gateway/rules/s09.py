"""S9: an appointment is planned soon: the signal is shown, marked to watch."""

from datetime import timedelta

import polars as pl

from gateway.rules.rule import Effect, Moment, Suppressor


def _silences(moment: Moment) -> pl.Expr:
    soon = timedelta(days=moment.thresholds.watch)
    return pl.col("RDV_PREVU") <= moment.as_of + soon  # RDV_PREVU is never before the crossing


SUPPRESSOR = Suppressor(
    id="S9",
    name="Rendez-vous prévu",
    definition=(
        "Un rendez-vous est prévu dans les 30 jours : le signal est montré, marqué « à surveiller »."
    ),
    silences=_silences,
    effect=Effect.WATCH,
)
