"""S12: a professional looked at this very signal less than 90 days ago, and set it aside.

The same signal is the same rule with the same clock (DEPUIS). A dismissal that names no clock, or no rule
at all, speaks of what was running on its day: a clock that started after it is another signal.
"""

from datetime import date

import polars as pl

from gateway.rules.answers import DISMISSALS
from gateway.rules.rule import Effect, Moment, Rule, Suppressor, read


def _silences(moment: Moment) -> pl.Expr:
    del moment  # only the dismissals in force on the day are in the situation
    return pl.col(DISMISSALS).is_not_null()


def _silences_rule(moment: Moment, rule: Rule) -> pl.Expr:
    del moment
    each, clock = pl.element().struct, read(rule, "DEPUIS")
    named, dated = each.field("REGLE") == rule.id, each.field("DEPUIS").is_not_null()
    whole = each.field("REGLE").is_null() | (named & ~dated)
    same = _listed(each.field("DEPUIS").filter(named & dated)).list.contains(clock)
    # A signal without a clock is silenced only by who named none.
    last = _listed(each.field("DATE").filter(whole)).list.max()
    covered = last >= clock.fill_null(date.min)
    return same.fill_null(value=False) | covered.fill_null(value=False)


def _listed(kept: pl.Expr) -> pl.Expr:
    return pl.col(DISMISSALS).list.eval(kept)


SUPPRESSOR = Suppressor(
    id="S12",
    name="Écarté par un professionnel",
    definition=(
        "Un professionnel du département a écarté ce signal depuis moins de 90 jours. Il revient si "
        "un fait nouveau le fait repartir d'une autre date, ou passé ce délai."
    ),
    silences=_silences,
    effect=Effect.RULE,
    silences_rule=_silences_rule,
)
