"""A CSV written for a contract, with the place of each of its records."""

from collections.abc import Sequence
from dataclasses import dataclass
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
    arrangement: int = 0


@dataclass(frozen=True, slots=True)
class Paper:
    """The bytes of a file, and where each record stands: first line, last line, number."""

    body: bytes
    places: Sequence[Place]


def names(contract: Contract, manner: Manner) -> Sequence[str]:
    """Give the columns of a file, in its order."""
    if contract.arrangements:
        return contract.arrangements[manner.arrangement % len(contract.arrangements)].columns
    return [column.name for column in contract.read_columns]


def sheet(contract: Contract, records: Sequence[Cells], manner: Manner, rng: Random) -> Paper:
    """Write records, cell by cell; blank lines, which are no record, come between some."""
    header = contract.separator.join(names(contract, manner))
    lines, places, line = [header], [], 2
    for number, cells in enumerate(records, 1):
        if rng.random() < 0.05:
            lines.append("")
            line += 1
        text = contract.separator.join(_cell(cell, contract, rng) for cell in cells)
        end = line + text.count("\n")
        places.append((line, end, number))
        lines.append(text)
        line = end + 1
    tail = contract.separator if manner.trailing else ""
    body = "".join(f"{text}{tail if text else ''}{manner.newline}" for text in lines)
    mark = "\ufeff" if manner.marked else ""
    return Paper((mark + body).encode(contract.encoding), places)


def _cell(text: str, contract: Contract, rng: Random) -> str:
    must = any(sign in text for sign in (contract.separator, '"', "\n", "\r"))
    if must or rng.random() < 0.1:
        return '"' + text.replace('"', '""') + '"'
    return text
