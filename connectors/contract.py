"""The promise of a connector: `Source` (four verbs), `Outlet` (two verbs), and what some add to it.

Every method may raise `Unreachable` (try later) or `Denied` (someone must repair the access), and
otherwise only what its docstring lists. Every method may be called again after a failure, and
cancelling one leaves no trace. The contract suite in `tests/connectors/contract.py` proves it for
every connector.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import BinaryIO, Protocol, runtime_checkable


class Withholding(StrEnum):
    """Why a place names a file and will never give its bytes."""

    VIRUS = "virus"  # its antivirus set it aside
    REJECTED = "rejected"  # it is not what its sender declared (size, type)
    PURGED = "purged"  # erased before we read it
    MISDESCRIBED = "misdescribed"  # it is not what the manifest left beside it says


@dataclass(frozen=True, slots=True)
class Arrival:
    """Something seen at a partner's place, not yet ours.

    `key` is stable: the same waiting file has the same key at every listing, and another file (other
    bytes under the same name included) has another key. `name` is the sender's, for metadata only:
    it is never used as a path. `kind` is what the place itself says of the file (HubEE attachment
    type), empty when it says nothing. `withheld`: there are no bytes to fetch, the sender must send
    again. `lost_on`: the first day the place may have erased it, None while nothing threatens it.
    """

    key: str
    name: str
    size: int | None = None
    seen_at: datetime | None = None
    kind: str = ""
    sha256: str | None = None
    reference: Mapping[str, str] = field(default_factory=dict)
    withheld: Withholding | None = None
    lost_on: date | None = None


class Sink(Protocol):
    """Where fetched bytes go: it counts and hashes what it takes, and can be started again."""

    @property
    def size(self) -> int:
        """Bytes taken since the last start."""
        ...

    @property
    def sha256(self) -> str:
        """Lower-case hexadecimal digest of those bytes."""
        ...

    async def write(self, chunk: bytes) -> None:
        """Take the next bytes. May wait: memory stays bounded."""
        ...

    async def restart(self) -> None:
        """Forget everything taken: a transfer starts again from its first byte."""
        ...


class Milestone(StrEnum):
    """What we may tell the sender, in this order and never earlier than it is true."""

    RECEIVED = "received"  # sealed and verified: ART
    READABLE = "readable"  # opened and understood: ARL
    INTEGRATED = "integrated"  # kept: ARA
    REFUSED = "refused"  # the sender must act
    UNREADABLE = "unreadable"  # not even readable: kept for an operator


@dataclass(frozen=True, slots=True)
class Notice:
    """One acknowledgement for the sender: a milestone, a French sentence, and files that say more.

    `files` maps a suffix (``ART.json``) to its bytes; a place that cannot carry files (HubEE) sends
    only the milestone and the message (see `Filing`).
    """

    milestone: Milestone
    message: str
    code: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the place answered to a delivery: where it stands and what it holds."""

    location: str
    sha256: str
    size: int
    already_there: bool = False


class Source(Protocol):
    """A place where a partner leaves deliveries."""

    async def arrivals(self) -> Sequence[Arrival]:
        """What is waiting, oldest first. Changes nothing. Half-written files are not listed."""
        ...

    async def fetch(self, arrival: Arrival, into: Sink, *, limit: int) -> None:
        """Copy the bytes, verified against the announced size and digest when there are any.

        Raises `Missing` if gone, `Withheld` if the place keeps them, `TooLarge` before `limit` is
        passed, `Corrupt` if what arrives twice is not what was announced.
        """
        ...

    async def acknowledge(self, arrival: Arrival, notices: Sequence[Notice]) -> Sequence[str]:
        """Tell the sender. Telling the same thing twice is telling it once.

        Gives the keys of the arrivals whose sender is told by now, this one and those that waited on
        it; none while this one must wait for others.
        """
        ...

    async def settle(self, arrival: Arrival) -> None:
        """We hold it safely: it need not be listed again. Settling twice is settling once."""
        ...


@runtime_checkable
class Filing(Protocol):
    """An optional ability of a source: what the sender is told reaches it as files too.

    Without it a place is told milestones and messages only, and nobody signs for it.
    """

    @property
    def carries_files(self) -> bool:
        """Whether the files of a notice are left where the sender reads them."""
        ...


