"""The crossing: journeys of the département and of Pôle emploi in, signals with their evidence out.

1. Pure: same frames and same moment, same signals, whatever the order of the rows.
2. A rule that needs Pôle emploi's file is not evaluable for everybody when that file is missing or
   too old, even where the rule could not have applied: silence of a source is never "no risk".
3. A silenced person has no signal of any kind, only a line in `suppressed`.
4. Every shown rule answers for every other person.
"""

from dataclasses import dataclass
from datetime import date

import polars as pl

from gateway.rules.catalogue import RULES, SUPPRESSORS
from gateway.rules.rule import Evidence, Flow, Moment, Reason, Result, Rule, Verdict
from gateway.rules.situation import describe
from gateway.rules.thresholds import AVANT_2025, Thresholds


@dataclass(frozen=True, slots=True)
class Crossing:
    """What was found.

    `signals`: PERSONNE, REGLE, RESULTAT, MOTIF (why not evaluable), DEPUIS (the clock's start),
    JOURS, SEUIL, PREUVES (list of CHAMP, VALEUR, SOURCE, REFERENCE, SEUIL), VERSION; sorted by
    PERSONNE then REGLE. `suppressed`: PERSONNE, SUPPRESSEUR.
    """

    signals: pl.DataFrame
    suppressed: pl.DataFrame


def cross(
    cd: pl.DataFrame,
    pe: pl.DataFrame | None,
    grades: pl.DataFrame,
    *,
    as_of: date,
    pe_reference: date | None,
    thresholds: Thresholds = AVANT_2025,
) -> Crossing:
    """Evaluate every rule for every person of the département's file."""
    moment = Moment(as_of, pe_reference if pe is not None else None, thresholds)
    people = describe(cd, pe if moment.is_pe_fresh else None, grades, as_of=as_of)
    suppressed = _suppressed(people, moment)
    judged = people.join(suppressed, on="PERSONNE", how="anti")
    for rule in RULES:
        judged = judged.with_columns(_verdict(rule, moment).alias(rule.id))
    shown = pl.concat([_shown(rule, judged, moment) for rule in RULES if rule.shown])
    return Crossing(shown.sort("PERSONNE", "REGLE"), suppressed)


def _suppressed(people: pl.DataFrame, moment: Moment) -> pl.DataFrame:
    return pl.concat(
        people.filter(suppressor.silences(moment)).select(
            "PERSONNE", SUPPRESSEUR=pl.lit(suppressor.id)
        )
        for suppressor in SUPPRESSORS
    ).sort("PERSONNE", "SUPPRESSEUR")


def _verdict(rule: Rule, moment: Moment) -> pl.Expr:
    """Answer for everybody, as one struct column: result, reason and clock."""
    verdict = rule.judge(moment)
    reason = verdict.reason
    if Flow.PE in rule.sources and not moment.is_pe_fresh:
        reason = pl.lit(Reason.PE_NOT_RECEIVED.value)
    result = (
        pl.when(reason.is_not_null())
        .then(pl.lit(Result.NOT_EVALUABLE.value))
        .when(verdict.triggered.fill_null(value=False))
        .then(pl.lit(Result.TRIGGERED.value))
        .otherwise(pl.lit(Result.NOT_TRIGGERED.value))
    )
    return pl.struct(
        result.alias("RESULTAT"),
        reason.alias("MOTIF"),
        *_clock(verdict, reason),
    )


def _clock(verdict: Verdict, reason: pl.Expr) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """Start, days and delay: null where the clock has not started or the rule cannot answer."""
    runs = reason.is_null() & verdict.since.is_not_null() & (verdict.days >= 0)
    return (
        pl.when(runs).then(verdict.since).alias("DEPUIS"),
        pl.when(runs).then(verdict.days).alias("JOURS"),
        pl.when(runs).then(verdict.threshold).alias("SEUIL"),
    )


def _shown(rule: Rule, judged: pl.DataFrame, moment: Moment) -> pl.DataFrame:
    return (
        judged.select("PERSONNE", pl.lit(rule.id).alias("REGLE"), rule.id)
        .unnest(rule.id)
        .join(_evidence(rule, judged, moment), on="PERSONNE", how="left", maintain_order="left")
        .with_columns(VERSION=pl.lit(moment.thresholds.version))
    )


def _evidence(rule: Rule, judged: pl.DataFrame, moment: Moment) -> pl.DataFrame:
    """Gather what each person's answer rests on, in the order of the rule.

    Grouped from one frame per fact: building the lists row by row is ten times slower.
    """
    facts = [_fact(evidence, judged, moment) for evidence in rule.judge(moment).evidence]
    known = pl.struct(pl.exclude("PERSONNE")).filter(pl.col("VALEUR").is_not_null())
    return pl.concat(facts).group_by("PERSONNE", maintain_order=True).agg(PREUVES=known)


def _fact(evidence: Evidence, judged: pl.DataFrame, moment: Moment) -> pl.DataFrame:
    return judged.select(
        "PERSONNE",
        pl.lit(evidence.name).alias("CHAMP"),
        evidence.value.cast(pl.String).alias("VALEUR"),
        pl.lit(evidence.flow.value).alias("SOURCE"),
        pl.lit(moment.reference(evidence.flow), pl.Date).alias("REFERENCE"),
        evidence.threshold.alias("SEUIL"),
    )
