"""Fourteen messages a partner could send, one good: what libraries judge right and wrong.

Made by real gpg, and by surgery on the packets where gpg refuses to lie:

    python -m tests.world.hostile_openpgp FOLDER     # writes them, with the keys that open and judge them
"""

import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from schemas.codes import Code
from tests.world.openpgp import Partner, encrypted_part, flip, literal, partners

LIMIT = 1_000_000  # bytes of clear text
CONTENT = random.Random(14).randbytes(60_000).hex().encode()  # compresses by half, not away
BOMB = bytes(30_000_000)
CAST = ("Passerelle", "Calice", "Voisin", "Stranger")


@dataclass(frozen=True)
class Message:
    """One message, and the verdict it deserves: None for the good one."""

    label: str
    content: bytes
    code: Code | None


def messages(us: Partner, calice: Partner, neighbour: Partner, stranger: Partner) -> list[Message]:
    """For us, from Calice: `neighbour` is somebody we know too, `stranger` nobody does."""
    good = calice.seals(CONTENT, us)
    return [
        Message("good", good, None),
        *_cut_or_changed(good),
        *_badly_signed(us, calice, neighbour, stranger),
        *_badly_sealed(us, calice),
        Message("a bomb", calice.seals(BOMB, us), Code.EXPANDS_TOO_MUCH),
    ]


def _cut_or_changed(good: bytes) -> Iterator[Message]:
    middle = (encrypted_part(good) + len(good)) // 2
    yield Message("truncated by 1 kB", good[:-1024], Code.TRUNCATED)
    yield Message("truncated by half", good[: len(good) // 2], Code.TRUNCATED)
    yield Message("one bit flipped", flip(good, middle), Code.TAMPERED)
    yield Message("trailing garbage", good + b"garbage" * 9, Code.TAMPERED)
    yield Message("trailing literal packet", good + literal(CONTENT), Code.TAMPERED)


def _badly_signed(
    us: Partner, calice: Partner, neighbour: Partner, stranger: Partner
) -> Iterator[Message]:
    yield Message("encrypted, not signed", calice.encrypts(CONTENT, us), Code.NOT_SIGNED)
    yield Message("signed by a neighbour", neighbour.seals(CONTENT, us), Code.UNKNOWN_SIGNER)
    yield Message("signed by a stranger", stranger.seals(CONTENT, us), Code.UNKNOWN_SIGNER)


def _badly_sealed(us: Partner, calice: Partner) -> Iterator[Message]:
    old = ("--rfc2440", "--cipher-algo", "AES256")  # gpg's way to forget the MDC
    yield Message("signed, not encrypted", calice.signs(CONTENT), Code.NOT_OPENPGP)
    yield Message("a plain literal packet", literal(CONTENT), Code.NOT_OPENPGP)
    yield Message("no MDC, signed", calice.seals(CONTENT, us, *old), Code.NO_INTEGRITY)
    yield Message("no MDC, not signed", calice.encrypts(CONTENT, us, *old), Code.NO_INTEGRITY)


def write(folder: Path) -> list[Message]:
    """Write the messages and the keys of their cast; give the messages."""
    folder.mkdir(parents=True, exist_ok=True)
    with partners(*CAST) as cast:
        made = messages(*cast)
        (folder / "passerelle.key").write_text(cast[0].secret)
        for name, partner in zip(CAST[:3], cast, strict=False):
            (folder / f"{name.lower()}.asc").write_text(partner.public)
    for number, message in enumerate(made, start=1):
        (folder / f"{number:02} {message.label}.gpg").write_bytes(message.content)
    return made


if __name__ == "__main__":
    sys.exit(None if write(Path(sys.argv[1])) else 1)
