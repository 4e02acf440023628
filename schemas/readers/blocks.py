"""A file in blocks of bytes, each ending where a line ends: LF, CR LF, or CR alone.

1. A final 0x1A, the end-of-file character of old systems, is no part of the text.
2. A line that does not end within the bytes `LONGEST_LINE` characters may take makes an endless
   block, the last one: nothing more is read of that file.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

BLOCK = 4 << 20
LONGEST_LINE = 1 << 20  # characters
_LONGEST_BYTES = 4 * LONGEST_LINE
_END_OF_FILE = b"\x1a"


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines, and how many bytes of the file are read once these are."""

    body: bytes
    position: int
    is_endless: bool = False


def read_blocks(path: Path) -> Iterator[Block]:
    """Yield the blocks of a file, none empty."""
    with path.open("rb") as file:
        left = _size(file)
        position, held = 0, b""
        while left and (read := file.read(min(BLOCK, left))):
            left -= len(read)
            held += read
            cut = _last_line_end(held) if left else len(held)
            if cut:
                position += cut
                yield Block(held[:cut], position)
                held = held[cut:]
            elif len(held) >= _LONGEST_BYTES:
                yield Block(held, position + len(held), is_endless=True)
                return


def _size(file: BinaryIO) -> int:
    """Bytes of text, and the file put back at its start."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 1))
    is_marked = file.read(1) == _END_OF_FILE
    file.seek(0)
    return size - is_marked


def _last_line_end(held: bytes) -> int:
    """Where the last whole line ends: a CR that comes last may have its LF in the next block."""
    return 1 + max(held.rfind(b"\n"), held.rfind(b"\r", 0, len(held) - 1))
