"""Signs that somebody holds the thread: they lower the points of a person, and are shown with them.

1. Read from the same journeys as the rules, never a reason to silence: a sign is said beside the
   signals, with its date and its source (catalogue, section 5.2, end).
2. Days are elapsed days, as everywhere; "less than 30 days" is 29 at most. What the département says is
   measured on the day of the crossing, what Pôle emploi says on the day its file speaks of.
3. The latest fact of a kind counts, once.
"""

from dataclasses import dataclass

import polars as pl

from gateway.rules.codes import LINKED, USABLE
from gateway.rules.journeys import Journeys
from gateway.rules.rule import Flow, Moment

PROTECTIONS = {
    "PERSONNE": pl.String(),
    "TERME": pl.String(),
    "POINTS": pl.Int64(),
    "DATE": pl.Date(),
    "SOURCE": pl.String(),
}
AHEAD = 30  # days: an appointment planned today counts, and one in 30 days


@dataclass(frozen=True, slots=True)
class Protection:
    """One sign: its French name, what it takes off, and how old it may be (days, not reached)."""

    id: str
    name: str
    points: int
    days: int


ATTENDED = Protection("rdv_honore", "Rendez-vous honoré depuis moins de 30 jours", -2, 30)
SIGNED = Protection("contrat_signe", "Contrat commencé depuis moins de 60 jours", -2, 60)
SEEN = Protection("entretien_pe", "Entretien à Pôle emploi depuis moins de 30 jours", -2, 30)
PLANNED = Protection("rdv_prevu", "Rendez-vous prévu dans les 30 jours", -1, AHEAD)
SIGNS = {sign.id: sign for sign in (ATTENDED, SIGNED, SEEN, PLANNED)}


def protections(journeys: Journeys, people: pl.DataFrame, moment: Moment) -> pl.DataFrame:
    """`PROTECTIONS`: at most one row per person and sign, sorted; `people`: `Crossing.people`."""
    cd, as_of = journeys.cd.facts, pl.lit(moment.as_of, pl.Date)
    age = (as_of - pl.col("DATE")).dt.total_days()
    parts = [
        _latest(cd.filter(_is("RDV", "VENU"), age >= 0, age < ATTENDED.days), ATTENDED, Flow.CD),
        _latest(cd.filter(_is("CONTRAT", "VALIDE"), age >= 0, age < SIGNED.days), SIGNED, Flow.CD),
        _latest(cd.filter(_is("RDV", "PREVU"), age <= 0, -age <= AHEAD), PLANNED, Flow.CD),
        _interviews(journeys, people, moment),
    ]
    return pl.concat(parts).sort("PERSONNE", "TERME")


def _is(fact: str, status: str) -> pl.Expr:
    return (pl.col("FAIT") == fact) & (pl.col("STATUT") == status)


def _latest(facts: pl.DataFrame, sign: Protection, flow: Flow) -> pl.DataFrame:
    """The latest date of each; the first of the appointments to come."""
    day = pl.col("DATE").min() if sign is PLANNED else pl.col("DATE").max()
    return (
        facts.group_by("PERSONNE")
        .agg(DATE=day)
        .select(
            "PERSONNE",
            TERME=pl.lit(sign.id),
            POINTS=pl.lit(sign.points, pl.Int64),
            DATE="DATE",
            SOURCE=pl.lit(flow.value),
        )
    )


def _interviews(journeys: Journeys, people: pl.DataFrame, moment: Moment) -> pl.DataFrame:
    """Interviews of the people surely linked, when Pôle emploi's file may be used at all."""
    if journeys.pe is None or not moment.is_pe_fresh:
        return pl.DataFrame(schema=PROTECTIONS)
    linked = people.filter(pl.col("GRADE").is_in(LINKED)).select("PERSONNE")
    day, age = pl.col("DATE_DERNIER_ENT"), moment.days_since(pl.col("DATE_DERNIER_ENT"), Flow.PE)
    usable = (pl.col("DATE_DERNIER_ENT_ETAT") == USABLE) & (day <= moment.as_of)
    recent = journeys.pe.facts.filter(usable, age < SEEN.days).rename({"DATE_DERNIER_ENT": "DATE"})
    return _latest(recent.join(linked, on="PERSONNE", how="semi"), SEEN, Flow.PE)
