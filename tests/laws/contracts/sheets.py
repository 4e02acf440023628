"""A CSV written for a contract, with the place of each of its records."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import TypeAlias

from schemas.contract import Contract

Place: TypeAlias = tuple[int, int, int]
Cells: TypeAlias = Sequence[str]


@dataclass(frozen=True, slots=True)
class Manner:
    """How a CSV is written, where the contract leaves the choice."""

    newline: str = "\n"
    marked: bool = False
    trailing: bool = False
    quotes: str = "some"


@dataclass(frozen=True, slots=True)
class Paper:
    """The bytes of a file, and where each record stands: first line, last line, number."""

    body: bytes
    places: Sequence[Place]


def arranged(contract: Contract) -> Sequence[Contract]:
    """Give the contract as it stands for each of its arrangements."""
    return [
        replace(
            contract,
            columns=tuple(c for c in contract.columns if c.name in each.columns or not c.is_read),
            arrangements=(each,),
        )
        for each in contract.arrangements
    ] or [contract]


def names(contract: Contract) -> Sequence[str]:
    """Give the columns of a file of the first arrangement, in its order."""
    if contract.arrangements:
        return contract.arrangements[0].columns
    return [column.name for column in contract.read_columns]


def sheet(contract: Contract, records: Sequence[Cells], manner: Manner, rng: Random) -> Paper:
    """Write records, cell by cell; blank lines, which are no record, come between some."""
    gaps = Random(rng.random())
    lines, places, line = [_line(names(contract), contract, manner, rng)], list[Place](), 2
    for number, cells in enumerate(records, 1):
        if gaps.random() < 0.05:
            lines.append("")
            line += 1
        text = _line(cells, contract, manner, rng)
        end = line + text.count("\n")
        places.append((line, end, number))
        lines.append(text)
        line = end + 1
    tail = contract.separator if manner.trailing else ""
    body = "".join(f"{text}{tail if text else ''}{manner.newline}" for text in lines)
    encoded = body.encode("utf-8-sig" if manner.marked else contract.encoding)
    return Paper(encoded, places)


def _line(cells: Cells, contract: Contract, manner: Manner, rng: Random) -> str:
    """Quote the cells that need it, and some, all or none of the others; or the whole line."""
    if manner.quotes == "line":
        return _quoted(contract.separator.join(cells))
    share = {"none": 0.0, "some": 0.1, "all": 1.0}[manner.quotes]
    special = (contract.separator, '"', "\n", "\r")
    return contract.separator.join(
        _quoted(cell) if any(sign in cell for sign in special) or rng.random() < share else cell
        for cell in cells
    )


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
