"""Delimited text: records, physical lines and widths, by one parser only.

1. The first line is the header: the contract's names, in order; quotes and blanks around a name
   are tolerated, nothing else (GW-504).
2. A record may span lines inside quotes; its first and last physical lines are both kept.
3. A record too short or too long is refused alone (GW-508, GW-509); blank lines are not records.
4. A quote that never closes, or a line or value without end, refuses the file (GW-511): read
   leniently, an open quote silently swallows every row after it.
"""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from schemas.codes import Code
from schemas.contract import Contract
from schemas.readers.batch import BATCH_ROWS, Batch, Row
from schemas.reading import Anomaly, FileRefused

LONGEST_LINE = 1 << 20


def read_delimited(path: Path, contract: Contract) -> Iterator[Batch]:
    """Yield the records of the file, at most `BATCH_ROWS` at a time."""
    encoding = "utf-8-sig" if contract.is_unicode else contract.encoding
    with path.open(encoding=encoding, newline="") as text:
        lines = _lines(text)
        width = _check_header(next(lines, ""), contract)
        rows: list[Row] = []
        misshapen: list[Anomaly] = []
        for line, end, number, cells in _records(lines, contract, width):
            if len(cells) == width:
                rows.append((*cells, line, end, number))
            else:
                code = Code.SHORT_ROW if len(cells) < width else Code.LONG_ROW
                misshapen.append(Anomaly(line, end, number, None, code))
            if len(rows) + len(misshapen) >= BATCH_ROWS:
                yield Batch(rows, misshapen, len(rows) + len(misshapen))
                rows, misshapen = [], []
        yield Batch(rows, misshapen, len(rows) + len(misshapen))


def read_lines_of(
    path: Path, contract: Contract, spans: Sequence[tuple[int, int]]
) -> Iterator[bytes]:
    """Yield the header, then the physical lines of these spans, byte for byte as they stand.

    `spans` are first and last lines in file order, none overlapping. The contract's encodings give
    back the bytes they were read from; a byte-order mark stays with the header.
    """
    left = iter(spans)
    first, last = 1, 1
    with path.open(encoding=contract.encoding, newline="") as text:
        for number, line in enumerate(_lines(text), 1):
            if number > last:
                first, last = next(left, (0, 0))
                if not last:
                    return
            if first <= number:
                yield line.encode(contract.encoding)


def _lines(text: TextIO) -> Iterator[str]:
    number = 0
    while line := text.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE and line[-1] not in "\r\n":
            raise FileRefused(Code.MALFORMED_CSV, line=number)
        yield line


def _check_header(line: str, contract: Contract) -> int:
    expected = [column.name for column in contract.read_columns]
    try:
        found = next(csv.reader([line], delimiter=contract.separator), [])
    except csv.Error:
        found = []
    names = [name.strip().strip('"').strip() for name in found]
    if contract.trailing_separator_tolerated and names[-1:] == [""]:
        names.pop()
    if names != expected:
        raise FileRefused(Code.WRONG_HEADER, line=1)
    return len(expected)


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
            raise FileRefused(Code.MALFORMED_CSV, line=start) from None
        end = 1 + reader.line_num
        if not cells or (len(cells) == 1 < width and not cells[0].strip()):
            continue
        number += 1
        if contract.trailing_separator_tolerated and len(cells) == width + 1 and not cells[-1]:
            cells.pop()
        yield start, end, number, cells
