"""Handing out receipts, from the published folder alone: no database, no private key."""

from pathlib import Path

from gateway.ledger.checkpoint import open_checkpoint
from gateway.ledger.errors import LedgerBroken
from gateway.ledger.folder import path_to, read_checkpoint, read_entries, read_key
from gateway.ledger.proof import Proof, verify_receipt
from gateway.ledger.tiles import At, width_at
from gateway.ledger.tree import WIDTH


def receipt(folder: Path, index: int) -> str:
    """Text of the `.tlog-proof` of one published entry, verified before it leaves.

    IndexError if the entry is not published (yet); LedgerBroken if the folder cannot prove it.
    """
    signed, size = _head(folder)
    if not 0 <= index < size:
        raise IndexError(f"l'entrée {index} n'est pas publiée")
    text = str(Proof(index, tuple(path_to(folder, index, size)), signed))
    verify_receipt(text, published_entry(folder, index), read_key(folder))
    return text


def published_entry(folder: Path, index: int) -> bytes:
    """Bytes of one published entry; IndexError if it is not published (yet)."""
    _, size = _head(folder)
    if not 0 <= index < size:
        raise IndexError(f"l'entrée {index} n'est pas publiée")
    bundle, position = divmod(index, WIDTH)
    entries = read_entries(folder, At(None, bundle, width_at(size, None, bundle)))
    return list(entries)[position]


def _head(folder: Path) -> tuple[bytes, int]:
    raw = read_checkpoint(folder)
    if raw is None:
        raise LedgerBroken("le journal n'a pas encore été publié : pas de point de contrôle")
    return raw, open_checkpoint(raw, read_key(folder)).checkpoint.size