@runtime_checkable
class Tidy(Protocol):
    """An optional ability of a source: clearing what waits there and is no delivery."""

    async def tidy(self) -> int:
        """Clear it; say how much was cleared. Clearing twice is clearing once."""
        ...


class Snag(StrEnum):
    """Why something waits at a place and cannot be offered: an operator must look."""

    UNDECLARED_KIND = "undeclared-kind"  # a type of file no setting mentions
    NOT_UPLOADED = "not-uploaded"  # announced, its bytes never came
    NOT_OURS = "not-ours"  # the place says it belongs to somebody else
    GONE = "gone"  # it is named, and it is not there
    REFUSED = "refused"  # the place refuses what we ask of it
    UNREADABLE = "unreadable"  # the place answers what its contract does not foresee
    SILENT = "silent"  # the place does not answer about this one
    UNKNOWN_ACTION = "unknown-action"  # a message nobody here understands


@dataclass(frozen=True, slots=True)
class Stuck:
    """One thing parked: `what` is the place's own identifier, never a name."""

    what: str
    snag: Snag
    since: datetime | None = None
    lost_on: date | None = None


@runtime_checkable
class Watchful(Protocol):
    """An optional ability of a source: saying what its last look found and could not offer."""

    def stuck(self) -> Sequence[Stuck]:
        """What is parked, oldest first."""
        ...


@runtime_checkable
class Exclusive(Protocol):
    """An optional ability of a source: two pollers of the same account would see the same things."""

    @property
    def account(self) -> str:
        """A digest that names the account, and says nothing of it."""
        ...


@dataclass(frozen=True, slots=True)
class Piece:
    """One file of a delivery to a recipient. `name` is ours (ASCII, no separator)."""

    name: str
    body: BinaryIO


class Outlet(Protocol):
    """A place where recipients find releases."""

    async def prepare(self, pieces: Sequence[Piece]) -> str:
        """Bring what the recipient must not see yet; give what `deliver` must be told (no secret).

        A place that needs no preparation gives an empty text. Preparing again is harmless.
        """
        ...

    async def deliver(self, pieces: Sequence[Piece], prepared: str) -> Receipt:
        """All or nothing, in this order, under their names; the receipt is the first piece's.

        Delivering the same content twice is delivering it once. Raises `Denied` if another content
        already stands under a name or was prepared, `Unprepared` if what was prepared is gone.
        """
        ...


@runtime_checkable
class Withdrawable(Protocol):
    """An optional ability of an outlet: taking back what was prepared, before its recipient knows."""

    async def withdraw(self, prepared: str) -> bool:
        """Take it back, twice is once; False when it is too late, the recipient was told."""
        ...


@dataclass(frozen=True, slots=True)
class LeftFile:
    """One file we left at a place: its name, and the digest and size (bytes) of what we left under it."""

    name: str
    sha256: str
    size: int


@runtime_checkable
class Retractable(Protocol):
    """An optional ability of an outlet: removing what was delivered and not collected yet.

    A place that hands over what it is given, as HubEE does once its recipient was told, has it not.
    """

    async def retract(self, pieces: Sequence[LeftFile]) -> Sequence[str]:
        """Remove, in this order, those that still stand as we left them; give the names removed.

        Another content under a name is not ours and stays; what is gone was collected. Twice is once.
        """
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What a recipient says of a delivery: `prepared` is what `Outlet.prepare` gave."""

    key: str
    prepared: str
    milestone: Milestone
    said_at: datetime | None = None
    reference: Mapping[str, str] = field(default_factory=dict)


@runtime_checkable
class Answered(Protocol):
    """An optional ability of an outlet: its recipients answer."""

    async def answers(self, expected: Sequence[str]) -> Sequence[Answer]:
        """What recipients said of these deliveries (what `prepare` gave) and we have not noted.

        Oldest first. The answers given are left as they are; words that answer nothing are cleared;
        what is said of any other delivery is not ours to touch.
        """
        ...

    async def noted(self, answer: Answer) -> None:
        """We hold this answer: it need not be given again. Twice is once."""
        ...
