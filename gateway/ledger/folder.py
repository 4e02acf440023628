"""Reading the published folder of a log: bounded, and never more than the checkpoint covers.

`tile/<level>/<n>`, `tile/entries/<n>`, `checkpoint`, and `clef-publique.txt` beside them.

1. A file is read up to the most it may hold, and one byte more is an error: no file fills the memory.
2. A partial tile that has been replaced by the full one is read as the start of the full one.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path

from gateway.ledger.errors import LedgerBroken
from gateway.ledger.keys import VerifierKey
from gateway.ledger.note import MAX_NOTE
from gateway.ledger.tiles import (
    MAX_BUNDLE_BYTES,
    MAX_TILE_BYTES,
    At,
    pack,
    split_hashes,
    unpack,
    width_at,
)
from gateway.ledger.tree import HASH_SIZE, WIDTH, Edge, inclusion_path, node_hash, root_of, split

CHECKPOINT_NAME = "checkpoint"
KEY_NAME = "clef-publique.txt"


def read_bounded(path: Path, limit: int) -> bytes | None:
    """Bytes of a file, None if there is no such file; LedgerBroken past `limit`."""
    try:
        with path.open("rb") as file:
            found = file.read(limit + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except IsADirectoryError as error:
        raise LedgerBroken(f"un dossier à la place d'un fichier : {path.name}") from error
    if len(found) > limit:
        raise LedgerBroken(f"fichier trop long : {path.name}")
    return found


def read_checkpoint(folder: Path) -> bytes | None:
    """Signed checkpoint, not verified; None before the first publication."""
    return read_bounded(folder / CHECKPOINT_NAME, MAX_NOTE)


def read_key(folder: Path) -> VerifierKey:
    """Public key that travels with the folder."""
    raw = read_bounded(folder / KEY_NAME, MAX_NOTE)
    if raw is None:
        raise LedgerBroken(f"le dossier n'a pas de {KEY_NAME} : donnez la clé publique du journal")
    try:
        return VerifierKey.parse(raw.decode())
    except ValueError as error:
        raise LedgerBroken(f"{KEY_NAME} n'est pas une clé publique de journal") from error


def read_hashes(folder: Path, at: At) -> list[bytes]:
    """Exactly `at.width` hashes of a tile."""
    first, last = at.span(0)[0], at.span(at.width - 1)[1]
    found = read_bounded(folder / at.path, MAX_TILE_BYTES)
    if found is None and at.width < WIDTH:
        found = read_bounded(folder / at.full.path, MAX_TILE_BYTES)
        found = (
            None if found is None or len(found) != MAX_TILE_BYTES else found[: at.width * HASH_SIZE]
        )
    if found is None or len(found) != at.width * HASH_SIZE:
        reason = "absente" if found is None else "de mauvaise longueur"
        raise LedgerBroken(
            f"tuile {at.path} {reason} (entrées {first} à {last})", first=first, last=last
        )
    return split_hashes(found)


def read_entries(folder: Path, at: At) -> Iterator[bytes]:
    """Exactly `at.width` entries of a bundle, one by one."""
    found = read_bounded(folder / at.path, MAX_BUNDLE_BYTES)
    if found is not None:
        return unpack(found, at)
    if at.width < WIDTH:
        found = read_bounded(folder / at.full.path, MAX_BUNDLE_BYTES)
    if found is None:
        first = at.index * WIDTH
        raise LedgerBroken(
            f"lot d'entrées {at.path} absent (entrées {first} à {first + at.width - 1})",
            first=first,
            last=first + at.width - 1,
        )
    return islice(unpack(found, at.full), at.width)


def read_file(folder: Path, at: At) -> bytes:
    """Bytes that the file at this place holds, or would hold."""
    if at.level is None:
        return pack(list(read_entries(folder, at)))
    return b"".join(read_hashes(folder, at))


def edge_of(folder: Path, size: int) -> Edge:
    """Right side of the published tree, as its partial tiles tell it."""
    edge, level = Edge(), 0
    while size >> (8 * level):
        index = (size >> (8 * level)) // WIDTH
        width = width_at(size, level, index)
        edge.levels.append(read_hashes(folder, At(level, index, width)) if width else [])
        level += 1
    return edge


def path_to(folder: Path, index: int, size: int) -> list[bytes]:
    """Inclusion path of one entry, from the tiles alone."""

    @lru_cache(maxsize=32)
    def row(level: int, tile: int) -> list[bytes]:
        return read_hashes(folder, At(level, tile, width_at(size, level, tile)))

    def subtree(start: int, end: int) -> bytes:
        length = end - start
        if length & (length - 1):  # only the right side of the tree is not a power of two
            middle = start + split(length)
            return node_hash(subtree(start, middle), subtree(middle, end))
        level, rest = divmod(length.bit_length() - 1, 8)
        tile, position = divmod(start >> (8 * level), WIDTH)
        return root_of(row(level, tile)[position : position + (1 << rest)])

    return inclusion_path(index, size, subtree)
