"""What Pôle emploi's file says of each person linked to it; nothing at all while it is not usable.

1. The state is the latest of the three dates; on a tie registration, then cessation, then radiation.
2. It is read only for people linked with a grade that may be read, and dates after the day of the
   crossing are ignored.
3. Two different dossiers for one person: nobody chose between them, the link becomes grade X.

Columns: PLUSIEURS_DOSSIERS; PE_ETAT, PE_DEPUIS, PE_MOTIF (code of the exit), CATEGORIE (while
registered); DERNIERE_SORTIE, the later of cessation and radiation; PPAE, the later of signature and
notification; MODALITE, DERNIER_ENTRETIEN, ETAT_ENTRETIEN; DERNIER_ACTE_PE, the latest date of any kind.
"""

from collections.abc import Mapping
from types import MappingProxyType

import polars as pl

from gateway.rules.codes import CEASED, LINKED, REGISTERED, REMOVED, USABLE
from gateway.rules.journeys import Journeys
from gateway.rules.rule import Moment, Reason
from gateway.rules.situation.frames import NUMBER, numbered

SCHEMA: Mapping[str, pl.DataType] = MappingProxyType(
    {
        "PERSONNE": pl.String(),
        "CODE_CATEGORIE": pl.String(),
        "DATE_DEBUT_IDE": pl.Date(),
        "DATE_CESSATION_IDE": pl.Date(),
        "MOTIF_CESSATION_IDE": pl.String(),
        "DATE_RADIATION_IDE": pl.Date(),
        "MOTIF_RADIATION_IDE": pl.String(),
        "DATE_SIGNATURE": pl.Date(),
        "DATE_NOTIFICATION": pl.Date(),
        "MODALITE_CODE": pl.String(),
        "DATE_DERNIER_ENT": pl.Date(),
        "DATE_DERNIER_ENT_ETAT": pl.String(),
    }
)
_EVENTS = {
    REGISTERED: "DATE_DEBUT_IDE",
    CEASED: "DATE_CESSATION_IDE",
    REMOVED: "DATE_RADIATION_IDE",
}
_EXITS = ("DATE_CESSATION_IDE", "DATE_RADIATION_IDE")
_PPAE = ("DATE_SIGNATURE", "DATE_NOTIFICATION")


def describe(journeys: Journeys, people: pl.DataFrame, moment: Moment) -> pl.DataFrame:
    """One row per person who has a dossier."""
    received = journeys.pe.facts if journeys.pe else pl.DataFrame(schema=dict(SCHEMA))
    dossiers = numbered(received, people, SCHEMA)
    if not moment.is_pe_fresh:
        dossiers = dossiers.clear()
    alone, several = _apart(dossiers)
    linked = people.filter(pl.col("GRADE").is_in(LINKED)).select(NUMBER)
    read = alone.join(linked, on=NUMBER, how="semi")
    described = _described(read, moment)
    return pl.concat([described, several], how="diagonal")


def _apart(dossiers: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The people with one dossier, and those with several that are not one and the same."""
    repeated = pl.col(NUMBER).is_duplicated()
    once = dossiers.filter(~repeated)
    told = dossiers.filter(repeated).unique()
    several = told.filter(repeated).select(pl.col(NUMBER).unique())
    alone = pl.concat([once, told.filter(~repeated)])
    return alone, several.with_columns(PLUSIEURS_DOSSIERS=pl.lit(value=True))


def _described(dossiers: pl.DataFrame, moment: Moment) -> pl.DataFrame:
    dates = (*_EVENTS.values(), *_PPAE)
    said = pl.col("DATE_DERNIER_ENT_ETAT").fill_null(Reason.DATE_ABSENT.value)
    interview = pl.col("DATE_DERNIER_ENT")
    usable = (said == USABLE) & (interview <= moment.as_of)
    unclear = said.is_in([Reason.DATE_ABSENT.value, Reason.DATE_EMPTY.value])
    return (
        dossiers.with_columns(
            pl.when(pl.col(day) <= moment.as_of).then(pl.col(day)).alias(day) for day in dates
        )
        .with_columns(
            PE_DEPUIS=pl.max_horizontal(*_EVENTS.values()),
            DERNIERE_SORTIE=pl.max_horizontal(*_EXITS),
            PPAE=pl.max_horizontal(*_PPAE),
            MODALITE=pl.col("MODALITE_CODE"),
            DERNIER_ENTRETIEN=pl.when(usable).then(interview),
            ETAT_ENTRETIEN=pl.when(usable)
            .then(pl.lit(USABLE))
            .when(unclear)
            .then(said)
            .otherwise(pl.lit(Reason.DATE_UNUSABLE.value)),
        )
        .with_columns(PE_ETAT=_state())
        .with_columns(
            CATEGORIE=pl.when(pl.col("PE_ETAT") == REGISTERED).then(pl.col("CODE_CATEGORIE")),
            PE_MOTIF=pl.when(pl.col("PE_ETAT") == CEASED)
            .then(pl.col("MOTIF_CESSATION_IDE"))
            .when(pl.col("PE_ETAT") == REMOVED)
            .then(pl.col("MOTIF_RADIATION_IDE")),
            DERNIER_ACTE_PE=pl.max_horizontal("PE_DEPUIS", "PPAE", "DERNIER_ENTRETIEN"),
            PLUSIEURS_DOSSIERS=pl.lit(value=False),
        )
        .drop(name for name in SCHEMA if name != "PERSONNE")
    )


def _state() -> pl.Expr:
    return pl.coalesce(
        pl.when(pl.col(column) == pl.col("PE_DEPUIS")).then(pl.lit(name))
        for name, column in _EVENTS.items()
    )
