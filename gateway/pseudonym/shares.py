"""A master in two halves, each for its own officer: neither says anything of it, both give it back.

1. Half 1 is 32 random bytes, half 2 is the master XOR half 1: each alone is only noise.
2. A share is one line of text: its rank, the fingerprint of the master, the half, a checksum. A letter
   mistyped, the same half twice, halves of two splits, or a half in the place of the other are each
   told apart, before anything is named.
3. Two halves that each hold still prove nothing together: the master they give has the fingerprint that
   both bear, or it is refused.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from typing import Final

from gateway.errors import Misconfigured
from gateway.pseudonym.master import fingerprint_of
from gateway.secret import Secret, check_random_key

SIZE: Final = 32
LARGEST: Final = 4096  # bytes of a share file, its comments included
_MARK: Final = "passerelle-part-v1"
_LINE: Final = re.compile(rf"{_MARK}:([12]):([0-9a-f]{{16}}):([0-9a-f]{{64}}):([0-9a-f]{{8}})")
_NOTE: Final = """\
# Part {rank} sur 2 de la clé maîtresse des pseudonymes. À garder par son officier, et par lui seul.
# Sans l'autre part elle ne dit rien ; sans elle, plus aucun pseudonyme. Clé : {fingerprint}
"""


@dataclass(frozen=True, slots=True)
class Share:
    """One half. `fingerprint` is the master's: two halves of one split bear the same."""

    rank: int
    fingerprint: str
    half: Secret[bytes] = field(repr=False)


def split(master: Secret[bytes]) -> tuple[Share, Share]:
    """Two halves of a master, other ones each time. Raises ValueError for what is no master."""
    check_random_key(master.reveal())
    fingerprint, pad = fingerprint_of(master), secrets.token_bytes(SIZE)
    other = _xor(pad, master.reveal())
    return Share(1, fingerprint, Secret(pad)), Share(2, fingerprint, Secret(other))


def join(first: Share, second: Share) -> Secret[bytes]:
    """The master, of the shares in their order. Raises `Misconfigured` and says which is wrong."""
    if first.rank == second.rank:
        raise Misconfigured(f"deux fois la part {first.rank} : il faut la part 1 et la part 2")
    if (first.rank, second.rank) != (1, 2):
        raise Misconfigured("parts échangées : la part 1 est à la place de la part 2")
    if first.fingerprint != second.fingerprint:
        raise Misconfigured(
            f"ces deux parts ne vont pas ensemble : la part 1 est de la clé {first.fingerprint}, "
            f"la part 2 de la clé {second.fingerprint}"
        )
    master = Secret(_xor(first.half.reveal(), second.half.reveal()))
    try:
        found = fingerprint_of(master)
    except ValueError:
        found = ""
    if found != first.fingerprint:
        raise Misconfigured("ces deux parts ne redonnent pas la clé dont elles portent l'empreinte")
    return master


def write(share: Share) -> str:
    """The text of a share file."""
    note = _NOTE.format(rank=share.rank, fingerprint=share.fingerprint)
    return f"{note}{_body(share)}:{_checksum(_body(share))}\n"


def read(text: str, place: str) -> Share:
    """A share from its file; `place` is how errors call it. Raises `Misconfigured`."""
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    found = _LINE.fullmatch(lines[0]) if len(lines) == 1 else None
    if found is None:
        raise Misconfigured(f"{place} n'est pas une part : une ligne {_MARK}:… est attendue")
    rank, fingerprint, half, checksum = found.groups()
    share = Share(int(rank), fingerprint, Secret(bytes.fromhex(half)))
    if _checksum(_body(share)) != checksum:
        raise Misconfigured(f"{place} est abîmée : sa somme de contrôle ne correspond plus")
    return share


def _body(share: Share) -> str:
    return f"{_MARK}:{share.rank}:{share.fingerprint}:{share.half.reveal().hex()}"


def _checksum(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:8]


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
