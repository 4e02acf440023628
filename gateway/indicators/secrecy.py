"""Small cells: which counts of a block are hidden, so that nothing hidden can be worked out from the rest.

A block is a margin (the département, cut in classes) and views: lines that add up to the margin, class by class.
Every line has a total, of k people at least: smaller lines were pooled before (`counting`). Totals are published,
and every count that is not hidden.

1. Primary: a count of 1 to k - 1 people; a sensitive class of which nobody, or everybody, is.
2. Secondary: a hidden count must lie on a *shift*: hidden counts, some of which may grow by d while the others shrink
   by d without any published number changing, d ranging over k or more. So whoever knows all that is
   published, and solves it, still has k + 1 values for that count; and whatever sum of hidden counts can be
   worked out is of k people or more. Inside a view a shift is a rectangle (two lines, two classes). For the
   margin it is two classes, and one line of every view that follows.
3. Lines too thin for any rectangle are *closed*: only their totals are published, with those of as many others as it takes until
   every class has among them nobody, or k people and more: then each of their counts still has k + 1 values.
   A block that cannot be so is hidden, all of it.
4. Where a person counts several times (appointments), numbers of people do not add up: two corners that move the same
   way must each have k people.

Deterministic: the cheapest shift (fewest people hidden beside), the first one in the order of the lines.
Source: hypercube method (Repsilber, in tau-ARGUS GHMITER), with k for its protection range.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

FLOOR = 5  # no setting goes below
PUBLISHED = 11

Cell = tuple[int, int]  # line, class


@dataclass(frozen=True, slots=True)
class Line:
    """One line: units per class, and people among them; `total` and `everybody` for the whole line."""

    label: str
    counts: tuple[int, ...]
    people: tuple[int, ...]
    total: int
    everybody: int


@dataclass(frozen=True, slots=True)
class Block:
    """The counts of one indicator in one period. `once`: a person is one unit at most."""

    classes: tuple[str, ...]
    margin: Line
    views: Mapping[str, Sequence[Line]] = field(default_factory=dict)
    once: bool = True
    sensitive: frozenset[str] = frozenset()


@dataclass(slots=True)
class Pattern:
    """What is hidden: cells of the margin (its line is 0) and of each view; lines that are closed.

    `everything`: nothing of the block is published, not even its total.
    """

    margin: set[Cell] = field(default_factory=set)
    views: dict[str, set[Cell]] = field(default_factory=dict)
    closed: dict[str, set[int]] = field(default_factory=dict)
    everything: bool = False


def protect(block: Block, k: int) -> Pattern:
    """Choose what is hidden. Raises `ValueError` below `FLOOR`, or for a line that had to be pooled."""
    if k < FLOOR:
        raise ValueError(f"the threshold of secrecy is {FLOOR} at least")
    pattern = Pattern()
    if 0 < block.margin.everybody < k:
        pattern.everything = True
        return pattern
    if any(line.everybody < k for lines in block.views.values() for line in lines):
        raise ValueError("a line of too few people is pooled before it is protected")
    pattern.margin = {(0, rank) for rank in _primary(block, block.margin, k)}
    for name, lines in block.views.items():
        found = enumerate(lines)
        pattern.views[name] = {(r, c) for r, line in found for c in _primary(block, line, k)}
    guard = _Guard(block, k, pattern)
    guard.protect_margin()
    if not pattern.everything:
        for name in block.views:
            guard.protect_view(name)
    return pattern


def rounded(count: int, k: int) -> int | None:
    """A stock, to the nearest multiple of k: two of them never differ by 1 to k - 1. None from 1 to k - 1."""
    if 0 < count < k:
        return None
    return (2 * count + k) // (2 * k) * k


def _primary(block: Block, line: Line, k: int) -> Iterator[int]:
    for rank, (units, people) in enumerate(zip(line.counts, line.people, strict=True)):
        few = 0 < people < k
        tells = block.classes[rank] in block.sensitive and units in {0, line.total}
        if few or (tells and line.total):
            yield rank


@dataclass(frozen=True, slots=True)
class _Shift:
    """Hidden counts that move together; `cost`: people hidden in addition, then where it stands."""

    cost: tuple[int, ...]
    margin: frozenset[Cell] = frozenset()
    views: tuple[tuple[str, frozenset[Cell]], ...] = ()


@dataclass(slots=True)
class _Guard:
    """Hides what must be, shift after shift."""

    block: Block
    k: int
    pattern: Pattern
    safe: dict[str, set[Cell]] = field(default_factory=dict)

    def protect_margin(self) -> None:
        """Put every hidden count of the margin on a shift; else close the views, then hide everything."""
        covered: set[Cell] = set()
        for cell in sorted(self.pattern.margin):
            if cell in covered:
                continue
            shift = self._along_margin(cell[1])
            if shift is None:
                for name, lines in self.block.views.items():
                    self._close(name, set(range(len(lines))))
                shift = self._along_margin(cell[1])
            if shift is None:
                self.pattern.everything = True
                return
            covered |= shift.margin
            self.pattern.margin |= shift.margin
            for name, corners in shift.views:
                self.pattern.views[name] |= corners
                self.safe.setdefault(name, set()).update(corners)

    def protect_view(self, name: str) -> None:
        """Close the lines that are too thin; put every other hidden count of the view on a rectangle."""
        hidden, covered = self.pattern.views[name], self.safe.setdefault(name, set())
        left = sorted(hidden - covered)
        thin = {cell[0] for cell in left if next(self._rectangles(name, cell), None) is None}
        if thin:
            self._close(name, self._enough(name, thin))
        closed = self.pattern.closed.get(name, set())
        for cell in left:
            if cell[0] not in closed and cell not in covered:
                found = min(self._rectangles(name, cell), key=lambda shift: shift.cost)
                hidden |= found.views[0][1]
                covered |= found.views[0][1]

    def _close(self, name: str, lines: set[int]) -> None:
        ranks = range(len(self.block.classes))
        self.pattern.closed[name] = lines
        self.pattern.views[name] |= {(line, rank) for line in lines for rank in ranks}

    def _enough(self, name: str, thin: set[int]) -> set[int]:
        """The lines to close with those: the smallest, until what they hide together is of many."""
        lines, closed = self.block.views[name], set(thin)
        rest = sorted(
            (place for place in range(len(lines)) if place not in thin),
            key=lambda place: (lines[place].everybody, place),
        )
        while rest and not self._hides_many([lines[place] for place in closed]):
            closed.add(rest.pop(0))
        return closed

    def _hides_many(self, lines: Sequence[Line]) -> bool:
        """Whether each class has, in these lines together, nobody or k people; a sensitive one, some and not all."""
        total = sum(line.total for line in lines)
        for rank, word in enumerate(self.block.classes):
            units = sum(line.counts[rank] for line in lines)
            people = [line.people[rank] for line in lines]
            many = (sum(people) if self.block.once else max(people)) >= self.k
            if (units and not many) or (word in self.block.sensitive and units in {0, total}):
                return False
        return True

    def _rectangles(self, name: str, cell: Cell) -> Iterator[_Shift]:
        """Every rectangle of the view that holds a count and may shift by k."""
        lines, hidden = self.block.views[name], self.pattern.views[name]
        (mine, rank), here = cell, lines[cell[0]].people
        for other, line in enumerate(lines):
            for beside, people in enumerate(line.people):
                if other == mine or beside == rank:
                    continue
                up, down = min(here[beside], line.people[rank]), min(here[rank], people)
                if self._range(up, down) < self.k:
                    continue
                corners = frozenset((r, c) for r in (mine, other) for c in (rank, beside))
                lost = sum(lines[r].people[c] for r, c in corners - hidden)
                yield _Shift((lost, other, beside), views=((name, corners),))

    def _range(self, up: int, down: int) -> int:
        """How far a shift goes, from what its corners may lose one way and the other."""
        return up + down if self.block.once else max(up, down)

    def _along_margin(self, rank: int) -> _Shift | None:
        """Another class of the margin to hide with this one, and the line of each view that follows."""
        others = (other for other in range(len(self.block.classes)) if other != rank)
        found = [shift for other in others if (shift := self._between(rank, other)) is not None]
        return min(found, key=lambda shift: shift.cost, default=None)

    def _between(self, rank: int, beside: int) -> _Shift | None:
        margin = self.block.margin.people
        up, down = margin[beside], margin[rank]
        lost = 0 if (0, beside) in self.pattern.margin else margin[beside]
        views, places = [], [beside]
        for name, lines in self.block.views.items():
            if len(self.pattern.closed.get(name, ())) == len(lines):
                continue
            best = _follower(lines, (rank, down), (beside, up))
            people = lines[best].people
            up, down = min(up, people[beside]), min(down, people[rank])
            corners = frozenset({(best, rank), (best, beside)})
            lost += sum(people[c] for r, c in corners - self.pattern.views[name])
            places.append(best)
            views.append((name, corners))
        if self._range(up, down) < self.k:
            return None
        return _Shift((lost, *places), frozenset({(0, rank), (0, beside)}), tuple(views))


def _follower(lines: Sequence[Line], shrinks: Cell, grows: Cell) -> int:
    """The line that can follow the margin furthest, the first of equals."""
    (rank, down), (beside, up) = shrinks, grows

    def reach(place: int) -> tuple[int, int]:
        people = lines[place].people
        return min(up, people[beside]) + min(down, people[rank]), -place

    return max(range(len(lines)), key=reach)
