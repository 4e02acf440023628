"""Where the key of a domain comes from: a master in memory, or whatever derives without showing its own.

1. A master is 32 random bytes; the same rule for a file, two shares or a credential: one that is empty,
   short or repeats itself is refused (`check_random_key`). A token proves it otherwise (`token`).
2. A key that comes out is judged by the same rule.
3. `fingerprint_of` names a master aloud: it is derived from it, under a label of its own.
"""

from typing import Protocol, TypeAlias

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gateway.pseudonym.domain import Domain, length_prefixed
from gateway.secret import Secret, check_random_key

_FINGERPRINT = length_prefixed("passerelle/pseudonym/fingerprint/v1")
_FINGERPRINT_DIGITS = 16


class Deriver(Protocol):
    """What gives the key of a domain and keeps what it derives from."""

    def derive(self, info: bytes) -> Secret[bytes]:
        """32 bytes bound to `info`, always the same."""


Master: TypeAlias = Secret[bytes] | Deriver


def derive_key(master: Master, domain: Domain) -> Secret[bytes]:
    """Derive the key of a domain. Destroying it and the master makes old files unlinkable."""
    return _derived(master, domain.info)


def fingerprint_of(master: Master) -> str:
    """What two officers compare aloud: 64 bits that say nothing of the master."""
    return _derived(master, _FINGERPRINT).reveal().hex()[:_FINGERPRINT_DIGITS]


def _derived(master: Master, info: bytes) -> Secret[bytes]:
    if isinstance(master, Secret):
        check_random_key(master.reveal())
        return Secret(HKDF(SHA256(), 32, None, info).derive(master.reveal()))
    key = master.derive(info)
    check_random_key(key.reveal())
    return key
