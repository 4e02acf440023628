"""Until when each person struck off may not register again: the date, plus what the label says.

R262-112 lets Pôle emploi tell the duration; its file has no column for it, and only the label reads
"SUSPENSION DE DEUX MOIS". A month is a month of the calendar: two months from 31 December end on the
last day of February.

Column: FIN_INTERDICTION; null when the label says no duration.
"""

from collections.abc import Mapping
from types import MappingProxyType

import polars as pl

from gateway.rules.journeys import Journeys
from gateway.rules.rule import Moment
from gateway.rules.situation.followers import readable
from gateway.rules.situation.frames import NUMBER
from schemas.fields.suspensions import suspension_length

SCHEMA: Mapping[str, pl.DataType] = MappingProxyType(
    {
        "PERSONNE": pl.String(),
        "DATE_RADIATION_IDE": pl.Date(),
        "LIB_RADIATION_IDE": pl.String(),
    }
)


def describe(journeys: Journeys, people: pl.DataFrame, moment: Moment) -> pl.DataFrame:
    """One row per person linked to a dossier."""
    length = suspension_length(pl.col("LIB_RADIATION_IDE"))
    # ISO 8601 (P2M, P15D) → what polars adds (2mo, 15d)
    step = length.str.strip_prefix("P").str.replace("M", "mo").str.replace("D", "d")
    return readable(journeys, people, moment, SCHEMA).select(
        NUMBER, FIN_INTERDICTION=pl.col("DATE_RADIATION_IDE").dt.offset_by(step)
    )
