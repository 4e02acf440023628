"""What a lock promises, whatever keeps it: exclusive, by name, and dead with its holder.

No clock, no lease to renew or to steal. `take` is asked before each use: it says whether we hold it now.
"""

import os
import re
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Protocol

from gateway.errors import Unavailable

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,120}")
SLOT = "noeud-"


class Elsewhere(Unavailable):
    """Another gateway holds it: the work is that one's, not ours to wait for."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock."""

    pid: int = 0
    host: str = ""
    since: datetime | None = None

    @classmethod
    def us(cls) -> "Holder":
        """This process, now."""
        return cls(os.getpid(), socket.gethostname(), datetime.now(UTC).replace(microsecond=0))


class Locks(Protocol):
    """A set of named locks. Raises `Unavailable` when what keeps them does not answer."""

    def take(self, name: str) -> bool:
        """Hold it if nobody does; say whether we hold it now. Holding twice is holding once."""
        ...

    def release(self, name: str) -> None:
        """Let it go; letting go of what we do not hold is nothing."""
        ...

    def holder(self, name: str) -> Holder | None:
        """Who else holds it; None when it is ours or free."""
        ...

    def close(self) -> None:
        """Let everything go."""
        ...


@dataclass(frozen=True, slots=True)
class BothLocks:
    """Locks that are held in every one of their places, or in none."""

    places: Sequence[Locks]

    def take(self, name: str) -> bool:
        """See `Locks`."""
        if all(place.take(name) for place in self.places):
            return True
        self.release(name)
        return False

    def release(self, name: str) -> None:
        """See `Locks`."""
        for place in self.places:
            place.release(name)

    def holder(self, name: str) -> Holder | None:
        """See `Locks`."""
        found = (place.holder(name) for place in self.places)
        return next((holder for holder in found if holder is not None), None)

    def close(self) -> None:
        """See `Locks`."""
        for place in self.places:
            place.close()


def first_free(locks: Locks) -> str:
    """Take the first slot nobody holds: this process's own, for as long as it lives."""
    return next(slot for slot in (f"{SLOT}{n}" for n in count(1)) if locks.take(slot))


@contextmanager
def borrowed(locks: Locks, name: str) -> Iterator[bool]:
    """Whether nobody held it; nobody else does until left."""
    taken = locks.take(name)
    try:
        yield taken
    finally:
        if taken:
            locks.release(name)


def checked(name: str) -> str:
    """A name that any keeper of locks can hold."""
    if NAME.fullmatch(name) is None:
        raise ValueError("a lock is named with lower-case letters, digits and hyphens")
    return name
