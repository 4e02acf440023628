"""The algorithms a partner is spoken to with: closed lists, never a library's defaults.

1. `RGS` is what everybody gets (ANSSI guides).
2. `LEGACY` adds what an old server still needs, and nothing that is broken outright: no DSA, no RC4, no
   3DES, no MD5, no group that the server chooses. It is for one partner, until a date, by two people.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


@dataclass(frozen=True, slots=True)
class Algorithms:
    """Closed lists, preferred first. `signatures` maps a kind of host key to how it may sign."""

    kex: tuple[str, ...]
    encryption: tuple[str, ...]
    mac: tuple[str, ...]
    signatures: Mapping[str, tuple[str, ...]]

    @property
    def all_signatures(self) -> tuple[str, ...]:
        """Every signature accepted, from a host or from us."""
        return tuple(name for names in self.signatures.values() for name in names)


RGS: Final = Algorithms(
    kex=(
        "mlkem768x25519-sha256",  # hybrid: what is recorded today must stay secret after 2030
        "mlkem1024nistp384-sha384",
        "curve25519-sha256",
        "ecdh-sha2-nistp384",
        "ecdh-sha2-nistp256",
        "diffie-hellman-group16-sha512",
    ),
    encryption=(
        "aes256-gcm@openssh.com",
        "aes128-gcm@openssh.com",
        "chacha20-poly1305@openssh.com",
        "aes256-ctr",
    ),
    mac=("hmac-sha2-512-etm@openssh.com", "hmac-sha2-256-etm@openssh.com"),
    signatures={
        "ssh-ed25519": ("ssh-ed25519",),
        "ecdsa-sha2-nistp384": ("ecdsa-sha2-nistp384",),
        "ecdsa-sha2-nistp256": ("ecdsa-sha2-nistp256",),
        "ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256"),
    },
)

LEGACY: Final = Algorithms(
    kex=(*RGS.kex, "diffie-hellman-group14-sha256", "diffie-hellman-group14-sha1"),
    encryption=(
        *RGS.encryption,
        "aes192-ctr",
        "aes128-ctr",
        "aes256-cbc",
        "aes192-cbc",
        "aes128-cbc",
    ),
    mac=(*RGS.mac, "hmac-sha2-512", "hmac-sha2-256", "hmac-sha1"),
    signatures={**RGS.signatures, "ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256", "ssh-rsa")},
)


class Policy(StrEnum):
    """Which of the lists."""

    RGS = "rgs"
    LEGACY = "legacy"

    @property
    def algorithms(self) -> Algorithms:
        """The lists of this policy."""
        return {Policy.RGS: RGS, Policy.LEGACY: LEGACY}[self]
