"""Blocks where quotes matter, record by record, by the `csv` module.

It reads on into the next block as long as a quote is open, and stops where a block and a record end
together. A quote that never closes, or a line or value without end, refuses the file (GW-511): read
leniently, an open quote silently swallows every row after it.
"""

import csv
import io
from collections.abc import Iterator

from schemas.codes import Code
from schemas.contract import Contract
from schemas.readers.blocks import LONGEST_LINE, Block
from schemas.readers.encodings import decoded
from schemas.readers.header import line_in_quotes
from schemas.reading import FileRefused

Record = tuple[int, int, list[str]]


class Lines:
    """Physical lines with their newline, from a block and then from those after it."""

    def __init__(self, block: Block, after: Iterator[Block], encoding: str, number: int) -> None:
        self._after, self._encoding = after, encoding
        self.number = number  # of the last line given
        self._open(block)

    def _open(self, block: Block) -> None:
        if block.is_endless:
            raise FileRefused(Code.MALFORMED_CSV, line=self.number + 1)
        self.position = block.position
        text = decoded(block.body, self._encoding)
        self._text, self._end = io.StringIO(text, newline=""), len(text)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.is_spent:
            self._open(next(self._after))
        line = self._text.readline(LONGEST_LINE)
        self.number += 1
        if len(line) == LONGEST_LINE and line[-1] not in "\r\n":
            raise FileRefused(Code.MALFORMED_CSV, line=self.number)
        return line

    @property
    def is_spent(self) -> bool:
        """Whether the block at hand has no line left."""
        return self._text.tell() == self._end


def read_records(lines: Lines, contract: Contract, width: int) -> Iterator[Record]:
    """Yield the first line, last line and cells of each record; blank lines are none."""
    reader = csv.reader(lines, delimiter=contract.separator, strict=True)
    while not lines.is_spent:
        start = lines.number + 1
        try:
            cells = next(reader)
        except csv.Error:
            raise FileRefused(Code.MALFORMED_CSV, line=start) from None
        cells = line_in_quotes(cells, contract, width)
        if not cells or (len(cells) == 1 < width and not cells[0].strip()):
            continue
        if contract.trailing_separator_tolerated and len(cells) == width + 1 and not cells[-1]:
            cells.pop()
        yield start, lines.number, cells
