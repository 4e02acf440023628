"""The answer of every rule for a slice of people: one struct column per rule, called by its id.

RESULTAT, MOTIF (why not evaluable), DEPUIS (the clock's start), JOURS, SEUIL. A rule may read the column of
those before it. Suppressors of one rule come later: what a rule reads is what the other one found.
"""

from collections.abc import Sequence

import polars as pl

from gateway.rules.catalogue import SUPPRESSORS
from gateway.rules.rule import Effect, Flow, Moment, Reason, Result, Rule, Verdict

ANSWERS = pl.Enum([result.value for result in Result])
_STALE = [one for one in SUPPRESSORS if one.effect is Effect.SOURCE]


def judge(people: pl.DataFrame, rules: Sequence[Rule], moment: Moment) -> pl.DataFrame:
    """Add the answers of the rules, each after those it reads."""
    judged = people.lazy()
    for rule in rules:
        judged = judged.with_columns(_answer(rule, moment).alias(rule.id))
    return judged.collect()


def _answer(rule: Rule, moment: Moment) -> pl.Expr:
    verdict = rule.judge(moment)
    reason = _reason(rule, verdict, moment)
    result = (
        pl.when(reason.is_not_null())
        .then(pl.lit(Result.NOT_EVALUABLE.value, ANSWERS))
        .when(verdict.triggered.fill_null(value=False))
        .then(pl.lit(Result.TRIGGERED.value, ANSWERS))
        .otherwise(pl.lit(Result.NOT_TRIGGERED.value, ANSWERS))
    )
    # null where the clock has not started or the rule cannot answer
    runs = reason.is_null() & verdict.since.is_not_null() & (verdict.days >= 0)
    return pl.struct(
        result.alias("RESULTAT"),
        reason.alias("MOTIF"),
        pl.when(runs).then(verdict.since).alias("DEPUIS"),
        pl.when(runs).then(verdict.days).alias("JOURS"),
        pl.when(runs).then(verdict.threshold).alias("SEUIL"),
    )


def _reason(rule: Rule, verdict: Verdict, moment: Moment) -> pl.Expr:
    if Flow.PE not in rule.sources:
        return verdict.reason
    unusable = pl.any_horizontal(*(one.silences(moment) for one in _STALE))
    missing = pl.when(unusable).then(pl.lit(Reason.PE_NOT_RECEIVED.value))
    return pl.coalesce(missing, verdict.reason)
