"""What may have brought somebody back, dated: the facts that end a signal with an outcome (`lives`).

Read from the journeys, one row per person, nothing later than the day of the crossing; Pôle emploi's side
only for people surely linked, and only from a file that may be used. CNAF's activities give jobs and
trainings and nothing else: a code of health is never read here.
"""

from datetime import date

import polars as pl

from gateway.rules.codes import BUSY, CATEGORY_WITH_JOB, JOBS, LINKED, TRAINING, USABLE
from gateway.rules.journeys import Journeys
from gateway.rules.lives import TURNS
from gateway.rules.rule import Moment
from gateway.rules.situation.cnaf import has_one, places
from gateway.rules.situation.frames import NUMBER

ENDLESS = date(9999, 12, 31)
_FACTS = ("INSCRIPTION", "CONTRAT", "CONTRAT_JUSQUE", "RENCONTRE", "EMPLOI", "FORMATION")


def turns(journeys: Journeys, people: pl.DataFrame, moment: Moment) -> pl.DataFrame:
    """`TURNS`: one row per person who has such a fact, sorted; `people`: `Crossing.people`."""
    parts = [
        _at_the_departement(journeys, moment),
        _at_pole_emploi(journeys, people, moment),
        _activities(journeys, moment),
    ]
    return (
        pl.concat([pl.DataFrame(schema=TURNS), *parts], how="diagonal")
        .group_by("PERSONNE")
        .agg(pl.col(name).max() for name in _FACTS)
        .sort("PERSONNE")
    )


def _at_the_departement(journeys: Journeys, moment: Moment) -> pl.DataFrame:
    contract = (pl.col("FAIT") == "CONTRAT") & (pl.col("STATUT") == "VALIDE")
    met = (pl.col("FAIT") == "RDV") & (pl.col("STATUT") == "VENU")
    day, end = pl.col("DATE"), pl.col("DATE_FIN").fill_null(ENDLESS)
    return journeys.cd.facts.filter(contract | met, day <= moment.as_of).select(
        "PERSONNE",
        pl.when(contract).then(day).alias("CONTRAT"),
        pl.when(contract).then(end).alias("CONTRAT_JUSQUE"),
        pl.when(met).then(day).alias("RENCONTRE"),
    )


def _at_pole_emploi(journeys: Journeys, people: pl.DataFrame, moment: Moment) -> pl.DataFrame:
    """Registrations, signed plans and interviews; somebody registered with a job has one on that day."""
    if journeys.pe is None or not moment.is_pe_fresh:
        return pl.DataFrame(schema={"PERSONNE": pl.String})
    linked = people.filter(pl.col("GRADE").is_in(LINKED)).select("PERSONNE")
    usable = pl.col("DATE_DERNIER_ENT_ETAT") == USABLE
    plan = pl.max_horizontal("DATE_SIGNATURE", "DATE_NOTIFICATION")
    told = {
        "INSCRIPTION": pl.col("DATE_DEBUT_IDE"),
        "CONTRAT": plan,
        "RENCONTRE": pl.when(usable).then(pl.col("DATE_DERNIER_ENT")),
        "EMPLOI": pl.when(pl.col("CODE_CATEGORIE") == CATEGORY_WITH_JOB).then(
            journeys.pe.reference
        ),
    }
    known = [
        pl.when(day <= moment.as_of).then(day).cast(pl.Date).alias(n) for n, day in told.items()
    ]
    return journeys.pe.facts.join(linked, on="PERSONNE", how="semi").select("PERSONNE", *known)


def _activities(journeys: Journeys, moment: Moment) -> pl.DataFrame:
    """Jobs and trainings that began, running or over."""
    if journeys.cnaf is None:
        return pl.DataFrame(schema={"PERSONNE": pl.String})
    busy = journeys.cnaf.facts.filter(has_one(pl.col("ACT"), BUSY)).with_row_index(NUMBER)
    told = places(busy, "ACT", DEBUT="DDACT").filter(pl.col("DEBUT") <= moment.as_of)
    kinds = {"EMPLOI": JOBS, "FORMATION": TRAINING}
    return told.join(busy.select(NUMBER, "PERSONNE"), on=NUMBER).select(
        "PERSONNE",
        *(
            pl.when(pl.col("CODE").is_in(c)).then(pl.col("DEBUT")).alias(n)
            for n, c in kinds.items()
        ),
    )
