"""C2SP `.tlog-proof`: the receipt that anyone verifies offline with the public key of the log alone.

Checks of `verify_receipt`, in order:
1. The text is a proof in its one spelling: header, optional extra, index, hashes, blank, checkpoint.
2. The checkpoint is signed by the given key.
3. The index stands inside the tree of the checkpoint.
4. The entry, hashed and carried up by the hashes, gives the root of the checkpoint.

The extra line is not authenticated: it is kept, never trusted.
"""

import re
from dataclasses import dataclass

from gateway.ledger.checkpoint import Checkpoint, open_checkpoint
from gateway.ledger.errors import LedgerBroken
from gateway.ledger.keys import VerifierKey, strict_base64, to_base64
from gateway.ledger.tree import HASH_SIZE, leaf_hash, root_from_path

HEADER = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,17})")
_MAX_HASHES = 64


@dataclass(frozen=True, slots=True)
class Proof:
    """What a receipt says, not yet verified."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None

    def __str__(self) -> str:
        extra = [] if self.extra is None else [f"extra {to_base64(self.extra)}"]
        lines = [HEADER, *extra, f"index {self.index}", *map(to_base64, self.hashes), ""]
        return "\n".join(lines) + "\n" + self.checkpoint.decode()


@dataclass(frozen=True, slots=True)
class Proven:
    """An entry that is in the log, and the head that says so."""

    index: int
    entry: bytes
    checkpoint: Checkpoint
    verifier: VerifierKey


def parse_proof(text: str) -> Proof:
    """Read a receipt; LedgerBroken if it is malformed."""
    head, blank, checkpoint = text.partition("\n\n")
    header, *lines = head.split("\n")
    if header != HEADER or not blank or not lines:
        raise LedgerBroken("reçu : ce n'est pas un c2sp.org/tlog-proof@v1")
    try:
        extra = strict_base64(lines.pop(0)[6:]) if lines[0].startswith("extra ") else None
        hashes = tuple(strict_base64(line) for line in lines[1:])
        signed = checkpoint.encode()
    except ValueError as error:
        raise LedgerBroken("reçu : ligne mal formée") from error
    index = _INDEX.fullmatch(lines[0]) if lines else None
    if index is None or len(hashes) > _MAX_HASHES or any(len(h) != HASH_SIZE for h in hashes):
        raise LedgerBroken("reçu : index ou empreinte mal formés")
    return Proof(int(index[1]), hashes, signed, extra)


def verify_receipt(text: str, entry: bytes, verifier: VerifierKey) -> Proven:
    """Return the entry as proven to be in the log, or raise LedgerBroken."""
    proof = parse_proof(text)
    signed = open_checkpoint(proof.checkpoint, verifier)
    try:
        root = root_from_path(proof.index, signed.checkpoint.size, leaf_hash(entry), proof.hashes)
    except ValueError as error:
        raise LedgerBroken(
            "reçu : le chemin ne convient pas à l'arbre", first=proof.index
        ) from error
    if root != signed.checkpoint.root:
        raise LedgerBroken(
            f"reçu : l'entrée présentée n'est pas l'entrée {proof.index} du journal",
            first=proof.index,
        )
    return Proven(proof.index, entry, signed.checkpoint, signed.verifier)
