"""S4: a job or a training began since the clock of the rule did, and still runs.

Rule by rule, and said only where it silenced something: a job begun before the clock explains nothing.
"""

import polars as pl

from gateway.rules.rule import Effect, Moment, Rule, Suppressor, read


def _silences(_moment: Moment) -> pl.Expr:
    return pl.col("ACTIVITE_DEPUIS").is_not_null()


def _silences_rule(_moment: Moment, rule: Rule) -> pl.Expr:
    return pl.col("ACTIVITE_DEPUIS") >= read(rule, "DEPUIS")


SUPPRESSOR = Suppressor(
    id="S4",
    name="Emploi ou formation commencé depuis",
    definition=(
        "La CAF ou la MSA connaît un emploi ou une formation commencé depuis le point de départ du "
        "délai de la règle, et toujours en cours : la règle se tait."
    ),
    silences=_silences,
    effect=Effect.RULE,
    silences_rule=_silences_rule,
)
