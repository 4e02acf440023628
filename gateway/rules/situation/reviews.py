"""When a multidisciplinary team last looked at the journey of each person.

Column: DERNIER_EXAMEN, the end of the last procedure; its beginning while it has no end.
"""

import polars as pl

from gateway.rules.journeys import Journeys
from gateway.rules.rule import Moment
from gateway.rules.situation.cd import SCHEMA
from gateway.rules.situation.frames import NUMBER, numbered


def describe(journeys: Journeys, people: pl.DataFrame, moment: Moment) -> pl.DataFrame:
    """One row per person whose situation was examined."""
    facts = numbered(journeys.cd.facts, people, SCHEMA)
    looked = pl.coalesce("DATE_FIN", "DATE")
    return (
        facts.filter((pl.col("FAIT") == "PROCEDURE") & (looked <= moment.as_of))
        .group_by(NUMBER)
        .agg(DERNIER_EXAMEN=looked.max())
    )
