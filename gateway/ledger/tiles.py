"""Where the hashes and entries of a log live: C2SP tlog-tiles coordinates, paths and bundles.

1. A tile is 256 hashes of one level; the rightmost may be partial (`.p/<width>`). Level 0 holds leaf
   hashes, level l+1 the roots of the full tiles of level l.
2. A bundle holds the entries of one level-0 tile, each after its length (uint16, big-endian).
3. An index is written in groups of three digits, all but the last after an `x`: `x001/x234/067`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from gateway.ledger.errors import LedgerBroken
from gateway.ledger.tree import HASH_SIZE, WIDTH

MAX_ENTRY = 0xFFFF
MAX_TILE_BYTES = WIDTH * HASH_SIZE
MAX_BUNDLE_BYTES = WIDTH * (2 + MAX_ENTRY)

_PATH = re.compile(
    r"tile/(entries|0|[1-9]\d?)/((?:x\d{3}/)*\d{3})(?:\.p/([1-9]\d{0,2}))?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class At:
    """Place of one tile, or of one bundle when `level` is None."""

    level: int | None
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Path of the file, relative to the folder of the log."""
        digits = f"{self.index:03d}"
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[i : i + 3] for i in range(0, len(digits), 3)]
        name = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
        level = "entries" if self.level is None else self.level
        return f"tile/{level}/{name}" + (f".p/{self.width}" if self.width < WIDTH else "")

    @classmethod
    def parse(cls, path: str) -> Self | None:
        """Read a path back; None if it is not the one spelling of a place."""
        found = _PATH.fullmatch(path)
        if not found:
            return None
        level, name, width = found.groups()
        at = cls(
            None if level == "entries" else int(level),
            int(name.replace("x", "").replace("/", "")),
            int(width) if width else WIDTH,
        )
        return at if at.path == path else None

    @property
    def full(self) -> Self:
        """The same tile once complete."""
        return type(self)(self.level, self.index)

    @property
    def limit(self) -> int:
        """Most bytes the file may hold."""
        return MAX_BUNDLE_BYTES if self.level is None else self.width * HASH_SIZE

    def span(self, position: int) -> tuple[int, int]:
        """First and last entry under the hash at this position."""
        step = 1 << (8 * (self.level or 0))
        first = (self.index * WIDTH + position) * step
        return first, first + step - 1


def width_at(size: int, level: int | None, index: int) -> int:
    """Width of this tile in a tree of `size` leaves: 0 if it has none."""
    return max(0, min(WIDTH, (size >> (8 * (level or 0))) - index * WIDTH))


def tiles_of(size: int) -> Iterator[At]:
    """Every bundle and tile of a tree of this size, bundles first, then level by level."""
    level: int | None
    for level in (None, *range(8)):
        hashes = size >> (8 * (level or 0))
        for index in range(-(-hashes // WIDTH)):
            yield At(level, index, width_at(size, level, index))


def split_hashes(tile: bytes) -> list[bytes]:
    """Hashes of a tile."""
    return [tile[i : i + HASH_SIZE] for i in range(0, len(tile), HASH_SIZE)]


def pack(entries: Sequence[bytes]) -> bytes:
    """Bundle of these entries."""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def unpack(bundle: bytes, at: At) -> Iterator[bytes]:
    """Exactly `at.width` entries of a bundle, one by one; LedgerBroken names the first cut or missing.

    One by one, so that the reader who compares hashes meets a false entry before its consequences.
    """
    cursor, number, stop = 0, at.index * WIDTH, at.index * WIDTH + at.width
    while number < stop:
        if cursor == len(bundle):
            raise LedgerBroken(f"entrée {number} absente ({at.path})", first=number)
        end = cursor + 2 + int.from_bytes(bundle[cursor : cursor + 2], "big")
        if end > len(bundle) or cursor + 2 > len(bundle):
            raise LedgerBroken(f"entrée {number} tronquée ({at.path})", first=number)
        yield bundle[cursor + 2 : end]
        cursor, number = end, number + 1
    if cursor < len(bundle):
        raise LedgerBroken(f"octets en trop après l'entrée {stop - 1} ({at.path})", first=stop - 1)
