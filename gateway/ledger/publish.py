"""Publishing: committed entries become static files that anyone can verify.

Steps, in order; killed at any point, the next call goes on and gives the same files:
1. Alone in the folder (flock).
2. The checkpoint of the folder is ours (signature), and the tiles on its right side give its root.
3. Nothing goes backwards: folder ≤ last recorded head ≤ committed entries, the same root where the
   sizes are equal. A restored old database, or removed rows, stop here.
4. Entries not yet in the folder become bundles and tiles. The unfinished bundle is read again from
   the database and compared; no file is ever given other bytes.
5. Passing the size of the last recorded head, the root is the recorded one.
6. The new head is recorded in the database, then signed into `checkpoint`: a head is never shown
   that we could deny later.
7. Partial tiles whose full tile is published are removed.

Whatever does not fit is LedgerBroken: nothing is signed, an administrator must look.
"""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Engine

from gateway.ledger.checkpoint import Checkpoint, Signed, open_checkpoint, sign_checkpoint
from gateway.ledger.errors import LedgerBroken
from gateway.ledger.folder import CHECKPOINT_NAME, KEY_NAME, edge_of, read_checkpoint, read_key
from gateway.ledger.keys import Signer, VerifierKey
from gateway.ledger.log import bodies, committed_size, last_recorded, record
from gateway.ledger.tiles import At, pack
from gateway.ledger.tree import EMPTY_ROOT, WIDTH, Edge, leaf_hash
from gateway.ledger.writing import Shelf, alone


def publish(
    engine: Engine, folder: Path, signer: Signer, *, origin: str, former: Sequence[VerifierKey] = ()
) -> Checkpoint:
    """Bring the folder up to every committed entry and return its new head.

    `former` are our earlier public keys, trusted for the checkpoint that stands in the folder: needed
    once, at the first publication after a change of key.
    """
    if signer.name != origin:
        raise ValueError("the key that signs bears the name of the log")
    with alone(folder):
        raw = read_checkpoint(folder)
        signed = None if raw is None else open_checkpoint(raw, signer.verifier, *former)
        shown = Checkpoint(origin, 0, EMPTY_ROOT) if signed is None else signed.checkpoint
        recorded = last_recorded(engine, origin) or Checkpoint(origin, 0, EMPTY_ROOT)
        size = committed_size(engine)
        _check_forwards(shown, recorded, size)
        shelf = Shelf(folder)
        edge = edge_of(folder, shown.size)
        _check_root(edge, shown)
        _integrate(engine, shelf, edge, recorded, size)
        head = Checkpoint(origin, size, edge.root())
        _show(engine, shelf, signer, head, signed)
    return head


def _check_forwards(shown: Checkpoint, recorded: Checkpoint, size: int) -> None:
    if shown.size > recorded.size:
        raise LedgerBroken(
            f"le dossier publie {shown.size} entrées, la base n'en a signé que {recorded.size} : "
            "base restaurée d'une sauvegarde ?",
            first=recorded.size,
            last=shown.size - 1,
        )
    if recorded.size > size:
        message = f"entrées {size} à {recorded.size - 1} signées, puis disparues de la base"
        raise LedgerBroken(message, first=size, last=recorded.size - 1)
    if shown.size == recorded.size and shown.root != recorded.root:
        raise LedgerBroken("le point de contrôle du dossier n'est pas celui que la base a signé")


def _check_root(edge: Edge, head: Checkpoint) -> None:
    if edge.size == head.size and edge.root() != head.root:
        raise LedgerBroken(f"la racine à {head.size} entrées n'est pas celle qui a été signée")


def _integrate(engine: Engine, shelf: Shelf, edge: Edge, recorded: Checkpoint, size: int) -> None:
    known = list(edge.levels[0]) if edge.levels else []
    start = edge.size - len(known)
    if known:
        edge.levels[0].clear()
    bundle: list[bytes] = []
    for number, body in enumerate(bodies(engine, start, size), start):
        leaf = leaf_hash(body)
        if number - start < len(known) and known[number - start] != leaf:
            raise LedgerBroken(
                f"l'entrée {number} de la base n'est pas celle publiée", first=number
            )
        bundle.append(body)
        _grow(shelf, edge, leaf, bundle)
        if number + 1 == recorded.size:
            _check_root(edge, recorded)
    _place_partials(shelf, edge, size, bundle)


def _grow(shelf: Shelf, edge: Edge, leaf: bytes, bundle: list[bytes]) -> None:
    for tile in edge.push(leaf):
        if tile.level == 0:
            shelf.place(At(None, tile.index), pack(bundle))
            bundle.clear()
        shelf.place(At(tile.level, tile.index), b"".join(tile.hashes))


def _place_partials(shelf: Shelf, edge: Edge, size: int, bundle: Sequence[bytes]) -> None:
    if bundle:
        shelf.place(At(None, size // WIDTH, len(bundle)), pack(bundle))
    for level, row in enumerate(edge.levels):
        if row:
            shelf.place(At(level, (size >> (8 * level)) // WIDTH, len(row)), b"".join(row))


def _show(
    engine: Engine, shelf: Shelf, signer: Signer, head: Checkpoint, before: Signed | None
) -> None:
    shelf.settle()
    is_new_key = before is None or before.verifier != signer.verifier
    if is_new_key:
        shelf.replace(shelf.folder / KEY_NAME, f"{signer.verifier}\n".encode())
    elif read_key(shelf.folder) != signer.verifier:
        raise LedgerBroken(f"{KEY_NAME} n'est pas la clé qui signe ce journal")
    record(engine, head)
    if is_new_key or before is None or before.checkpoint != head:
        shelf.replace(shelf.folder / CHECKPOINT_NAME, sign_checkpoint(head, signer))
    shelf.settle()
    shelf.drop_superseded()
