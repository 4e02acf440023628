"""What must be known to reach an SFTP partner, and the algorithms we accept to speak with.

1. At least one host key is pinned. No setting switches the verification off.
2. Algorithms are closed lists (ANSSI guides), never a library's defaults.
3. Nothing secret is held here: the client key is a path.
"""

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
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


class Policy(StrEnum):
    """Which algorithms a partner is spoken to with."""

    RGS = "rgs"

    @property
    def algorithms(self) -> Algorithms:
        """The closed lists of this policy."""
        match self:
            case Policy.RGS:
                return RGS


class Settling(StrEnum):
    """What becomes of a file we hold safely, as agreed with the partner."""

    ARCHIVE = "archive"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class SftpFolders:
    """Folders at the partner, relative to where its account lands, or absolute."""

    depot: str = "depot"
    archive: str = "archive"
    ack: str = "ack"
    retrait: str = "retrait"


@dataclass(frozen=True, slots=True, kw_only=True)
class SftpSettings:
    """One partner. `host_keys` are OpenSSH public key lines (`ssh-ed25519 AAAA...`).

    `stable_seconds` is how long a file must stand still before it is listed: for partners who
    cannot rename, and because SFTP dates by the second. Zero is for places only we write to.
    """

    partner: str
    host: str
    username: str
    client_key_path: Path = field(repr=False)
    host_keys: tuple[str, ...]
    port: int = 22
    folders: SftpFolders = SftpFolders()
    policy: Policy = Policy.RGS
    settling: Settling = Settling.ARCHIVE
    connect_seconds: float = 15.0
    answer_seconds: float = 60.0
    stable_seconds: float = 5.0
    max_listed: int = 10_000

    def __post_init__(self) -> None:
        if not self.host_keys:
            raise ValueError(f"{self.partner}: at least one host key must be pinned")
        for line in self.host_keys:
            self._check_pin(line)
        if min(self.connect_seconds, self.answer_seconds, self.max_listed) <= 0:
            raise ValueError(f"{self.partner}: delays and max_listed are above zero")

    @property
    def host_signatures(self) -> tuple[str, ...]:
        """How the host may sign: only the kinds of key that are pinned."""
        kinds = self.policy.algorithms.signatures
        pinned = {line.split()[0] for line in self.host_keys}
        return tuple(name for kind, names in kinds.items() if kind in pinned for name in names)

    def _check_pin(self, line: str) -> None:
        kind, _, blob = line.strip().partition(" ")
        if kind not in self.policy.algorithms.signatures:
            raise ValueError(f"{self.partner}: a pinned host key is of a kind the policy refuses")
        try:
            well_formed = kind.encode() in b64decode(blob.split()[0], validate=True)
        except (Base64Error, IndexError):
            well_formed = False
        if not well_formed:
            raise ValueError(f"{self.partner}: a pinned host key is not an OpenSSH public key line")
