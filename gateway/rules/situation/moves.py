"""When each person moved in, says the CNAF: at the present address, or from another fund.

Columns: EMMENAGEMENT (DTEMM), ARRIVEE (DDARRMUT, transfer in).
"""

from collections.abc import Mapping
from types import MappingProxyType

import polars as pl

from gateway.rules.journeys import Journeys
from gateway.rules.rule import Moment
from gateway.rules.situation.frames import NUMBER, numbered

SCHEMA: Mapping[str, pl.DataType] = MappingProxyType(
    {"PERSONNE": pl.String(), "DTEMM": pl.Date(), "DDARRMUT": pl.Date()}
)


def describe(journeys: Journeys, people: pl.DataFrame, moment: Moment) -> pl.DataFrame:
    """One row per person in the file."""
    received = journeys.cnaf.facts if journeys.cnaf else pl.DataFrame(schema=dict(SCHEMA))

    def last(name: str) -> pl.Expr:
        return pl.col(name).filter(pl.col(name) <= moment.as_of).max()

    return (
        numbered(received, people, SCHEMA)
        .group_by(NUMBER)
        .agg(EMMENAGEMENT=last("DTEMM"), ARRIVEE=last("DDARRMUT"))
    )
