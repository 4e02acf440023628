"""C2SP signed notes: a text, a blank line, and one line per signature.

1. Valid UTF-8, no control character but newline, at most `MAX_NOTE` bytes.
2. The text is what stands before the last blank line, its own final newline included.
3. Signatures of unknown keys (witnesses) are ignored; one of a known key that fails rejects the note;
   a note that no known key signed is rejected.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.ledger.errors import LedgerBroken
from gateway.ledger.keys import Signer, VerifierKey, check_name, strict_base64, to_base64

MAX_NOTE = 1 << 18
_DASH = "\u2014 "


@dataclass(frozen=True, slots=True)
class Note:
    """A text whose signature was verified, and by which key."""

    text: str
    verifier: VerifierKey


def sign_note(text: str, signer: Signer) -> str:
    """Sign a text that ends with a newline."""
    if not text.endswith("\n"):
        raise ValueError("the text of a note ends with a newline")
    signature = signer.verifier.key_id + signer.sign(text.encode())
    return f"{text}\n{_DASH}{signer.name} {to_base64(signature)}\n"


def open_note(raw: bytes, verifiers: Sequence[VerifierKey]) -> Note:
    """Return the text if one of these keys signed it."""
    text, lines = _take_apart(raw)
    known = {(key.name, key.key_id): key for key in verifiers}
    by: VerifierKey | None = None
    for line in lines:
        name, signature = _signature(line)
        key = known.get((name, signature[:4]))
        if key is not None:
            by = key.verify(text.encode(), signature[4:])
    if by is None:
        raise LedgerBroken("point de contrôle : aucune signature par une clé de confiance")
    return Note(text, by)


def _take_apart(raw: bytes) -> tuple[str, list[str]]:
    try:
        note = raw.decode()
    except UnicodeDecodeError as error:
        raise LedgerBroken("point de contrôle : ce n'est pas de l'UTF-8") from error
    head, blank, tail = note.rpartition("\n\n")
    if len(raw) > MAX_NOTE or not (blank and tail.endswith("\n")):
        raise LedgerBroken("point de contrôle : ce n'est pas une note signée")
    if any(c < " " and c != "\n" for c in note):
        raise LedgerBroken("point de contrôle : caractère de contrôle interdit")
    return head + "\n", tail[:-1].split("\n")


def _signature(line: str) -> tuple[str, bytes]:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    try:
        signature = strict_base64(encoded)
        check_name(name)
    except ValueError as error:
        raise LedgerBroken("point de contrôle : ligne de signature mal formée") from error
    if not line.startswith(_DASH) or len(signature) < 5:  # noqa: PLR2004 - four bytes of id and one more
        raise LedgerBroken("point de contrôle : ligne de signature mal formée")
    return name, signature
