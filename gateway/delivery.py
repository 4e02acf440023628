"""What a delivery is at each point of its path: one type per state, and only its stage builds it.

Two kinds of states. Those that cross a durable boundary (`DURABLE`) are references: digests, counts,
codes, dates. Those that hold clear text (`Opened`, `Scanned`, `Checked`, `Linked`, `Pseudonymised`) live only
inside the one step that makes and consumes them, and are never written anywhere.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path

import polars as pl

from schemas.codes import Code
from schemas.reading import Reading, Report

# What a file is called that is sent to see whether it can be read, and for nothing else.
TEST = "TEST_"
ENVELOPE = re.compile(r"\.(gpg|pgp|asc|cms|p7m)$")


class Verdict(StrEnum):
    """What became of a delivery."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Collected:
    """Bytes safe in the vault. `name` is shown only if it follows the flow's convention."""

    delivery: str
    digest: str
    size: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Opened:
    """Clear text in a private room, its signature verified (or none promised by the channel)."""

    path: Path
    sha256: str
    signer: str


@dataclass(frozen=True, slots=True)
class Scanned:
    """Clear text an antivirus found nothing in. `by`: which one, with which signatures, or `off`."""

    opened: Opened
    by: str


@dataclass(frozen=True, slots=True)
class Checked:
    """Rows the contract accepts."""

    opened: Opened
    reading: Reading
    scanned: str


@dataclass(frozen=True, slots=True)
class Linked:
    """Accepted rows, each with the `SUBJECT` it speaks of; the identity index that now knows them."""

    checked: Checked
    rows: pl.DataFrame
    index: pl.DataFrame
    base_version: int


@dataclass(frozen=True, slots=True)
class Pseudonymised:
    """Identifiers apart (`identities`, by subject), facts apart (`facts`, by pseudonym)."""

    linked: Linked
    facts: pl.DataFrame
    identities: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows of a delivery: `read` = `accepted` + `rejected` + `ignored`."""

    read: int = 0
    accepted: int = 0
    rejected: int = 0
    ignored: int = 0

    @classmethod
    def of(cls, report: Report) -> "Counts":
        """The counts of a contract's report."""
        return cls(report.read, report.accepted, report.rejected, report.ignored)


@dataclass(frozen=True, slots=True)
class Treated:
    """Opened, checked, linked and pseudonymised: sealed references and counts, no person."""

    delivery: str
    plaintext: str
    facts: str
    identities: str
    index: str
    base_version: int
    counts: Counts
    reference_date: date | None
    contract_version: str
    report: str
    history: int = -1  # how many of its flow were accepted when it was judged
    rejects: str = ""  # the rejected original lines, for their sender alone; or why there are none
    kind: str = ""  # which of the files of its flow that speak of one day
    scanned: str = ""  # by which antivirus, or `off`; empty in what an earlier version wrote
    codes: dict[str, int] = field(default_factory=dict)
    timings: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A verdict against a delivery, whichever stage gave it."""

    delivery: str
    code: Code
    stage: str
    detail: str = ""
    counts: Counts = Counts()
    contract_version: str = ""
    report: str = ""
    rejects: str = ""
    codes: dict[str, int] = field(default_factory=dict)
    plaintext: str = ""
    timings: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kept:
    """The verdict of record, as stored with its ledger entry: what the sender is told, and nothing else.

    `digest` is empty when the bytes never were ours. `stale`: the identity index moved, treat again.
    """

    delivery: str
    verdict: Verdict
    code: Code | None
    ledger_index: int
    digest: str = ""
    size: int = 0
    counts: Counts = Counts()
    codes: dict[str, int] = field(default_factory=dict)
    report: str = ""
    rejects: str = ""
    name: str = ""
    flow: str = ""
    contract_version: str = ""
    received_at: datetime | None = None
    sequence: int | None = None
    is_test: bool = False
    replay_of: str = ""
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Said to the place it came from, and settled there. Not `told`: the sender learns it with others."""

    delivery: str
    verdict: Verdict
    ledger_index: int
    told: bool = True


# What DBOS may write down: references only.
DURABLE: tuple[type, ...] = (Collected, Treated, Refusal, Kept, Acknowledged)

# Only its stage builds a state (tests/house holds it).
BUILT_BY: Mapping[str, tuple[str, ...]] = {
    "Collected": ("gateway/stages/collect.py",),
    "Opened": ("gateway/stages/unseal.py",),
    "Scanned": ("gateway/stages/scan.py",),
    "Checked": ("gateway/stages/check.py",),
    "Linked": ("gateway/stages/link.py",),
    "Pseudonymised": ("gateway/stages/pseudonymise.py",),
    "Treated": ("gateway/passage/treatment.py",),
    "Refusal": ("gateway/stages/collect.py", "gateway/passage/treatment.py"),
    "Kept": ("gateway/stages/keep.py",),
    "Acknowledged": ("gateway/stages/acknowledge.py",),
}
