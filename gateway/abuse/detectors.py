"""Five ways of being unusual, each a few lines over a habit. Pure.

1. Volume: rows or bytes of a day, four times the median of the active days, eight robust spreads (1.4826
   MAD) above it, and above the highest of them by half: all three, and a floor. Before seven active days,
   only what would be much for anybody.
2. Hour: at night (20 h to 7 h, Paris) or a weekend, where it never was within an hour.
3. Scope: an operation or a product it never asked for; a burst of refusals.
4. Territory: a département it never asked for; many within an hour.
5. Harvest: many distinct subjects within an hour, numbers that follow one another, one subject again
   and again.

What is new says something only of who has been known for fourteen active days.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from statistics import median
from typing import Final

from gateway.abuse.uses import PARIS, Finding, Habit, Kind, Use, by_hour, most_distinct, most_often

ENOUGH_DAYS, WELL_KNOWN = 7, 14
FACTOR, SPREADS, ABOVE_HIGHEST = 4.0, 8.0, 1.5
ROBUST: Final = 1.4826  # a MAD so scaled is the standard deviation of a normal law
# Of somebody we do not know yet, this many times the floor.
UNKNOWN: Final = 50
NIGHT_ENDS, NIGHT_BEGINS, SATURDAY = 7, 20, 5
MOST_TOLD: Final = 5  # of one kind: the others are like these
FEW: Final = 3  # uses at an unusual hour
REFUSALS, TIMES = 10, 3
MANY_DEPARTEMENTS: Final = 4
RUN: Final = 20  # numbers that follow one another
_NUMBER: Final = re.compile(r"[^0-9]([0-9]{1,18})\Z")


def findings(habit: Habit) -> Iterator[Finding]:
    """Everything unusual of the last twenty-four hours, one finding of each kind."""
    kinds: dict[Kind, list[Finding]] = {}
    for detect in (volume, hours, scope, refusals, territory, harvest) if habit.recent else ():
        for found in detect(habit):
            kinds.setdefault(found.kind, []).append(found)
    for every in kinds.values():
        told = " ; ".join(found.told for found in every[:MOST_TOLD])
        yield replace(every[0], told=told, urgent=any(found.urgent for found in every))


def volume(habit: Habit) -> Iterator[Finding]:
    """Rows, then bytes."""
    yield from _much(habit, "lignes", habit.floors.rows, lambda use: use.rows)
    yield from _much(habit, "octets", habit.floors.bytes, lambda use: use.bytes)


def _much(habit: Habit, unit: str, floor: int, size: Callable[[Use], int]) -> Iterator[Finding]:
    totals = [sum(map(size, uses)) for uses in habit.days.values()]
    active = [total for total in totals if total]
    today = sum(map(size, habit.recent))
    if today > limit_of(active, floor):
        usual = round(median(active)) if active else 0
        told = f"{today} {unit} en 24 heures, d'habitude {usual} (médiane des jours actifs)"
        yield Finding(Kind.VOLUME, habit.who, told, today, usual, urgent=True)


def limit_of(active: Sequence[int], floor: int) -> float:
    """Above this a day is unusual, for who had these totals on its active days."""
    if len(active) < ENOUGH_DAYS:
        return max(floor * UNKNOWN, max(active, default=0) * FACTOR)
    usual = median(active)
    spread = ROBUST * median(abs(total - usual) for total in active)
    return max(floor, FACTOR * usual, usual + SPREADS * spread, ABOVE_HIGHEST * max(active))


def hours(habit: Habit) -> Iterator[Finding]:
    """Where it never was."""
    if not habit.is_known(ENOUGH_DAYS):
        return
    known = {
        (weekend, hour + near) for weekend, hour in map(_slot, habit.past) for near in (-1, 0, 1)
    }
    known |= {(weekend, hour % 24) for weekend, hour in known}
    odd = [use for use in habit.recent if _is_off(use.at) and _slot(use) not in known]
    if len(odd) >= FEW:
        first, last = (use.at.astimezone(PARIS) for use in (odd[0], odd[-1]))
        told = (
            f"{len(odd)} demandes la nuit ou en fin de semaine, du {first:%d/%m à %H:%M} au "
            f"{last:%d/%m à %H:%M}, d'habitude 0 à ces heures"
        )
        yield Finding(Kind.HOUR, habit.who, told, len(odd), 0)


def scope(habit: Habit) -> Iterator[Finding]:
    """What it never asked for: operations, then products."""
    if habit.is_known(WELL_KNOWN):
        yield from _new(habit, Kind.SCOPE, "l'opération", lambda use: use.operation)
        yield from _new(habit, Kind.SCOPE, "le produit", lambda use: use.product)


def refusals(habit: Habit) -> Iterator[Finding]:
    """A burst of them within an hour."""
    most = _busiest(use for use in habit.recent if use.refused)
    usual = _busiest(use for use in habit.past if use.refused)
    if most >= max(REFUSALS, TIMES * usual):
        told = f"{most} demandes refusées en une heure, d'habitude {usual} au plus"
        yield Finding(Kind.REFUSALS, habit.who, told, most, usual, urgent=True)


def territory(habit: Habit) -> Iterator[Finding]:
    """A département it never asked for; many within an hour."""
    if habit.is_known(WELL_KNOWN):
        yield from _new(habit, Kind.TERRITORY, "le département", lambda use: use.departement)
    most, usual = _most_departements(habit.recent), _most_departements(habit.past)
    if most >= max(MANY_DEPARTEMENTS, 2 * usual) and habit.is_known(ENOUGH_DAYS):
        told = f"{most} départements différents en une heure, d'habitude {usual} au plus"
        yield Finding(Kind.TERRITORY, habit.who, told, most, usual, urgent=True)


def harvest(habit: Habit) -> Iterator[Finding]:
    """Subject after subject."""
    floor = 1 if habit.is_known(ENOUGH_DAYS) else TIMES
    most, usual = most_distinct(habit.recent), most_distinct(habit.past)
    if most >= max(habit.floors.distinct * floor, FACTOR * usual):
        told = f"{most} objets différents en une heure, d'habitude {usual} au plus"
        yield Finding(Kind.HARVEST, habit.who, told, most, usual, urgent=True)
    run = longest_run(use.subject for use in habit.recent)
    if run >= RUN and run > longest_run(use.subject for use in habit.past):
        told = f"{run} numéros demandés l'un après l'autre, sans en sauter"
        yield Finding(Kind.HARVEST, habit.who, told, run, 0, urgent=True)
    often, before = most_often(habit.recent), most_often(habit.past)
    if often >= max(habit.floors.same * floor, FACTOR * before):
        told = f"le même objet demandé {often} fois en une heure, d'habitude {before} au plus"
        yield Finding(Kind.HARVEST, habit.who, told, often, before)


def longest_run(subjects: Iterable[str]) -> int:
    """The longest series of numbers each one more than the last, at the end of names otherwise the same."""
    longest = run = 0
    named = [(s[: found.start(1)], int(found[1])) for s in subjects if (found := _NUMBER.search(s))]
    for (name, number), (following, next_number) in pairwise(named):
        if (following, next_number) == (name, number):
            continue  # the same again
        run = run + 1 if (following, next_number) == (name, number + 1) else 0
        longest = max(longest, run + 1)
    return longest


def _new(habit: Habit, kind: Kind, what: str, word: Callable[[Use], str]) -> Iterator[Finding]:
    known = {word(use) for use in habit.past}
    asked = [word(use) for use in habit.recent if word(use) and word(use) not in known]
    for value in sorted(set(asked)):
        number = asked.count(value)
        told = f"{number} demandes pour {what} {value}, d'habitude 0 : jamais demandé jusque-là"
        yield Finding(kind, habit.who, told, number, 0)


def _busiest(uses: Iterable[Use]) -> int:
    return max(map(len, by_hour(uses).values()), default=0)


def _most_departements(uses: Iterable[Use]) -> int:
    hours = by_hour(use for use in uses if use.departement)
    return max((len({use.departement for use in hour}) for hour in hours.values()), default=0)


def _slot(use: Use) -> tuple[bool, int]:
    at = use.at.astimezone(PARIS)
    return at.weekday() >= SATURDAY, at.hour


def _is_off(at: datetime) -> bool:
    here = at.astimezone(PARIS)
    return here.weekday() >= SATURDAY or not NIGHT_ENDS <= here.hour < NIGHT_BEGINS
