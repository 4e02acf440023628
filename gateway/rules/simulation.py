"""What other delays, rules or law would change, before anybody decides: two crossings of the same files.

Nothing is written: the journeys are crossed twice in memory and compared, person by person and rule by
rule. Counts are of people; who they are is asked apart.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from gateway.rules.catalogue import BY_ID
from gateway.rules.crossing import cross, in_use, moment_of
from gateway.rules.journeys import Journeys
from gateway.rules.points import PRIORITIES, weigh
from gateway.rules.protections import protections
from gateway.rules.rule import Result
from gateway.rules.thresholds import DEFAULTS, Regime, Thresholds

BEFORE, AFTER = "AVANT", "APRES"
NONE = "aucune"
TRIED = "simulation"  # the version of what is not in force
GAINED, LOST = "gagne", "perdu"


@dataclass(frozen=True, slots=True)
class Change:
    """One rule: people flagged before and after, those who become flagged and those who stop."""

    rule: str
    before: int
    after: int
    gained: int
    lost: int


@dataclass(frozen=True, slots=True)
class Simulated:
    """`moves`: (priority before, after) → people, `aucune` for none; `people`: PERSONNE, REGLE, SENS."""

    before: Thresholds
    after: Thresholds
    rules: Sequence[Change]
    moves: Mapping[tuple[str, str], int]
    people: pl.DataFrame


def simulate(
    journeys: Journeys, *, as_of: date, before: Thresholds, after: Thresholds
) -> Simulated:
    """Compare two ways of crossing the same journeys."""
    one, other = (_crossed(journeys, as_of, thresholds) for thresholds in (before, after))
    was, will = (
        side.signals.with_columns(pl.lit(value=True).alias(name))
        for side, name in ((one, BEFORE), (other, AFTER))
    )
    moved = was.join(will, on=["PERSONNE", "REGLE"], how="full", coalesce=True)
    people = moved.filter(pl.col(BEFORE).is_null() | pl.col(AFTER).is_null()).select(
        "PERSONNE",
        "REGLE",
        pl.when(pl.col(BEFORE).is_null())
        .then(pl.lit(GAINED))
        .otherwise(pl.lit(LOST))
        .alias("SENS"),
    )
    known = [rule.id for rule in in_use(before)]
    known += [rule.id for rule in in_use(after) if rule.id not in known]
    return Simulated(
        before,
        after,
        [_change(rule, moved.filter(REGLE=rule)) for rule in known],
        _moves(one.priorities, other.priorities),
        people.sort("PERSONNE", "REGLE"),
    )


@dataclass(frozen=True, slots=True)
class _Side:
    signals: pl.DataFrame
    priorities: pl.DataFrame


def _crossed(journeys: Journeys, as_of: date, thresholds: Thresholds) -> _Side:
    found = cross(journeys, as_of=as_of, thresholds=thresholds)
    signs = protections(journeys, found.people, moment_of(journeys, as_of, thresholds))
    weighed = weigh(found.people, found.signals, signs)
    triggered = found.signals.filter(RESULTAT=Result.TRIGGERED.value).select("PERSONNE", "REGLE")
    priority = pl.col("PRIORITE").fill_null(NONE)
    return _Side(triggered, weighed.select("PERSONNE", priority))


def _change(rule: str, moved: pl.DataFrame) -> Change:
    was, is_ = (int(moved[name].count()) for name in (BEFORE, AFTER))
    both = moved.filter(pl.col(BEFORE).is_not_null() & pl.col(AFTER).is_not_null()).height
    return Change(rule, was, is_, is_ - both, was - both)


def _moves(before: pl.DataFrame, after: pl.DataFrame) -> Mapping[tuple[str, str], int]:
    moved = before.join(after, on="PERSONNE", suffix="_APRES")
    counted = moved.group_by("PRIORITE", "PRIORITE_APRES").len()
    counts = {(was, now): people for was, now, people in counted.iter_rows()}
    order = [*PRIORITIES, NONE]
    return {(was, now): counts.get((was, now), 0) for was in order for now in order}


def tried(
    before: Thresholds,
    *,
    delays: Mapping[str, int],
    optional: Iterable[str] = (),
    regime: Regime | None = None,
) -> Thresholds:
    """Thresholds as they would be, never in force. Raises `ValueError` on a delay or rule we do not know.

    Another regime starts from its own defaults; what is asked beside comes on top of them.
    """
    start = before if regime is None or regime is before.regime else DEFAULTS[regime]
    unknown = [key for key in delays if key not in start.delays]
    rules = [name for name in optional if name not in BY_ID or not BY_ID[name].optional]
    if unknown:
        raise ValueError(f"délai inconnu : {', '.join(unknown)}")
    if rules:
        raise ValueError(f"règle optionnelle inconnue : {', '.join(rules)}")
    return replace(
        start,
        version=TRIED,
        delays={**start.delays, **delays},
        optional=start.optional | frozenset(optional),
    )
