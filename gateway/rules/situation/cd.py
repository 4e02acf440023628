"""What the département's own file says of each person.

1. Facts dated after the day of the crossing are ignored, but for planned appointments.
2. The current orientation is the latest ORIENTE; on the same day, the last notified, then the last code
   in alphabetical order, so that the order of rows never matters.
3. A contract covers the orientation when it ends on or after the decision, or has no end. Only VALIDE is
   a contract; EN_ATTENTE is told apart, REFUSE and ANNULE are nothing.
4. Absences count since the last VENU, strictly after its day, and no further back than the rule's span.

Columns: SOUMIS_DEPUIS, start of the present period of duties; ORIENTATION, DECISION, NOTIFICATION;
COUVERT (a VALIDE contract covers it), FIN_CONTRAT (latest end of these, null while one has none),
CONTRAT_EN_ATTENTE (start of the last one begun since the decision), ATTENTE_COUVRE; DERNIER_CONTACT_CD;
RDV_DEPUIS_DECISION; ABSENCES, PREMIERE_ABSENCE, RDV_SANS_STATUT; REFERENT_ACTIF, FIN_REFERENT;
PROCEDURE_OUVERTE; RDV_PREVU, the next planned appointment, on the day of the crossing or later.
"""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

import polars as pl

from gateway.rules.journeys import Journeys
from gateway.rules.rule import Moment
from gateway.rules.situation.frames import NUMBER, numbered

SCHEMA: Mapping[str, pl.DataType] = MappingProxyType(
    {
        "PERSONNE": pl.String(),
        "FAIT": pl.String(),
        "DATE": pl.Date(),
        "DATE_FIN": pl.Date(),
        "CODE": pl.String(),
        "STATUT": pl.String(),
    }
)
START, END = pl.col("DATE"), pl.col("DATE_FIN")
ENDLESS = END.is_null()


def describe(journeys: Journeys, people: pl.DataFrame, moment: Moment) -> pl.DataFrame:
    """One row per person of the file."""
    facts = numbered(journeys.cd.facts, people, SCHEMA)
    orientation = _orientation(facts.filter(moment.as_of >= START))
    marks = _marks(facts, moment).join(orientation, on=NUMBER, how="left")
    told = facts.join(marks.select(NUMBER, "DECISION", *_MARKED), on=NUMBER, how="left")
    return (
        marks.join(_since(told, moment), on=NUMBER, how="left")
        .with_columns(DERNIER_CONTACT_CD=pl.max_horizontal("DECISION", "DERNIER_CONTACT"))
        .drop("DERNIER_CONTACT", *_MARKED)
    )


def is_fact(fact: str, *statuses: str) -> pl.Expr:
    """Rows of this fact in one of these statuses."""
    return (pl.col("FAIT") == fact) & pl.col("STATUT").is_in(statuses)


def day_of(condition: pl.Expr, day: pl.Expr = START) -> pl.Expr:
    """The day, where the condition holds: a masked column is aggregated faster than a filtered group."""
    return pl.when(condition).then(day)


def _orientation(known: pl.DataFrame) -> pl.DataFrame:
    return (
        known.filter(is_fact("ORIENTATION", "ORIENTE"))
        .sort(NUMBER, "DATE", "DATE_FIN", "CODE")
        .unique(NUMBER, keep="last", maintain_order=True)
        .select(NUMBER, ORIENTATION="CODE", DECISION="DATE", NOTIFICATION="DATE_FIN")
    )


_MARKED = ("DERNIER_VENU", "DERNIER_NON_SOUMIS")


def _marks(facts: pl.DataFrame, moment: Moment) -> pl.DataFrame:
    """What can be read of each fact without looking at the others of the person."""
    past = moment.as_of >= START
    running = ENDLESS | (moment.as_of < END)
    seen = is_fact("RDV", "VENU")
    latest = {
        "DERNIER_VENU": day_of(past & seen),
        "DERNIER_CONTACT": day_of(past & (seen | is_fact("CONTRAT", "VALIDE"))),
        "DERNIER_NON_SOUMIS": day_of(past & is_fact("DROITS_DEVOIRS", "NON_SOUMIS")),
        "FIN_REFERENT": day_of(past & (pl.col("FAIT") == "REFERENT"), END),
        "REFERENT_ACTIF": past & is_fact("REFERENT", "ACTIF") & running,
        "PROCEDURE_OUVERTE": past & is_fact("PROCEDURE", "OUVERTE") & running,
    }
    planned = day_of(is_fact("RDV", "PREVU") & (moment.as_of <= START))
    return (
        facts.with_columns(RDV_PREVU=planned, **latest)
        .group_by(NUMBER)
        .agg(*(pl.col(name).max() for name in latest), pl.col("RDV_PREVU").min())
    )


def _since(told: pl.DataFrame, moment: Moment) -> pl.DataFrame:
    """What is read since another fact: the decision, the last appointment kept, the last exemption."""
    past = moment.as_of >= START
    covers = past & (ENDLESS | (pl.col("DECISION") <= END))
    signed, awaited = is_fact("CONTRAT", "VALIDE"), is_fact("CONTRAT", "EN_ATTENTE")
    met = (pl.col("FAIT") == "RDV") & (pl.col("STATUT") != "ANNULE")
    latest = {
        "COUVERT": signed & covers & pl.col("DECISION").is_not_null(),
        "SANS_FIN": signed & covers & ENDLESS,
        "FIN_CONTRAT": day_of(signed & covers, END),
        "CONTRAT_EN_ATTENTE": day_of(awaited & past & (pl.col("DECISION") <= START)),
        "ATTENTE_COUVRE": awaited & covers,
        "RDV_DEPUIS_DECISION": met
        & (past | (pl.col("STATUT") == "PREVU"))
        & (pl.col("DECISION") <= START),
        "RDV_SANS_STATUT": _counted(moment) & is_fact("RDV", "INCONNU", "PREVU"),
    }
    absence = day_of(_counted(moment) & is_fact("RDV", "ABSENT_NON_EXCUSE"))
    exempt = pl.col("DERNIER_NON_SOUMIS")
    subject = is_fact("DROITS_DEVOIRS", "SOUMIS") & past & (exempt.is_null() | (exempt < START))
    return (
        told.with_columns(ABSENCE=absence, SOUMIS=day_of(subject), **latest)
        .group_by(NUMBER)
        .agg(
            *(pl.col(name).max() for name in latest),
            pl.col("ABSENCE").count().cast(pl.Int64).alias("ABSENCES"),
            pl.col("ABSENCE").min().alias("PREMIERE_ABSENCE"),
            pl.col("SOUMIS").min().alias("SOUMIS_DEPUIS"),
        )
        .with_columns(pl.when(~pl.col("SANS_FIN")).then(pl.col("FIN_CONTRAT")).alias("FIN_CONTRAT"))
        .drop("SANS_FIN")
    )


def _counted(moment: Moment) -> pl.Expr:
    """Whether an appointment is in the stretch where absences count; its day has come."""
    span = timedelta(days=moment.thresholds["R11"])
    seen = pl.col("DERNIER_VENU")
    recent = (moment.as_of >= START) & (moment.as_of - span <= START)
    return recent & (seen.is_null() | (seen < START))
