"""How each rule falls on a département: whom it flags, what it cannot say, and the delays behind it.

1. The gated population of a rule: the people of its gate whom nothing silences whole.
2. Shares are of that population. A rule that flags more than a quarter of it says nothing about
   anybody: a field badly filled or a delay too short, more likely than that many break-offs
   (catalogue, section 5.2, end).
3. The delays are those of everybody whose clock runs, flagged or not: that is how a delay is chosen.
4. Counts, never people; still, they steer one département from inside and are no publication:
   `shown` hides what is below `LEAST`, and nothing is guarded against subtraction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from gateway.rules.crossing import SLICE as PEOPLE_AT_ONCE
from gateway.rules.crossing import Crossing, cross, in_use, moment_of, situation
from gateway.rules.journeys import Journeys
from gateway.rules.rule import Result, Rule, read
from gateway.rules.situation.gates import GATES
from gateway.rules.thresholds import Thresholds
from gateway.rules.verdicts import judge

TOO_MANY = 0.25  # of the gated population
LEAST = 5  # people: fewer are not told
STEP = 30  # days in one bar
BARS = 25  # the last one holds whatever is longer


@dataclass(frozen=True, slots=True)
class Calibrated:
    """One rule. `delays[i]` counts the clocks of `i * STEP` days to the next; the last bar is open."""

    rule: Rule
    gated: int
    flagged: int
    silenced: int
    not_evaluable: Mapping[str, int]
    delays: tuple[int, ...]
    thresholds: tuple[int, ...]

    @property
    def share(self) -> float:
        """Flagged, of the gated population; 0 when there is nobody."""
        return self.flagged / self.gated if self.gated else 0.0

    @property
    def discriminates(self) -> bool:
        """Whether the rule tells people apart."""
        return self.share <= TOO_MANY


def calibrate(journeys: Journeys, *, as_of: date, thresholds: Thresholds) -> Sequence[Calibrated]:
    """Every rule in use, in the order of the catalogue."""
    moment, rules = moment_of(journeys, as_of, thresholds), in_use(thresholds)
    wide = situation(journeys, moment).filter(pl.col("SUPPRESSEUR").is_null())
    found = cross(journeys, as_of=as_of, thresholds=thresholds)
    delays: dict[str, list[int]] = {rule.id: [0] * BARS for rule in rules}
    limits: dict[str, set[int]] = {rule.id: set() for rule in rules}
    for part in wide.iter_slices(PEOPLE_AT_ONCE):
        judged = judge(part, rules, moment)
        for rule in rules:
            _add_delays(judged.filter(GATES[rule.gate]), rule, delays[rule.id], limits[rule.id])
    return [
        _one(rule, wide.filter(GATES[rule.gate]).height, found, delays[rule.id], limits[rule.id])
        for rule in rules
    ]


def shown(count: int) -> int | None:
    """A count that may be shown; None for one to `LEAST` - 1 people."""
    return None if 0 < count < LEAST else count


def _add_delays(judged: pl.DataFrame, rule: Rule, bars: list[int], limits: set[int]) -> None:
    days = read(rule, "JOURS")
    bar = (days // STEP).clip(0, BARS - 1).cast(pl.Int64)
    counted = judged.filter(days.is_not_null()).group_by(bar.alias("BARRE")).len()
    for number, people in counted.iter_rows():
        bars[number] += people
    limits.update(judged.select(read(rule, "SEUIL").unique()).to_series().drop_nulls())


def _one(
    rule: Rule, gated: int, found: Crossing, bars: Sequence[int], limits: set[int]
) -> Calibrated:
    told = found.signals.filter(REGLE=rule.id)
    results = _counts(told, "RESULTAT")
    reasons = _counts(told.filter(RESULTAT=Result.NOT_EVALUABLE.value), "MOTIF")
    flagged, silenced = (
        results.get(result.value, 0) for result in (Result.TRIGGERED, Result.SUPPRESSED)
    )
    return Calibrated(rule, gated, flagged, silenced, reasons, tuple(bars), tuple(sorted(limits)))


def _counts(told: pl.DataFrame, column: str) -> dict[str, int]:
    return dict(told.group_by(column).len().sort(column).iter_rows())
