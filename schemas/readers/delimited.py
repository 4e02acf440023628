"""Delimited text: records, physical lines and widths.

1. The first line is the header (`schemas.readers.header`).
2. A block of lines that needs no parser of quotes is read in columns (`schemas.readers.plain`), any
   other record by record (`schemas.readers.quoted`): the verdict is the same, only slower.
3. A record may span lines inside quotes; its first and last physical lines are both kept.
4. A record too short or too long is refused alone (GW-508, GW-509); blank lines are not records.
"""

import codecs
import io
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TextIO

from schemas.codes import Code
from schemas.contract import Contract
from schemas.readers.batch import Batch
from schemas.readers.blocks import LONGEST_LINE, Block, read_blocks
from schemas.readers.course import Course
from schemas.readers.encodings import decoded
from schemas.readers.header import Header, read_header
from schemas.readers.plain import pieces
from schemas.reading import FileRefused


def read_delimited(path: Path, contract: Contract) -> Iterator[Batch]:
    """Yield the records of the file, a bounded number at a time."""
    blocks = read_blocks(path)
    header, rest = _header(next(blocks, Block(b"", 0)), contract)
    course = Course(contract, header.columns)
    yield Batch((), (), 0, position=rest.position, warnings=header.warnings)
    for block in chain([rest] if rest.body else [], blocks):
        found = course.plain(block)
        if found is None:
            yield from course.quoted(block, blocks)
        else:
            for piece in pieces(found):
                yield course.columns(piece, block.position)


def columns_of(path: Path, contract: Contract) -> tuple[str, ...]:
    """Give the columns of the arrangement the header names. Raises `FileRefused`."""
    header, _ = _header(next(read_blocks(path), Block(b"", 0)), contract)
    return header.columns


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


def _header(block: Block, contract: Contract) -> tuple[Header, Block]:
    """Read the header off the first block; give what is left of it."""
    if block.is_endless:
        raise FileRefused(Code.MALFORMED_CSV, line=1)
    marked = contract.is_unicode and block.body.startswith(codecs.BOM_UTF8)
    body = block.body.removeprefix(codecs.BOM_UTF8) if marked else block.body
    line = next(_lines(io.StringIO(decoded(body, contract.encoding), newline="")), "")
    header = read_header(line, contract)
    return header, Block(body[len(line.encode(contract.encoding)) :], block.position)
