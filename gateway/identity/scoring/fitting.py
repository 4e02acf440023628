"""Two kinds of pairs told apart by their patterns of levels: one person's, and two persons'.

`apart` is held; `together` and the share of pairs that are one person are found, from a fixed beginning,
by at most `TURNS` turns: the same patterns, the same result.
"""

from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

Field = list[float]  # how often each level shows, in the order of the levels
TURNS, ENOUGH = 200, 1e-9
FIRST_GUESS = 0.9  # how often one person's records show the best levels, before anything is learnt


class Fit(NamedTuple):
    """`matches`: pairs that are one person; `swapped`: their share with names exchanged."""

    together: dict[str, Field]
    matches: float
    swapped: float


def fit(patterns: pl.DataFrame, apart: Mapping[str, Field]) -> Fit:
    """Find what pairs of one person show. `patterns`: a level per field, SWAPPED, and PAIRS."""
    together = {name: _guess(held) for name, held in apart.items()}
    rows = list(patterns.iter_rows(named=True))
    share, chances = 0.5, list[float]()
    for _ in range(TURNS):
        chances = [_chance(row, share, together, apart) for row in rows]
        weighed = [chance * row["PAIRS"] for chance, row in zip(chances, rows, strict=True)]
        new = sum(weighed) / sum(row["PAIRS"] for row in rows)
        together = {name: _seen(name, rows, weighed, len(held)) for name, held in apart.items()}
        if abs(new - share) < ENOUGH:
            break
        share = new
    matches = sum(chance * row["PAIRS"] for chance, row in zip(chances, rows, strict=True))
    swapped = sum(
        chance * row["PAIRS"] for chance, row in zip(chances, rows, strict=True) if row["SWAPPED"]
    )
    return Fit(together, matches, (swapped + 0.5) / (matches + 1))


def _guess(apart: Field) -> Field:
    """Levels that two persons seldom show are those one person shows: best level mostly."""
    rest = (1 - FIRST_GUESS) / (len(apart) - 1)
    rarest = apart.index(min(apart))
    return [FIRST_GUESS if level == rarest else rest for level in range(len(apart))]


def _chance(
    row: Mapping[str, int | bool | None],
    share: float,
    together: Mapping[str, Field],
    apart: Mapping[str, Field],
) -> float:
    """That pairs of this pattern are one person; names exchanged are never two persons' by chance."""
    if row["SWAPPED"]:
        return 1.0
    one, two = share, 1 - share
    for name, held in apart.items():
        level = row[name]
        if level is not None:
            one, two = one * together[name][level], two * held[level]
    return one / (one + two)


def _seen(name: str, rows: list[dict[str, int]], weighed: list[float], kinds: int) -> Field:
    """How often the pairs of one person show each level, half a pair added to each."""
    counts = [0.5] * kinds
    for row, weight in zip(rows, weighed, strict=True):
        if row[name] is not None and not row["SWAPPED"]:
            counts[row[name]] += weight
    return [count / sum(counts) for count in counts]
