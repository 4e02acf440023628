"""The name of a person for one recipient, one purpose and one epoch, that nobody else can join.

Scheme "p1", in order:
1. key = HKDF-SHA256(master, no salt, info = LP("passerelle/pseudonym/v1") LP(recipient) LP(purpose)
   LP(epoch)), where LP writes a two-byte length then UTF-8: no separator trick can make two meet.
2. pseudonym = "p1." epoch "." and the first 128 bits of HMAC-SHA-256(key, person id), in hex.
3. The person id is random and comes from the identity index; a NIR never enters here (10^10 values:
   a leaked key would undo it in hours).
4. Whatever is empty, short or constant is refused. Nothing here has a default.

The key never enters a polars plan: a serialised plan would carry it.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NewType

import polars as pl
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gateway.secret import Secret, check_random_key

Pseudonym = NewType("Pseudonym", str)

LABEL = "passerelle/pseudonym/v1"
EPOCH = re.compile(r"[0-9a-z-]{1,16}")
HEX_DIGITS = 32  # 128 bits: at 70 million people a collision has odds of 10^-23
_BLOCK = 64  # bytes of a SHA-256 block, to which HMAC pads its key
_INNER, _OUTER = bytes(b ^ 0x36 for b in range(256)), bytes(b ^ 0x5C for b in range(256))


@dataclass(frozen=True, slots=True)
class Domain:
    """Who must not be able to join with anybody else, why it receives, and since when."""

    recipient: str
    purpose: str
    epoch: str

    def __post_init__(self) -> None:
        if not self.recipient.strip() or not self.purpose.strip():
            raise ValueError("a recipient and a purpose are needed")
        if not EPOCH.fullmatch(self.epoch):
            raise ValueError("an epoch is 1 to 16 digits, lower-case letters or dashes")

    @property
    def info(self) -> bytes:
        """The injective encoding that binds the key to this domain."""
        return b"".join(map(_lp, (LABEL, self.recipient, self.purpose, self.epoch)))


# Our own domain: the recipient is us, the purpose is crossing journeys. Releases have their own.
JOURNEYS = Domain(recipient="passerelle", purpose="croisement-parcours", epoch="1")


class Pseudonymiser:
    """The pseudonyms of one domain. Safe to share between threads; holds a key, so never print it."""

    __slots__ = ("_inner", "_outer", "_prefix")

    def __init__(self, master: Secret[bytes], domain: Domain) -> None:
        key = derive_key(master, domain).reveal().ljust(_BLOCK, b"\0")
        # HMAC spelled out: copying two hash states is half again as fast as copying an hmac object.
        self._inner = hashlib.sha256(key.translate(_INNER))
        self._outer = hashlib.sha256(key.translate(_OUTER))
        self._prefix = f"p1.{domain.epoch}."

    def of(self, person: str) -> Pseudonym:
        """Name one person."""
        return self.of_all((person,))[0]

    def of_all(self, persons: Iterable[str]) -> list[Pseudonym]:
        """Name many, in the same order. Raises ValueError on an empty or missing id."""
        new_inner, new_outer, prefix = self._inner.copy, self._outer.copy, self._prefix
        names: list[Pseudonym] = []
        keep = names.append
        for person in persons:
            if not person:
                raise ValueError("a person id is missing")
            inner, outer = new_inner(), new_outer()
            inner.update(person.encode())
            outer.update(inner.digest())
            keep(Pseudonym(prefix + outer.hexdigest()[:HEX_DIGITS]))
        return names

    def of_series(self, persons: pl.Series) -> pl.Series:
        """Name a column, row by row, under the same column name."""
        return pl.Series(persons.name, self.of_all(persons.to_list()), dtype=pl.String)


def derive_key(master: Secret[bytes], domain: Domain) -> Secret[bytes]:
    """Derive the key of a domain. Destroying it and the master makes old files unlinkable."""
    check_random_key(master.reveal())
    return Secret(HKDF(SHA256(), 32, None, domain.info).derive(master.reveal()))


def _lp(text: str) -> bytes:
    encoded = text.encode()
    return len(encoded).to_bytes(2, "big") + encoded
