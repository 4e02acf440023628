"""The promise of a connector: `Source` (three verbs) and `Outlet` (one verb).

Every method may raise `Unreachable` (try later) or `Denied` (someone must repair the access), and
otherwise only what its docstring lists. Every method may be called again after a failure, and
cancelling one leaves no trace. The contract suite in `tests/connectors/contract.py` proves it for
every connector.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import BinaryIO, Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Arrival:
    """Something seen at a partner's place, not yet ours.

    `key` is stable: the same waiting file has the same key at every listing, and another file (other
    bytes under the same name included) has another key. `name` is the sender's, for metadata only:
    it is never used as a path. `kind` is what the place itself says of the file (HubEE attachment
    type), empty when it says nothing.
    """

    key: str
    name: str
    size: int | None = None
    seen_at: datetime | None = None
    kind: str = ""
    sha256: str | None = None
    reference: Mapping[str, str] = field(default_factory=dict)


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
    only the milestone and the message.
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

    async def fetch(self, arrival: Arrival, into: BinaryIO, *, limit: int) -> None:
        """Copy the bytes, verified against the announced size and digest when there are any.

        Raises `Missing` if gone, `TooLarge` as soon as `limit` bytes are passed, `Corrupt` if what
        arrives is not what was announced.
        """
        ...

    async def acknowledge(self, arrival: Arrival, notices: Sequence[Notice]) -> None:
        """Tell the sender. Telling the same thing twice is telling it once."""
        ...

    async def settle(self, arrival: Arrival) -> None:
        """We hold it safely: it need not be listed again. Settling twice is settling once."""
        ...


@runtime_checkable
class Tidy(Protocol):
    """An optional ability of a source: clearing what waits there and is no delivery."""

    async def tidy(self) -> int:
        """Clear it; say how much was cleared. Clearing twice is clearing once."""
        ...


class Outlet(Protocol):
    """A place where recipients find releases."""

    async def deliver(self, name: str, body: BinaryIO) -> Receipt:
        """All or nothing, under `name`. Delivering the same content twice is delivering it once.

        `name` is ours (ASCII, no separator). Raises `Denied` if another content already stands
        under that name.
        """
        ...
