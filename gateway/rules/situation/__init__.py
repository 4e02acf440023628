"""The situation of each person of the département's file on one day: one wide row per person.

1. Only people of the CD's file; one row per PERSONNE, whatever the number of ID_CD. People are numbered
   (RANG) in the order of PERSONNE and everything is joined on that number: it is five times faster.
2. One describer per source, one file each, gives at most one row per RANG; what it does not know is null.
3. Nothing here judges: rules and suppressors read these columns and no other.

The columns are listed at the head of each describer.
"""

from collections.abc import Callable

import polars as pl

from gateway.rules.codes import LINKED, UNLINKED
from gateway.rules.journeys import PEOPLE, Journeys
from gateway.rules.rule import Moment
from gateway.rules.situation import cd, cnaf, pe
from gateway.rules.situation.frames import NUMBER, check_columns

Describer = Callable[[Journeys, pl.DataFrame, Moment], pl.DataFrame]

# In the order they are joined; each is given the people numbered, and gives RANG and its columns.
DESCRIBERS: tuple[Describer, ...] = (cd.describe, cnaf.describe, pe.describe)


def describe(journeys: Journeys, moment: Moment) -> pl.DataFrame:
    """One row per person, sorted by PERSONNE. Raises `ValueError` on a frame that is not one of ours."""
    people = number(journeys)
    wide = people
    for describer in DESCRIBERS:
        wide = wide.join(
            describer(journeys, people, moment), on=NUMBER, how="left", maintain_order="left"
        )
    doubtful = pl.col("PLUSIEURS_DOSSIERS").fill_null(value=False)
    grade = pl.when(doubtful).then(pl.lit("X")).otherwise(pl.col("GRADE"))
    read = pl.lit(moment.is_pe_fresh) & grade.is_in(LINKED)
    return wide.with_columns(
        grade.alias("GRADE"), pl.when(read).then(pl.col("DOMICILE_PE")).alias("DOMICILE_PE")
    ).drop("PLUSIEURS_DOSSIERS")


def number(journeys: Journeys) -> pl.DataFrame:
    """RANG, and what is known of the people of the CD's file: `PEOPLE`; whoever is not linked has the grade `none`."""
    facts, known = journeys.cd.facts, journeys.people
    check_columns(facts, cd.SCHEMA)
    check_columns(known, PEOPLE)
    if known.select(pl.col("PERSONNE").is_duplicated().any()).item():
        raise ValueError("somebody is described twice")
    return (
        facts.select(pl.col("PERSONNE").unique())
        .sort("PERSONNE")
        .with_row_index(NUMBER)
        .join(known.select(*PEOPLE), on="PERSONNE", how="left", maintain_order="left")
        .with_columns(pl.col("GRADE").fill_null(UNLINKED))
    )
