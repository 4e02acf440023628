"""A copy of the published log that its receiver verifies alone, without us and without our tools.

The checkpoint is read first and written last: the copy is of one head, whatever is published
meanwhile, and an interrupted copy has no checkpoint. It is verified before it is handed over.
"""

from importlib.resources import files
from pathlib import Path

from gateway.ledger.checkpoint import open_checkpoint
from gateway.ledger.errors import LedgerBroken
from gateway.ledger.folder import CHECKPOINT_NAME, KEY_NAME, read_checkpoint, read_file, read_key
from gateway.ledger.tiles import tiles_of
from gateway.ledger.verify import Progress, Verification, verify
from gateway.ledger.writing import Shelf

README_NAME = "LISEZMOI.txt"


def export(folder: Path, into: Path, *, progress: Progress | None = None) -> Verification:
    """Copy one published head into an empty or new folder, and verify the copy."""
    into.mkdir(parents=True, exist_ok=True)
    if any(into.iterdir()):
        raise FileExistsError("le dossier d'export n'est pas vide")
    raw = read_checkpoint(folder)
    if raw is None:
        raise LedgerBroken("le journal n'a pas encore été publié : pas de point de contrôle")
    key = read_key(folder)
    size = open_checkpoint(raw, key).checkpoint.size
    shelf = Shelf(into)
    for at in tiles_of(size):
        shelf.place(at, read_file(folder, at))
    shelf.replace(into / KEY_NAME, f"{key}\n".encode())
    shelf.replace(into / README_NAME, _readme(str(key), key.name, size))
    shelf.settle()
    shelf.replace(into / CHECKPOINT_NAME, raw)
    shelf.settle()
    return verify(into, key, progress=progress)


def _readme(key: str, origin: str, size: int) -> bytes:
    text = (files("gateway.ledger") / "lisezmoi.txt").read_text(encoding="utf-8")
    return (
        text.replace("{key}", key).replace("{origin}", origin).replace("{size}", str(size)).encode()
    )
