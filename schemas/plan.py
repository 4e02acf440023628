"""Where the columns of an XML flow stand, as two trees of tags: what is not in them is never visited.

1. `A/B` is sought from the row, `/A/B` from the record; a path is tags, and nothing of a tag that no
   column names is ever looked at, nor anything under it.
2. Of a block that stands several times the first is read, so that what a row says of it goes together.
   `A[B/C='x|y']/D` reads the first `A` whose `B/C` is one of these texts.
3. A column that joins (`plusieurs`) has one place for each block that holds its tag, empty where the
   tag is missing: the columns joined from one block have as many places, in the same order.
4. A column of presence says whether the tag is there, and never what it holds.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from schemas.contract import Column, Contract
from schemas.slips import ContractError

_TAG = "[A-Za-z_][A-Za-z0-9_.-]*"
_STEP = re.compile(rf"({_TAG})(?:\[({_TAG}(?:/{_TAG})*)='([^'\]]+)'\])?")
_PATH = re.compile(rf"/?{_STEP.pattern}(?:/{_STEP.pattern})*")


@dataclass(frozen=True, slots=True)
class _Place:
    """What is left of the path of one cell; `column` is None for the text of a condition."""

    steps: tuple[str, ...]
    cell: int
    column: Column | None

    @property
    def is_text(self) -> bool:
        """Whether its tag is the next one."""
        return len(self.steps) == 1

    @property
    def repeats(self) -> bool:
        """Whether the next block is the one that holds its tag, and is to be read each time."""
        return self.column is not None and self.column.many is not None and len(self.steps[1:]) == 1


@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    """A block to enter, once or (`repeats`) each time.

    Without `apart` its tree fills the cells of the row. With it, the tree fills cells of its own, that
    go to these cells of the row, if the cell after them is one of `wanted`. `present` is a cell.
    """

    tree: "Tree"
    apart: tuple[int, ...] = ()
    repeats: bool = False
    wanted: frozenset[str] | None = None
    present: int | None = None


# A tag of one column gives the cell its text goes to; any other, the blocks it may open.
Tree = Mapping[str, int | tuple[Branch, ...]]


@dataclass(frozen=True, slots=True)
class Plan:
    """`record` and `row` are the trees; `width` counts the cells, in the order of the read columns."""

    record: Tree
    row: Tree
    width: int
    joined: tuple[tuple[int, str], ...]
    absent: tuple[int, ...]


def plan_of(contract: Contract) -> Plan | None:
    """Compile the paths of a contract; None when it is not one of XML. Raises `ContractError`."""
    if contract.envelope is None:
        return None
    columns = contract.read_columns
    places = [_Place(_steps(column), cell, column) for cell, column in enumerate(columns)]
    alone = contract.envelope.row is None
    rooted = [place for place in places if alone or columns[place.cell].path.startswith("/")]
    local = [place for place in places if place not in rooted]
    return Plan(
        record=_tree(rooted),
        row=_tree(local),
        width=len(columns),
        joined=tuple((cell, c.many) for cell, c in enumerate(columns) if c.many is not None),
        absent=tuple(cell for cell, column in enumerate(columns) if column.presence),
    )


def _steps(column: Column) -> tuple[str, ...]:
    if not _PATH.fullmatch(column.path) or column.many == "":
        raise ContractError(f"no path, or a badly written one, for the column {column.name}")
    return tuple(found.group() for found in _STEP.finditer(column.path))


def _tree(places: Sequence[_Place]) -> Tree:
    groups: dict[tuple[str, bool], list[_Place]] = {}
    for place in places:
        groups.setdefault((place.steps[0], place.repeats), []).append(place)
    tree: dict[str, int | tuple[Branch, ...]] = {}
    for (step, repeats), group in groups.items():
        tag, path, texts = _parsed(step)
        found = _text(group, step) if group[0].is_text else _block(group, path, texts, repeats)
        before = tree.get(tag, ())
        if isinstance(before, int) or (before and isinstance(found, int)):
            raise ContractError(f"two columns read {tag} at one place")
        tree[tag] = found if isinstance(found, int) else (*before, found)
    return tree


def _text(group: Sequence[_Place], step: str) -> int | Branch:
    if len(group) > 1 or "[" in step:
        raise ContractError(f"{step} is read twice, or under a condition")
    (place,) = group
    if place.column is None or not (place.column.presence or place.column.many):
        return place.cell
    if place.column.presence:
        return Branch({}, present=place.cell)
    return Branch({}, apart=(place.cell,), repeats=True)


def _block(
    group: Sequence[_Place], path: str | None, texts: frozenset[str], repeats: bool
) -> Branch:
    if any(place.is_text for place in group):
        raise ContractError(f"{group[0].steps[0]} is read both as a block and as a text")
    below = [replace(place, steps=place.steps[1:]) for place in group]
    if path is None and not repeats:
        return Branch(_tree(below))
    own = [_own(place, cell, repeats) for cell, place in enumerate(below)]
    if path is not None:
        own.append(_Place(tuple(path.split("/")), len(own), None))
    cells = tuple(place.cell for place in below)
    return Branch(_tree(own), cells, repeats, texts if path is not None else None)


def _own(place: _Place, cell: int, repeats: bool) -> _Place:
    """The same place, in cells apart: what repeats is joined there, and not below once more."""
    column = place.column
    if repeats and column is not None:
        column = replace(column, many=None)
    return _Place(place.steps, cell, column)


def _parsed(step: str) -> tuple[str, str | None, frozenset[str]]:
    found = _STEP.fullmatch(step)
    if found is None:
        raise ContractError(f"badly written: {step}")
    tag, path, texts = found.groups()
    return tag, path, frozenset((texts or "").split("|"))
