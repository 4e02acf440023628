"""C2SP checkpoints: the signed head of the log (origin, size, root).

1. The note is verified before anything it says is read.
2. Three lines at least, in their one spelling; the origin is the name of the key that signed.
"""

import re
from dataclasses import dataclass

from gateway.ledger.errors import LedgerBroken
from gateway.ledger.keys import Signer, VerifierKey, strict_base64, to_base64
from gateway.ledger.note import open_note, sign_note
from gateway.ledger.tree import HASH_SIZE

_SIZE = re.compile(r"0|[1-9][0-9]{0,17}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Head of the log: `root` covers the first `size` entries."""

    origin: str
    size: int
    root: bytes

    def body(self) -> str:
        """Text that is signed."""
        return f"{self.origin}\n{self.size}\n{to_base64(self.root)}\n"


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint whose signature was verified, as it was read."""

    checkpoint: Checkpoint
    verifier: VerifierKey
    raw: bytes


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer) -> bytes:
    """Sign; the key bears the name of the log."""
    if signer.name != checkpoint.origin:
        raise ValueError("the key that signs bears the name of the log")
    return sign_note(checkpoint.body(), signer).encode()


def open_checkpoint(raw: bytes, *verifiers: VerifierKey) -> Signed:
    """Verify and read a checkpoint; LedgerBroken if no given key signed it or it is malformed."""
    note = open_note(raw, verifiers)
    lines = note.text[:-1].split("\n")
    if len(lines) < 3 or not all(lines):  # noqa: PLR2004 - origin, size, root, and non-empty extensions
        raise LedgerBroken("point de contrôle : il faut une origine, une taille et une racine")
    origin, size, root = lines[:3]
    if origin != note.verifier.name:
        raise LedgerBroken("point de contrôle : l'origine n'est pas le nom de la clé")
    try:
        digest = strict_base64(root)
    except ValueError as error:
        raise LedgerBroken("point de contrôle : racine mal formée") from error
    if not _SIZE.fullmatch(size) or len(digest) != HASH_SIZE:
        raise LedgerBroken("point de contrôle : taille ou racine mal formée")
    return Signed(Checkpoint(origin, int(size), digest), note.verifier, raw)
