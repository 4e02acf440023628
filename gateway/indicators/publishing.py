"""What may be seen of a block: its counts but the hidden ones, and measures that say nothing of few people.

1. A measure is said of a line of k people or more, all of whose counts are shown, or none: a mean beside some hidden
   classes would narrow them. Beside none, it must leave room for k people in the longest class.
2. A quantile is said when k people at least stand on each side of it, so that it is nobody's own delay. The least
   and the longest are never said.
3. No mean when one delay makes more than 85 % of the sum (dominance, a rule of INSEE on amounts).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.indicators.catalogue import DELAY_ENDS
from gateway.indicators.counting import DECILES, HALF, MARGIN, Counted, Measured
from gateway.indicators.secrecy import Cell, Line, protect, rounded

DOMINANT = 0.85
MEAN, MEDIAN, KAPLAN_MEIER = "moyenne", "médiane", "médiane de Kaplan-Meier"


@dataclass(frozen=True, slots=True)
class Row:
    """A line as published; None is hidden."""

    view: str
    label: str
    counts: tuple[int | None, ...]
    total: int | None
    measures: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Table:
    """One indicator in one period, as published: for ever, once it is.

    `pooled`: how many lines of each view are in `OTHERS`.
    """

    indicator: str
    period: str
    rows: tuple[Row, ...]
    pooled: Mapping[str, int]
    is_secret: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """What is published once."""
        return self.indicator, self.period


def table_of(counted: Counted, k: int) -> Table:
    """What may be seen of one block."""
    if counted.indicator.is_stock:
        return _stock(counted, k)
    pattern = protect(counted.block, k)
    if pattern.everything:
        return Table(counted.indicator.name, counted.period, (), {}, is_secret=True)
    rows = [_row(counted, MARGIN, counted.block.margin, hidden_in(pattern.margin, 0), k)]
    for view, lines in counted.block.views.items():
        hidden = pattern.views[view]
        rows += [
            _row(counted, view, line, hidden_in(hidden, place), k)
            for place, line in enumerate(lines)
        ]
    return Table(counted.indicator.name, counted.period, tuple(rows), counted.pooled)


def hidden_in(pattern: set[Cell], line: int) -> set[int]:
    """The classes hidden in one line."""
    return {rank for place, rank in pattern if place == line}


def _row(counted: Counted, view: str, line: Line, hidden: set[int], k: int) -> Row:
    counts = tuple(None if rank in hidden else units for rank, units in enumerate(line.counts))
    measured = counted.measured.get((view, line.label), Measured())
    is_whole, is_closed = not hidden, len(hidden) == len(counts)
    told: Mapping[str, float] = {}
    if line.everybody >= k and (is_whole or (is_closed and _is_long(measured, line, k))):
        told = _measures(measured, line, k)
    return Row(view, line.label, counts, line.total, told)


def _is_long(measured: Measured, line: Line, k: int) -> bool:
    """Whether the sum of the delays leaves room for k people or more in the last class."""
    return measured.mean is not None and measured.mean * line.everybody >= k * (DELAY_ENDS[-1] + 1)


def _measures(measured: Measured, line: Line, k: int) -> Mapping[str, float]:
    told: dict[str, float] = {}
    if measured.mean is not None and measured.dominant <= DOMINANT:
        told[MEAN] = measured.mean
    for share, days in zip(DECILES, measured.deciles, strict=False):
        if line.everybody * min(share, 1 - share) >= k:
            told[MEDIAN if share == HALF else f"décile {round(share * 10)}"] = days
    if measured.kept_waiting is not None:
        days, done, beyond = measured.kept_waiting
        if min(done, beyond) >= k:
            told[KAPLAN_MEIER] = days
    return dict(sorted(told.items()))


def _stock(counted: Counted, k: int) -> Table:
    """Every count rounded by itself, and no total: a sum would tell where the rounding went."""
    lines: Sequence[tuple[str, Line]] = [
        (view, line) for view, found in counted.block.views.items() for line in found
    ] or [(MARGIN, counted.block.margin)]
    rows = tuple(
        Row(view, line.label, tuple(rounded(c, k) for c in line.counts), None, {})
        for view, line in lines
    )
    return Table(counted.indicator.name, counted.period, rows, {})
