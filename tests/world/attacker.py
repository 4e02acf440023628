"""Somebody who holds every published number of a block, and solves: exact linear programming, no rounding.

Unknowns are the hidden counts, zero or more; each total and each margin is an equation. Written apart from
`gateway.indicators.secrecy`, which knows nothing of equations.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from gateway.indicators.secrecy import Block, Pattern

Name = tuple[str, int, int]  # view ("" is the margin), line, class
Row = list[Fraction]


class Attacker:
    """What can be worked out of one block, published under one pattern."""

    def __init__(self, block: Block, pattern: Pattern) -> None:
        self.truth: dict[Name, int] = {}
        hidden: list[Name] = []
        for view, lines in [("", [block.margin]), *block.views.items()]:
            cells = pattern.margin if not view else pattern.views[view]
            for place, line in enumerate(lines):
                for rank, count in enumerate(line.counts):
                    name = (view, place, rank)
                    self.truth[name] = count
                    if (place, rank) in cells:
                        hidden.append(name)
        self.hidden = hidden
        self.equations = list(_equations(block))

    def bounds(self, goal: Mapping[Name, int]) -> tuple[Fraction, Fraction]:
        """The least and the most that a sum of counts can be."""
        known = sum(n * self.truth[name] for name, n in goal.items() if name not in self.hidden)
        wanted = [Fraction(goal.get(name, 0)) for name in self.hidden]
        rows: list[Row] = []
        right: Row = []
        for equation in self.equations:
            row = [Fraction(equation.get(name, 0)) for name in self.hidden]
            if any(row):
                rows.append(row)
                right.append(sum((Fraction(n) * self.truth[name] for name, n in equation.items()
                                  if name in self.hidden), Fraction()))  # fmt: skip
        most = _maximum(rows, right, wanted)
        least = -_maximum(rows, right, [-n for n in wanted])
        return known + least, known + most


def _equations(block: Block) -> Sequence[Mapping[Name, int]]:
    """Every published total, and every margin as the sum of its lines: each has a known or hidden right side."""
    ranks = range(len(block.classes))
    found: list[dict[Name, int]] = [{("", 0, rank): 1 for rank in ranks}]
    for view, lines in block.views.items():
        found += [{(view, place, rank): 1 for rank in ranks} for place in range(len(lines))]
        for rank in ranks:
            column = {(view, place, rank): 1 for place in range(len(lines))}
            found.append({**column, ("", 0, rank): -1})
    return found


def _maximum(rows: list[Row], right: Row, goal: Row) -> Fraction:
    """Maximise over non-negative unknowns: the simplex method in two phases, Bland's rule. Raises on no bound."""
    count, width = len(rows), len(goal)
    table = [
        (row if side >= 0 else [-n for n in row])
        + [Fraction(int(place == other)) for other in range(count)]
        + [abs(side)]
        for place, (row, side) in enumerate(zip(rows, right, strict=True))
    ]
    basis = list(range(width, width + count))
    _climb(table, basis, [Fraction()] * width + [Fraction(-1)] * count, width + count)
    for place in range(
        count - 1, -1, -1
    ):  # an equation that says nothing new leaves an artificial unknown
        if basis[place] >= width:
            entering = next((c for c in range(width) if table[place][c]), None)
            if entering is None:
                del table[place], basis[place]
            else:
                _pivot(table, basis, place, entering)
    return _climb(table, basis, [*goal, *([Fraction()] * count)], width)


def _climb(table: list[Row], basis: list[int], goal: Row, width: int) -> Fraction:
    while True:
        gain = [
            goal[c] - sum((goal[basis[r]] * table[r][c] for r in range(len(table))), Fraction())
            for c in range(width)
        ]
        entering = next((c for c in range(width) if gain[c] > 0), None)
        if entering is None:
            return sum((goal[b] * table[r][-1] for r, b in enumerate(basis)), Fraction())
        ratios = [
            (row[-1] / row[entering], basis[r], r)
            for r, row in enumerate(table)
            if row[entering] > 0
        ]
        if not ratios:
            raise ArithmeticError("no bound: a total is missing from the equations")
        _pivot(table, basis, min(ratios)[2], entering)


def _pivot(table: list[Row], basis: list[int], place: int, entering: int) -> None:
    divisor = table[place][entering]
    table[place] = [n / divisor for n in table[place]]
    for other, row in enumerate(table):
        if other != place and row[entering]:
            factor = row[entering]
            table[other] = [n - factor * m for n, m in zip(row, table[place], strict=True)]
    basis[place] = entering
