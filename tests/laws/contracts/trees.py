"""An XML written for a contract, one tag a line, with the place of each of its records.

Paths are read as the contract writes them: `a/b`, `/a/b` from the record, `a[b/c='x|y']/d`. Columns
under the same step share one element; those that join have a block for each of their places.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from schemas.contract import Column, Contract, Envelope
from tests.laws.contracts.demands import Row
from tests.laws.contracts.sheets import Paper, Place
from tests.laws.contracts.values import OURS

_STEP = re.compile(r"([\w.-]+)(?:\[([\w./-]+)='([^']*)'\])?")
DAY, LATER = "2022-06-01", "2022-06-14"


@dataclass
class Element:
    """An element to write: its text, or its children by step."""

    tag: str
    text: str | None = None
    children: list["Element"] = field(default_factory=list)

    def lines(self) -> list[str]:
        """Write it, one tag a line."""
        if self.text is not None or not self.children:
            return [f"<{self.tag}>{escape(self.text or '')}</{self.tag}>"]
        inside = [line for child in self.children for line in child.lines()]
        return [f"<{self.tag}>", *inside, f"</{self.tag}>"]

    def last(self, start: int) -> int:
        """Give the line where its last element begins, when it begins at `start`."""
        if not self.children:
            return start
        before = sum(len(child.lines()) for child in self.children[:-1])
        return self.children[-1].last(start + 1 + before)


def tree(contract: Contract, records: Sequence[Element], said: Mapping[str, str]) -> Paper:
    """Write records inside an envelope that says what it is told to."""
    envelope = asked(contract)
    lines = [f'<?xml version="1.0" encoding="{contract.encoding.upper()}"?>', f"<{envelope.root}>"]
    before, after = _blocks(envelope, said)
    places: list[Place] = []
    lines += [line for block in before for line in block.lines()]
    for number, record in enumerate(records, 1):
        start = len(lines) + 1
        places.append((start, record.last(start), number))
        lines += record.lines()
    lines += [line for block in after for line in block.lines()]
    body = "".join(f"{line}\n" for line in [*lines, f"</{envelope.root}>"])
    return Paper(body.encode(contract.encoding), places)


def asked(contract: Contract) -> Envelope:
    """Give the envelope of an XML contract."""
    assert contract.envelope is not None
    return contract.envelope


def statement(contract: Contract, total: int) -> dict[str, str]:
    """Say what the envelope of a lawful file says, by path."""
    envelope = asked(contract)
    said = dict(envelope.constants)
    said |= dict.fromkeys(envelope.departement, OURS)
    said |= dict.fromkeys(envelope.reference_date, DAY)
    said |= dict.fromkeys(envelope.demanded, "X")
    if envelope.kind:
        said[envelope.kind] = "M"
    if envelope.made_on:
        said[envelope.made_on] = LATER
    if envelope.total:
        said[envelope.total] = f"{total:07d}"
    return said


def record(contract: Contract, rows: Sequence[Row]) -> Element:
    """Build one record of these rows. What columns share (`/path`) is the first row's."""
    envelope = asked(contract)
    whole = Element(envelope.record)
    for row in rows:
        inside = whole if envelope.row is None else _added(whole, envelope.row)
        for column in contract.read_columns:
            text = row[column.name]
            if text is None or (column.path.startswith("/") and row is not rows[0]):
                continue
            home = whole if column.path.startswith("/") else inside
            _write(home, column, text)
    return whole


def _write(home: Element, column: Column, text: str) -> None:
    if column.many is not None:
        _join(home, column.path, text.split(column.many))
    elif not column.presence:
        put(home, column.path, text)
    elif text == "1":
        put(home, column.path, "peu importe")


def put(home: Element, path: str, text: str) -> None:
    """Write a text at a path, growing what is missing."""
    for step in _steps(path):
        home = next(iter(_children(home, step)), None) or _added(home, step)
    home.text = text


def _join(home: Element, path: str, parts: Sequence[str]) -> None:
    """Write each part in a block of its own, those of another column first."""
    *above, leaf = _steps(path)
    for step in above[:-1]:
        home = next(iter(_children(home, step)), None) or _added(home, step)
    for rank, part in enumerate(parts):
        block = home
        if above:
            known = _children(home, above[-1])
            block = known[rank] if rank < len(known) else _added(home, above[-1])
        block.children.append(Element(leaf, part))


def _steps(path: str) -> list[str]:
    steps = [found.group() for found in _STEP.finditer(path)]
    assert "/".join(steps) == path.lstrip("/"), f"a path nobody taught the laws: {path}"
    return steps


def _children(home: Element, step: str) -> list[Element]:
    tag, path, texts = _parts(step)
    found = [child for child in home.children if child.tag == tag]
    return found if path is None else [each for each in found if _said(each, path) in texts]


def _said(element: Element, path: str) -> str | None:
    for tag in path.split("/"):
        element = next((each for each in element.children if each.tag == tag), Element(""))
    return element.text


def _added(home: Element, step: str) -> Element:
    tag, path, texts = _parts(step)
    child = Element(tag)
    if path is not None:
        put(child, path, texts[0])
    home.children.append(child)
    return child


def _parts(step: str) -> tuple[str, str | None, list[str]]:
    found = _STEP.fullmatch(step)
    assert found
    tag, path, texts = found.groups()
    return tag, path, (texts or "").split("|")


def _blocks(envelope: Envelope, said: Mapping[str, str]) -> tuple[list[Element], list[Element]]:
    """Blocks of the envelope; what repeats another place, or counts, comes after the records."""
    whole = Element(envelope.root)
    for path, text in said.items():
        put(whole, path, text)
    late = {*envelope.departement[1:], *envelope.reference_date[1:], envelope.total}
    names = {path.split("/")[0] for path in late if path}
    before = [block for block in whole.children if block.tag not in names]
    return before, [block for block in whole.children if block.tag in names]
