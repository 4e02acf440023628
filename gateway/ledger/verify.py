"""Offline verification of a published folder: no database, no network, no private key.

Checks, in order; the first that fails raises LedgerBroken and says where:
1. The key: the caller's own, or the `clef-publique.txt` of the folder (and the result says which).
2. The checkpoint: a well-formed note, signed by that key, for the log of that name.
3. Every entry, in order: its bundle holds it whole, nothing after the last, and its hash is the one in
   the level-0 tile. A failure names the first bad entry.
4. Every tile of the higher levels: each hash is the root of the tile below. A failure names the
   entries under it.
5. The root of the whole is the root of the checkpoint.
6. Every earlier checkpoint the caller kept (from a receipt, a mail, a print-out) is signed by the key
   or a `former` one and its root is the root of this same tree at its size: history was not rewritten, even by us.
7. Every older partial file left in the folder is the start of the tile that replaced it.

Files that no checkpoint covers (a publication under way) are counted, not judged.

Not checked: that this is the newest checkpoint we signed (ask for it, or keep it), nor what entries
say. Memory: one bundle and one hash row per level, whatever the size of the log.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from gateway.ledger.checkpoint import Checkpoint, open_checkpoint
from gateway.ledger.errors import LedgerBroken
from gateway.ledger.folder import (
    read_checkpoint,
    read_entries,
    read_hashes,
    read_key,
)
from gateway.ledger.keys import VerifierKey
from gateway.ledger.tiles import At, width_at
from gateway.ledger.tree import WIDTH, Edge, leaf_hash

Progress = Callable[[int, int], None]


class KeyFrom(StrEnum):
    """Where the key of a verification came from: only the caller's own proves who signed."""

    CALLER = "appelant"
    FOLDER = "dossier"


@dataclass(frozen=True, slots=True)
class Verification:
    """What was verified. `uncovered` files belong to no checkpoint: not verified, not part of the log."""

    checkpoint: Checkpoint
    verifier: VerifierKey
    key_from: KeyFrom
    earlier: tuple[Checkpoint, ...]
    uncovered: int


def verify(
    folder: Path,
    verifier: VerifierKey | None = None,
    *,
    earlier: Sequence[bytes] = (),
    former: Sequence[VerifierKey] = (),
    progress: Progress | None = None,
) -> Verification:
    """Verify a folder or an exported copy, all of it. `earlier` are signed checkpoints kept apart.

    `former` are the keys of the log before its present one: they count for `earlier` alone.
    """
    key_from = KeyFrom.FOLDER if verifier is None else KeyFrom.CALLER
    key = read_key(folder) if verifier is None else verifier
    raw = read_checkpoint(folder)
    if raw is None:
        raise LedgerBroken("pas de point de contrôle dans ce dossier")
    head = open_checkpoint(raw, key).checkpoint
    kept = tuple(open_checkpoint(old, key, *former).checkpoint for old in earlier)
    _check_tree(folder, head, kept, progress or (lambda _done, _total: None))
    uncovered = _check_leftovers(folder, head.size)
    return Verification(head, key, key_from, kept, uncovered)


def _check_tree(
    folder: Path, head: Checkpoint, kept: Sequence[Checkpoint], progress: Progress
) -> None:
    roots = _roots_by_size(head, kept)
    edge = Edge()
    _check_kept(edge, roots)
    for index in range(-(-head.size // WIDTH)):
        for leaf in _leaves(folder, At(None, index, width_at(head.size, None, index))):
            for tile in edge.push(leaf):
                _check_row(folder, At(tile.level, tile.index), tile.hashes)
            _check_kept(edge, roots)
        progress(min((index + 1) * WIDTH, head.size), head.size)
    for level, row in enumerate(edge.levels):
        if row:
            _check_row(folder, At(level, (head.size >> (8 * level)) // WIDTH, len(row)), row)
    if edge.root() != head.root:
        raise LedgerBroken("point de contrôle : sa racine n'est pas celle des entrées du dossier")


def _roots_by_size(head: Checkpoint, kept: Sequence[Checkpoint]) -> dict[int, bytes]:
    roots: dict[int, bytes] = {}
    for old in kept:
        if old.size > head.size:
            message = (
                "un point de contrôle conservé est plus récent que ce dossier : le journal recule"
            )
            raise LedgerBroken(message)
        if roots.setdefault(old.size, old.root) != old.root:
            raise LedgerBroken("deux points de contrôle conservés se contredisent")
    return roots


def _leaves(folder: Path, at: At) -> Iterator[bytes]:
    """Hashes of a bundle, each compared with its tile."""
    hashes = read_hashes(folder, At(0, at.index, at.width))
    for position, entry in enumerate(read_entries(folder, at)):
        leaf = leaf_hash(entry)
        if leaf != hashes[position]:
            number = at.index * WIDTH + position
            raise LedgerBroken(
                f"l'entrée {number} n'a pas l'empreinte que dit l'arbre", first=number
            )
        yield leaf


def _check_row(folder: Path, at: At, expected: Sequence[bytes]) -> None:
    if at.level == 0:
        return  # compared hash by hash in _leaves
    for position, found in enumerate(read_hashes(folder, at)):
        if found != expected[position]:
            first, last = at.span(position)
            message = f"tuile {at.path} : empreinte fausse pour les entrées {first} à {last}"
            raise LedgerBroken(message, first=first, last=last)


def _check_kept(edge: Edge, roots: dict[int, bytes]) -> None:
    if not roots or edge.size not in roots:
        return
    if edge.root() != roots[edge.size]:
        message = f"l'historique a changé : le point de contrôle conservé à {edge.size} entrées le contredit"
        raise LedgerBroken(message, first=0, last=max(0, edge.size - 1))


def _check_leftovers(folder: Path, size: int) -> int:
    uncovered = 0
    for path in (folder / "tile").rglob("*"):
        if not path.is_file():
            continue
        at = At.parse(path.relative_to(folder).as_posix())
        width = 0 if at is None else width_at(size, at.level, at.index)
        if at is None or at.width > width:
            uncovered += 1
        elif at.width < width:
            _check_prefix(folder, at, At(at.level, at.index, width))
    return uncovered


def _check_prefix(folder: Path, old: At, current: At) -> None:
    read = read_hashes if old.level is not None else read_entries
    if list(read(folder, old)) != list(read(folder, current))[: old.width]:
        first, last = old.span(0)[0], old.span(old.width - 1)[1]
        message = f"{old.path} n'est pas le début de ce qui le remplace (entrées {first} à {last})"
        raise LedgerBroken(message, first=first, last=last)
