"""What Pôle emploi's file of the month before said, for the rules that compare two files.

1. The two files are of two months that follow each other, both accepted: their control totals were
   right. With a month missing between them nothing is said, and AVANT_PE is null for everybody.
2. Each file is linked by itself, with the identities it gave: somebody whose identifiers changed between
   the two is still found in both. Only the people linked with a sure grade are in `Journeys.before`.

Columns: AVANT_PE, reference date of that file; AVANT_INSCRIT (registered then), AVANT_CATEGORIE,
AVANT_SUIVI_PE.
"""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

import polars as pl

from gateway.rules.journeys import Journeys, Received
from gateway.rules.rule import Flow, Moment
from gateway.rules.situation.followers import SCHEMA as FOLLOWERS
from gateway.rules.situation.followers import are_told, follower
from gateway.rules.situation.frames import NUMBER, numbered

SCHEMA: Mapping[str, pl.DataType] = MappingProxyType(
    {
        **FOLLOWERS,
        "CODE_CATEGORIE": pl.String(),
        "DATE_DEBUT_IDE": pl.Date(),
        "DATE_CESSATION_IDE": pl.Date(),
        "DATE_RADIATION_IDE": pl.Date(),
    }
)


def describe(journeys: Journeys, people: pl.DataFrame, moment: Moment) -> pl.DataFrame:
    """One row per person."""
    earlier = previous(journeys) if moment.is_pe_fresh else None
    facts = earlier.facts if earlier else pl.DataFrame(schema=dict(SCHEMA))
    start = pl.col("DATE_DEBUT_IDE")
    exits = pl.max_horizontal("DATE_CESSATION_IDE", "DATE_RADIATION_IDE")
    # on the same day, the registration is the last event
    registered = start.is_not_null() & (exits.is_null() | (start >= exits))
    told = numbered(facts, people, SCHEMA).select(
        NUMBER,
        AVANT_INSCRIT=registered,
        AVANT_CATEGORIE=pl.col("CODE_CATEGORIE"),
        AVANT_SUIVI_PE=follower(told=are_told(facts)),
    )
    each = told.unique(NUMBER, keep="any", maintain_order=True)
    reference = pl.lit(earlier.reference if earlier else None, pl.Date)
    return people.select(NUMBER, AVANT_PE=reference).join(each, on=NUMBER, how="left")


def previous(journeys: Journeys) -> Received | None:
    """Pôle emploi's file of the month before the last one; None when that is not the one we have."""
    before = journeys.before.get(Flow.PE)
    if before is None or journeys.pe is None:
        return None
    return before if follow_each_other(before.reference, journeys.pe.reference) else None


def follow_each_other(before: date, last: date) -> bool:
    """Whether two reference dates are of two months in a row."""
    return (last.year - before.year) * 12 + last.month - before.month == 1
