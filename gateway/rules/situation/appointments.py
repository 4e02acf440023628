"""Appointments and invitations of each person: the last one of any kind, the last one attended.

A latest date is enough to know whether there was one since a given day. Planned ones of days to come
count; cancelled ones never do.

Columns: DERNIER_RDV, DERNIER_RDV_VENU; INVITATION (the last one sent), INVITATIONS_DITES (whether the
file carries any at all: without one, nothing says that nobody was invited).
"""

import polars as pl

from gateway.rules.journeys import Journeys
from gateway.rules.rule import Moment
from gateway.rules.situation.cd import SCHEMA, day_of, is_fact
from gateway.rules.situation.frames import NUMBER, numbered

INVITED = "INVITATION"


def describe(journeys: Journeys, people: pl.DataFrame, moment: Moment) -> pl.DataFrame:
    """One row per person."""
    facts = numbered(journeys.cd.facts, people, SCHEMA)
    past, fact = pl.col("DATE") <= moment.as_of, pl.col("FAIT")
    met = (fact == "RDV") & (pl.col("STATUT") != "ANNULE") & (past | is_fact("RDV", "PREVU"))
    latest = {
        "DERNIER_RDV": day_of(met),
        "DERNIER_RDV_VENU": day_of(past & is_fact("RDV", "VENU")),
        "INVITATION": day_of(past & (fact == INVITED)),
    }
    told = (
        facts.with_columns(**latest)
        .group_by(NUMBER)
        .agg(pl.col(name).max() for name in latest)
        .with_columns(INVITATIONS_DITES=pl.col("INVITATION").is_not_null().any())
    )
    return told.select(NUMBER, *latest, "INVITATIONS_DITES")
