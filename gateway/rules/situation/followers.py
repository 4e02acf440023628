"""Who follows each person, says Pôle emploi: itself, another structure, or nobody.

A block of the file may be left out for everybody: then nothing says that nobody follows, and
SUIVI_PE is null for all.

Column: SUIVI_PE.
"""

from collections.abc import Mapping
from types import MappingProxyType

import polars as pl

from gateway.rules.codes import LINKED
from gateway.rules.journeys import Journeys
from gateway.rules.rule import Moment
from gateway.rules.situation.frames import NUMBER, numbered

ITSELF, DELEGATED, NOBODY = "pole_emploi", "delegue", "aucun"
SCHEMA: Mapping[str, pl.DataType] = MappingProxyType(
    {
        "PERSONNE": pl.String(),
        "STRUCTURE_PRINCIPALE": pl.String(),
        "STRUCTURE_DELEGUEE": pl.String(),
    }
)


def describe(journeys: Journeys, people: pl.DataFrame, moment: Moment) -> pl.DataFrame:
    """One row per person linked to a dossier."""
    told = journeys.pe is not None and are_told(journeys.pe.facts)
    return readable(journeys, people, moment, SCHEMA).select(NUMBER, SUIVI_PE=follower(told=told))


def are_told(facts: pl.DataFrame) -> bool:
    """Whether the file says who follows anybody at all."""
    names = ("STRUCTURE_PRINCIPALE", "STRUCTURE_DELEGUEE")
    return any(facts[name].null_count() < facts.height for name in names)


def follower(*, told: bool) -> pl.Expr:
    """Who follows: null for all when the file never says."""
    said = (
        pl.when(pl.col("STRUCTURE_DELEGUEE").is_not_null())
        .then(pl.lit(DELEGATED))
        .when(pl.col("STRUCTURE_PRINCIPALE").is_not_null())
        .then(pl.lit(ITSELF))
        .otherwise(pl.lit(NOBODY))
    )
    return pl.when(pl.lit(told)).then(said)


def readable(
    journeys: Journeys, people: pl.DataFrame, moment: Moment, schema: Mapping[str, pl.DataType]
) -> pl.DataFrame:
    """The dossiers of the last file that may be read: of a usable file, and of a sure link, one each."""
    usable = journeys.pe is not None and moment.is_pe_fresh
    received = journeys.pe.facts if journeys.pe and usable else pl.DataFrame(schema=dict(schema))
    linked = people.filter(pl.col("GRADE").is_in(LINKED)).select(NUMBER)
    # several dossiers are grade X: which one is kept does not matter, it is never read
    return (
        numbered(received, people, schema)
        .join(linked, on=NUMBER, how="semi")
        .unique(NUMBER, keep="any", maintain_order=True)
    )
