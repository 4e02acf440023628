"""Points and priority of a person: a sum whose every term is kept, never a score nobody can redo.

1. Each triggered rule weighs what the catalogue says; a family counts up to its cap, so that one event
   told by two rules is not two events (catalogue, section 5.3).
2. The organisation family speaks of the service: it is summed apart (`POINTS_SERVICE`) and never in the
   person's own points.
3. Signs that somebody holds the thread are taken off (`protections`). The sum is never below zero.
4. Priority (section 5.1): `haute` from 8 points, or when a rule of weight 5 is confirmed by a second
   family of the person's own, whatever is taken off; `moyenne` from 5; `basse` from 3; none below.
5. Who has no triggered rule has no points: zero would say "no risk".
6. An order of attention for professionals, not a decision (CRPA, art. R311-3-1-2: weights are told).
"""

from collections.abc import Iterable

import polars as pl

from gateway.rules.catalogue import RULES
from gateway.rules.rule import CAPS, Family, Result, Rule

HIGH, MEDIUM, LOW = "haute", "moyenne", "basse"
PRIORITIES = (HIGH, MEDIUM, LOW)
FLOORS = {HIGH: 8, MEDIUM: 5, LOW: 3}
_NUMBER = "RANG"  # of a person: joining on numbers is several times faster than on names
STRONG = 5  # the weight of a rule that a second family confirms

# One term of the sum: a family (REGLES, their SOMME, the PLAFOND) or a sign (DATE, SOURCE).
TERM = pl.Struct(
    {
        "TERME": pl.String(),
        "REGLES": pl.List(pl.String()),
        "SOMME": pl.Int64(),
        "PLAFOND": pl.Int64(),
        "POINTS": pl.Int64(),
        "DATE": pl.Date(),
        "SOURCE": pl.String(),
    }
)
WEIGHED = {
    "POINTS": pl.Int64(),
    "PRIORITE": pl.String(),
    "POINTS_SERVICE": pl.Int64(),
    "TERMES": pl.List(TERM),
}


def weigh(
    people: pl.DataFrame,
    signals: pl.DataFrame,
    protections: pl.DataFrame,
    rules: Iterable[Rule] = RULES,
) -> pl.DataFrame:
    """`people` with `WEIGHED`, its rows in the order they had."""
    numbered = people.select("PERSONNE").with_row_index(_NUMBER)
    families = _families(signals.join(numbered, on="PERSONNE"), rules)
    signs = _signs(protections.join(numbered, on="PERSONNE"), families)
    terms = pl.concat([families.drop("FORT"), signs]).sort(_NUMBER, "TERME")
    summed = _sums(families, signs).join(_listed(terms), on=_NUMBER)
    return (
        people.with_row_index(_NUMBER)
        .join(summed, on=_NUMBER, how="left", maintain_order="left")
        .select(*people.columns, *WEIGHED)
    )


def flagged_people(people: pl.DataFrame, signals: pl.DataFrame) -> pl.DataFrame:
    """The rows of those who have a triggered rule: nobody else is weighed."""
    triggered = signals.filter(pl.col("RESULTAT") == Result.TRIGGERED.value)
    return people.join(triggered, on="PERSONNE", how="semi")


def _sums(families: pl.DataFrame, signs: pl.DataFrame) -> pl.DataFrame:
    taken_off = signs.group_by(_NUMBER).agg(RETRAIT=pl.col("POINTS").sum())
    total = pl.col("POINTS") + pl.col("RETRAIT").fill_null(0)
    return (
        families.group_by(_NUMBER)
        .agg(
            POINTS=pl.col("POINTS").filter(_own()).sum(),
            POINTS_SERVICE=pl.col("POINTS").filter(~_own()).sum(),
            FORT=pl.col("FORT").filter(_own()).any() & (_own().sum() > 1),
        )
        .join(taken_off, on=_NUMBER, how="left")
        .with_columns(POINTS=pl.max_horizontal(total, pl.lit(0, pl.Int64)))
        .select(_NUMBER, "POINTS", "POINTS_SERVICE", PRIORITE=_priority())
    )


def _families(signals: pl.DataFrame, rules: Iterable[Rule]) -> pl.DataFrame:
    """One row per person (`RANG`) and family that has a triggered rule, and whether one of them is `FORT`."""
    known = [(rule.id, rule.family.value, rule.weight) for rule in rules]
    weights = pl.DataFrame(
        known, schema={"REGLE": pl.String, "TERME": pl.String, "POIDS": pl.Int64}, orient="row"
    )
    caps = {family.value: cap for family, cap in CAPS.items()}
    triggered = pl.col("RESULTAT") == Result.TRIGGERED.value
    return (
        signals.filter(triggered)
        .select(_NUMBER, "REGLE")
        .join(weights, on="REGLE", how="inner")
        .group_by(_NUMBER, "TERME")
        .agg(
            REGLES=pl.col("REGLE").sort(),
            SOMME=pl.col("POIDS").sum(),
            FORT=(pl.col("POIDS") >= STRONG).any(),
        )
        .with_columns(PLAFOND=pl.col("TERME").replace_strict(caps, return_dtype=pl.Int64))
        .with_columns(POINTS=pl.min_horizontal("SOMME", "PLAFOND"))
        .select(_NUMBER, *_fields(DATE=pl.lit(None, pl.Date), SOURCE=pl.lit(None, pl.String)))
    )


def _fields(**given: pl.Expr) -> list[pl.Expr]:
    names = [field.name for field in TERM.fields]
    return [*(given.get(name, pl.col(name)).alias(name) for name in names), pl.col("FORT")]


def _signs(protections: pl.DataFrame, families: pl.DataFrame) -> pl.DataFrame:
    return protections.join(families, on=_NUMBER, how="semi").select(
        _NUMBER,
        "TERME",
        pl.lit([], pl.List(pl.String)).alias("REGLES"),
        pl.lit(None, pl.Int64).alias("SOMME"),
        pl.lit(None, pl.Int64).alias("PLAFOND"),
        "POINTS",
        "DATE",
        "SOURCE",
    )


def _own() -> pl.Expr:
    return pl.col("TERME") != Family.ORGANISATION.value


def _priority() -> pl.Expr:
    points = pl.col("POINTS")
    return (
        pl.when((points >= FLOORS[HIGH]) | pl.col("FORT"))
        .then(pl.lit(HIGH))
        .when(points >= FLOORS[MEDIUM])
        .then(pl.lit(MEDIUM))
        .when(points >= FLOORS[LOW])
        .then(pl.lit(LOW))
    )


def _listed(terms: pl.DataFrame) -> pl.DataFrame:
    names = [field.name for field in TERM.fields]
    return terms.group_by(_NUMBER, maintain_order=True).agg(TERMES=pl.struct(names))
