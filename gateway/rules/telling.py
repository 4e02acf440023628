"""What must be told of a slice of people: one row per person and rule, with its evidence.

1. Only what is triggered, not evaluable or silenced rule by rule; the rest only when everything is asked.
2. Only within the gate of the rule.
3. Evidence is kept for what is triggered: field, value, source, file, the day the source speaks of, delay.
   The reason of a silence is never evidence.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import polars as pl

from gateway.rules.catalogue import SUPPRESSORS
from gateway.rules.evidence import EVIDENCE, gather
from gateway.rules.rule import Effect, Moment, Result, Rule, read
from gateway.rules.situation.frames import NUMBER
from gateway.rules.situation.gates import GATES

# MOTIF: why not evaluable; DEPUIS: the clock's start; JOURS and SEUIL in days; SUPPRESSEUR of this rule.
SIGNALS: Mapping[str, pl.DataType] = MappingProxyType(
    {
        "PERSONNE": pl.String(),
        "REGLE": pl.String(),
        "RESULTAT": pl.String(),
        "MOTIF": pl.String(),
        "DEPUIS": pl.Date(),
        "JOURS": pl.Int64(),
        "SEUIL": pl.Int64(),
        "PREUVES": pl.List(EVIDENCE),
        "EN_VALIDATION": pl.Boolean(),
        "SUPPRESSEUR": pl.String(),
        "VERSION": pl.String(),
    }
)
_BY_RULE = [one for one in SUPPRESSORS if one.effect is Effect.RULE]
_CLOCK = ("MOTIF", "DEPUIS", "JOURS", "SEUIL")


def tell(
    judged: pl.DataFrame, rules: Sequence[Rule], moment: Moment, *, everything: bool
) -> pl.DataFrame:
    """`SIGNALS` and RANG, sorted by RANG then in the order of the rules."""
    told = pl.concat(
        pl.collect_all(
            _told(rule, judged.lazy(), moment, everything=everything).with_columns(
                PLACE=pl.lit(place)
            )
            for place, rule in enumerate(rules)
        )
    )
    shown = told.filter(everything | (pl.col("RESULTAT") == Result.TRIGGERED.value))
    evidence = gather(judged, shown.select(NUMBER, "PLACE"), rules, moment)
    return (
        told.join(evidence, on=(NUMBER, "PLACE"), how="left")
        .sort(NUMBER, "PLACE")
        .select(*SIGNALS, NUMBER)
    )


def _told(rule: Rule, judged: pl.LazyFrame, moment: Moment, *, everything: bool) -> pl.LazyFrame:
    found = read(rule, "RESULTAT").cast(pl.String)
    awaited = pl.col("CONTRAT_EN_ATTENTE").is_not_null() if rule.awaits else pl.lit(value=False)
    wanted = everything | (read(rule, "RESULTAT") != Result.NOT_TRIGGERED.value)
    triggered = pl.col("RESULTAT") == Result.TRIGGERED.value
    silenced = triggered & pl.col("SUPPRESSEUR").is_not_null()
    return (
        judged.filter(GATES[rule.gate] & wanted)
        .select(
            NUMBER,
            "PERSONNE",
            *(read(rule, name).alias(name) for name in _CLOCK),
            REGLE=pl.lit(rule.id),
            RESULTAT=found,
            SUPPRESSEUR=_silencer(rule, moment),
            EN_VALIDATION=awaited,
            VERSION=pl.lit(moment.thresholds.version),
        )
        .with_columns(
            pl.when(silenced).then(pl.col("SUPPRESSEUR")).alias("SUPPRESSEUR"),
            pl.when(silenced)
            .then(pl.lit(Result.SUPPRESSED.value))
            .otherwise(pl.col("RESULTAT"))
            .alias("RESULTAT"),
            EN_VALIDATION=pl.col("EN_VALIDATION") & triggered & ~silenced,
        )
    )


def _silencer(rule: Rule, moment: Moment) -> pl.Expr:
    """The first suppressor that silences this rule, where it triggered."""
    asked = (
        pl.when(one.silences(moment) & one.silences_rule(moment, rule)).then(pl.lit(one.id))
        for one in _BY_RULE
        if one.silences_rule is not None
    )
    return pl.coalesce(*asked, pl.lit(None, pl.String))
