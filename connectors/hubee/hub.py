"""The hub in neutral words: what a driver of HubEE must know how to do, whatever the version behind.

`source` and `outlet` speak these words only; `connectors/hubee/v1` is the one driver there is. A V2
driver would stand beside it and change nothing above (V2 calls a case a delivery, a folder a package,
a démarche a stream; see `../shared/reference/hubee.md` §7.5).
"""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import BinaryIO, Protocol

from connectors.contract import Snag


class State(StrEnum):
    """Where a delivery stands between its sender and its recipient."""

    DRAFT = "draft"  # declared, and nobody was told
    NEW = "new"
    RECEIVED = "received"  # its recipient saw it
    PROCESSING = "processing"  # its recipient holds the bytes: HubEE may begin to purge
    WAITING = "waiting"  # its recipient wants more of it
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"  # could not be integrated
    CLOSED = "closed"
    UNKNOWN = "unknown"  # a state invented since


class FileState(StrEnum):
    """What became of a file's bytes."""

    PENDING = "pending"
    READY = "ready"
    INFECTED = "infected"
    REJECTED = "rejected"
    PURGED = "purged"
    UNKNOWN = "unknown"


class Saying(StrEnum):
    """What an item of the queue is about."""

    NEW = "new"  # a delivery
    DEPOSIT = "deposit"  # new files on a known delivery
    WORD = "word"  # a state, a message: nothing to fetch
    ECHO = "echo"  # the other side read what we said
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Item:
    """One item of our queue. `event` is None for a new delivery; `snag` says why it is UNKNOWN."""

    id: str
    saying: Saying
    delivery: str
    event: str | None = None
    at: datetime | None = None
    snag: Snag | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """What one poll gave: our items, how many were another's, how many could not be read."""

    items: tuple[Item, ...]
    foreign: int = 0
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class HubFile:
    """One file. `event` names the event that brought it, None when it came with its delivery.

    `purged_from`: since when the hub's rules let it erase the file, None while nothing does.
    """

    id: str
    kind: str
    name: str
    size: int | None
    state: FileState
    event: str | None = None
    purged_from: datetime | None = None

    @property
    def key(self) -> str:
        """What names it among all the files of its delivery."""
        return f"{self.event}/{self.id}" if self.event else self.id


@dataclass(frozen=True, slots=True)
class Told:
    """One line of a delivery's history. `mark` is what we wrote beside our own words."""

    event: str
    state: State | None
    ours: bool
    at: datetime | None = None
    mark: str = ""


@dataclass(frozen=True, slots=True)
class HubDelivery:
    """What one recipient was sent, as it stands now, deposits included; history oldest first.

    `unread`: the deposits (events) their recipient has not read. `called`: the state in the hub's
    own word, for its driver.
    """

    id: str
    state: State
    files: tuple[HubFile, ...]
    history: tuple[Told, ...]
    sent_at: datetime | None = None
    moved_at: datetime | None = None
    unread: tuple[str, ...] = ()
    called: str = ""


@dataclass(frozen=True, slots=True)
class Stream:
    """A file being received: `digest` is what the hub announces of it (SHA-256), when it does."""

    digest: bytes | None
    chunks: AsyncIterator[bytes]


class HubConsumer(Protocol):
    """What an SI does. Every method raises `Unreachable`, `Denied`, `Missing`; see `connectors.errors`."""

    async def poll(self) -> Batch:
        """Everything in our queue. Changes nothing."""
        ...

    async def load(self, delivery: str, deposits: Collection[str] = ()) -> HubDelivery:
        """One delivery as it stands now, with the files of these deposits whatever its history shows."""
        ...

    def open_file(self, delivery: str, file: HubFile) -> AbstractAsyncContextManager[Stream]:
        """The bytes of a file that is `READY`."""
        ...

    async def report(self, delivery: HubDelivery, state: State, message: str, mark: str) -> None:
        """Move a delivery and tell its sender, once: nothing is tried again.

        Raises `Unreachable` when nobody knows whether it was done: load the delivery and look.
        """
        ...

    async def read(self, item: Item) -> None:
        """Say that we read what this item is about. Reading twice is reading once."""
        ...

    async def clear(self, item: str) -> None:
        """Take an item out of our queue. Clearing twice is clearing once."""
        ...

    async def close(self) -> None:
        """Leave the hub; the next question opens a new connection."""
        ...


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A file to publish: declared exactly, or the hub refuses it."""

    name: str
    kind: str
    mime: str
    size: int
    sha256: bytes
    body: BinaryIO


@dataclass(frozen=True, slots=True)
class Published:
    """A package as it stands: its own state, its one delivery, and the files it holds by name."""

    id: str
    delivery: str
    state: State
    files: tuple[HubFile, ...]


class HubPublisher(Protocol):
    """What an OSL does, for one recipient and one stream at a time. Raises as `HubConsumer`."""

    async def create(self, number: str, files: Sequence[Enclosed]) -> Published:
        """Declare a package. Not tried again: a package nobody completes is seen by nobody."""
        ...

    async def upload(self, package: Published, file: Enclosed) -> None:
        """Give the bytes of one declared file. Giving them twice is giving them once."""
        ...

    async def look(self, package: str) -> Published:
        """The package as it stands now."""
        ...

    async def complete(self, package: str) -> None:
        """Tell the recipient. Completing twice is completing once."""
        ...

    async def cancel(self, package: str) -> None:
        """Withdraw a package nobody was told of. Twice is once."""
        ...

    async def poll(self) -> Batch:
        """What recipients said under our stream; the queue is shared, other streams are not ours."""
        ...

    async def load(self, delivery: str) -> HubDelivery:
        """One delivery as it stands now."""
        ...

    async def conclude(self, delivery: str, package: str) -> None:
        """Say that the whole exchange is over, delivery first, package after."""
        ...

    async def read(self, item: Item) -> None:
        """Say that we read what this item is about."""
        ...

    async def clear(self, item: str) -> None:
        """Take an item out of our queue."""
        ...

    async def close(self) -> None:
        """Close the connections; another call opens new ones."""
        ...
