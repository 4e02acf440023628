"""One record of XML, already parsed, turned into the texts of its rows by the plan of its contract.

Only the tags of the plan are visited: the whole price of a record is in these loops.
"""

from collections.abc import Iterator
from typing import Any, cast

from schemas.plan import Branch, Plan, Tree

# A cell is its first text, or the texts of a column that joins; None: nothing stood there.
Cells = list[str | list[str] | None]
Texts = list[str | None]


def gather(record: Any, row: str | None, plan: Plan) -> Iterator[Texts]:  # noqa: ANN401 - an lxml element
    """Yield the cells of each row of a record."""
    shared: Cells = [None] * plan.width
    for cell in plan.absent:
        shared[cell] = "0"
    _visit(record, plan.record, shared)
    if row is None:
        yield _finished(shared, plan)
        return
    for one in record.iterchildren(row):
        cells = shared.copy()
        _visit(one, plan.row, cells)
        yield _finished(cells, plan)


def _visit(block: Any, tree: Tree, cells: Cells) -> None:  # noqa: ANN401 - an lxml element
    entered: list[Branch] = []
    for child in block:
        found = tree.get(child.tag)
        if isinstance(found, int):
            if cells[found] is None:
                cells[found] = child.text or ""
        elif found is not None:
            for branch in found:
                if branch not in entered and _enter(child, branch, cells):
                    entered.append(branch)


def _enter(block: Any, branch: Branch, cells: Cells) -> bool:  # noqa: ANN401 - an lxml element
    """Read a block; say whether the same branch must not be taken again."""
    if branch.present is not None:
        cells[branch.present] = "1"
    elif branch.apart:
        return _read_apart(block, branch, cells)
    else:
        _visit(block, branch.tree, cells)
    return True


def _read_apart(block: Any, branch: Branch, cells: Cells) -> bool:  # noqa: ANN401 - an lxml element
    own: Cells = [None] * (len(branch.apart) + 1)
    if branch.tree:
        _visit(block, branch.tree, own)
    else:
        own[0] = block.text
    if branch.wanted is not None and str(own[-1] or "").strip() not in branch.wanted:
        return False
    for cell, text in zip(branch.apart, own, strict=False):
        if branch.repeats:
            before = cells[cell]
            places = before if isinstance(before, list) else []
            places.append(str(text or "").strip())
            cells[cell] = places
        else:
            cells[cell] = text
    return not branch.repeats


def _finished(cells: Cells, plan: Plan) -> Texts:
    for cell, between in plan.joined:
        texts = cells[cell]
        if texts is not None:
            # A separator inside a text would shift every place after it.
            cells[cell] = between.join(text.replace(between, " ") for text in texts)
    return cast("Texts", cells)
