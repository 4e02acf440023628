"""The delimited reader as one would write it: the whole text, and the `csv` module line after line.

What the fast reader is held to. It knows nothing of blocks, of polars, of encodings.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field

from schemas.codes import Code
from schemas.contract import Contract
from schemas.readers.batch import Row
from schemas.reading import Anomaly


@dataclass
class Told:
    """What a reader makes of a file: `refused` is the code and line where it stopped."""

    rows: list[Row] = field(default_factory=list)
    misshapen: list[Anomaly] = field(default_factory=list)
    refused: tuple[Code, int | None] | None = None


def read_slowly(text: str, contract: Contract, columns: tuple[str, ...]) -> Told:
    """Read the text under its header, whose columns these are."""
    told = Told()
    lines = io.StringIO(text.removesuffix("\x1a"), newline="")
    lines.readline()
    try:
        for start, end, number, cells in _records(lines, contract, len(columns)):
            if len(cells) == len(columns):
                named = dict(zip(columns, cells, strict=True))
                texts = (named.get(column.name) for column in contract.read_columns)
                told.rows.append((*texts, start, end, number))
            else:
                code = Code.SHORT_ROW if len(cells) < len(columns) else Code.LONG_ROW
                told.misshapen.append(Anomaly(start, end, number, None, code))
    except _Malformed as error:
        told.refused = (Code.MALFORMED_CSV, error.line)
    return told


class _Malformed(Exception):
    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line


def _records(
    lines: Iterator[str], contract: Contract, width: int
) -> Iterator[tuple[int, int, int, list[str]]]:
    reader = csv.reader(lines, delimiter=contract.separator, strict=True)
    number, end = 0, 1
    while True:
        start = end + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise _Malformed(start) from None
        end = 1 + reader.line_num
        if contract.quoted_lines_tolerated and len(cells) < width:
            cells = _opened(cells, contract)
        if not cells or (len(cells) == 1 < width and not cells[0].strip()):
            continue
        number += 1
        if contract.trailing_separator_tolerated and len(cells) == width + 1 and not cells[-1]:
            cells.pop()
        yield start, end, number, cells


def _opened(cells: list[str], contract: Contract) -> list[str]:
    if contract.trailing_separator_tolerated and len(cells) == 2 and not cells[1]:
        inner = cells[:1]
    else:
        inner = cells
    if len(inner) != 1 or contract.separator not in inner[0]:
        return cells
    try:
        return next(csv.reader(inner, delimiter=contract.separator, strict=True))
    except csv.Error:
        return cells
