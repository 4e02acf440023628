"""What must be known to reach an SFTP partner.

1. A host is known by its pinned keys. No setting switches the verification off: without a pin, no
   connection.
2. Old algorithms (`ssh_algorithms.LEGACY`) have an end date, and are not spoken past it.
3. Nothing secret is held here: keys, certificates and passphrases are paths.
"""

import re
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final

from connectors.depot import Ready
from connectors.host_keys import kind_of
from connectors.ssh_algorithms import LEGACY, RGS, Algorithms, Policy

__all__ = [
    "LEGACY",
    "RGS",
    "Algorithms",
    "Policy",
    "Ready",
    "Settling",
    "SftpFolders",
    "SftpSettings",
    "Verify",
]

LONGEST_LEGACY: Final = timedelta(days=366)
# What a folder at a partner may be: printable, no step that leads up, no doubled separator.
FOLDER: Final = re.compile(
    r"\A/?(?!\.{1,2}(/|\Z))[^/\\\x00-\x1f\x7f]+(/(?!\.{1,2}(/|\Z))[^/\\\x00-\x1f\x7f]+)*\Z"
)


class Settling(StrEnum):
    """What becomes of a file we hold safely, as agreed with the partner."""

    ARCHIVE = "archive"
    DELETE = "delete"
    LEAVE = "leave"  # we may not move anything there: it is known by its key


class Verify(StrEnum):
    """How what we leave is checked before it gets its name."""

    DIGEST = "digest"  # read back whole, SHA-256
    SIZE = "size"  # for a place that does not let us read what we wrote


@dataclass(frozen=True, slots=True)
class SftpFolders:
    """Folders at the partner, relative to where its account lands, or absolute; each its own."""

    depot: str = "depot"
    archive: str = "archive"
    ack: str = "ack"
    retrait: str = "retrait"
    answers: str = "retour"

    def __post_init__(self) -> None:
        written = [getattr(self, each.name) for each in fields(self)]
        if not all(FOLDER.match(folder) for folder in written):
            raise ValueError(
                "a folder is a plain path: no empty step, no `..`, nothing unprintable"
            )
        if len(set(written)) < len(written):
            raise ValueError("two folders are the same: each is for one thing")


@dataclass(frozen=True, slots=True, kw_only=True)
class SftpSettings:
    """One partner. `host_keys` are OpenSSH public key lines (`ssh-ed25519 AAAA...`).

    `stable_seconds` is how long a file must stand still before it is listed: for partners who
    cannot rename, and because SFTP dates by the second. Zero is for places only we write to.
    `keep_seconds` is how long a connection outlives its last use. A transfer slower than
    `min_rate` (bytes a second, once `slow_seconds` were spent waiting), or longer than
    `transfer_minutes`, is given up; one that is cut is resumed `resume_attempts` times in a row,
    first after `resume_seconds`.
    """

    partner: str
    host: str
    username: str
    client_key_path: Path = field(repr=False)
    client_certificate_path: Path | None = field(default=None, repr=False)
    client_passphrase_path: Path | None = field(default=None, repr=False)
    host_keys: tuple[str, ...] = ()
    port: int = 22
    folders: SftpFolders = SftpFolders()
    policy: Policy = Policy.RGS
    legacy_until: date | None = None
    settling: Settling = Settling.ARCHIVE
    ready: Ready = Ready.RENAME
    verify: Verify = Verify.DIGEST
    connect_seconds: float = 15.0
    answer_seconds: float = 60.0
    stable_seconds: float = 5.0
    keep_seconds: float = 0.0
    max_listed: int = 10_000
    transfer_minutes: float = 120.0
    min_rate: int = 1_000
    slow_seconds: float = 30.0
    resume_attempts: int = 3
    resume_seconds: float = 0.5

    def __post_init__(self) -> None:
        for line in self.host_keys:
            self._check_pin(line)
        positive = (
            self.connect_seconds,
            self.answer_seconds,
            self.max_listed,
            self.transfer_minutes,
        )
        if min(positive) <= 0:
            raise ValueError(f"{self.partner}: delays and max_listed are above zero")
        self._check_legacy()

    @property
    def host_signatures(self) -> tuple[str, ...]:
        """How the host may sign, the pinned kinds of key first: another kind is seen, and refused."""
        kinds = self.policy.algorithms.signatures
        pinned = {line.split()[0] for line in self.host_keys}
        ordered = sorted(kinds, key=lambda kind: kind not in pinned)
        return tuple(name for kind in ordered for name in kinds[kind])

    @property
    def is_over(self) -> bool:
        """Whether the agreement on old algorithms has ended."""
        return self.legacy_until is not None and self.legacy_until < _today()

    def _check_legacy(self) -> None:
        if (self.policy is Policy.LEGACY) != (self.legacy_until is not None):
            raise ValueError(f"{self.partner}: old algorithms and their end date go together")
        if self.legacy_until is not None and self.legacy_until > _today() + LONGEST_LEGACY:
            raise ValueError(f"{self.partner}: old algorithms end within a year")

    def _check_pin(self, line: str) -> None:
        try:
            kind = kind_of(line)
        except ValueError:
            raise ValueError(
                f"{self.partner}: a pinned host key is not an OpenSSH public key line"
            ) from None
        if kind not in self.policy.algorithms.signatures:
            raise ValueError(f"{self.partner}: a pinned host key is of a kind the policy refuses")


def _today() -> date:
    return datetime.now(UTC).date()
