"""The world in memory: one shelf per kind of record, each noting which rows it owes to the disk.

1. Putting and removing are noted by the shelf; a record altered in place is noted by `touch`.
2. A shelf may be asked for all the records that share a key without reading the others.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, MutableMapping, ValuesView
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import Struct

from connectors.sandbox.hubee.records import (
    Attachment,
    Case,
    Folder,
    Notification,
    Organisation,
    Process,
    Registered,
    Subscription,
)

Record = TypeVar("Record", bound=Struct)


class Shelf(MutableMapping[str, Record], Generic[Record]):
    """Records of one kind by id, in the order they came; `grouped` is the key of `among`."""

    def __init__(
        self,
        shape: type[Record],
        key: Callable[[Record], str],
        grouped: Callable[[Record], Hashable] = lambda _: None,
    ) -> None:
        self.shape, self.key, self._grouped = shape, key, grouped
        self._records: dict[str, Record] = {}
        self._group_of: dict[str, Hashable] = {}
        self._groups: dict[Hashable, dict[str, Record]] = {}
        self._owed: dict[str, None] = {}

    def __getitem__(self, key: str) -> Record:
        return self._records[key]

    def __setitem__(self, key: str, record: Record) -> None:
        self._leave_group(key)
        self._records[key] = record
        group = self._group_of[key] = self._grouped(record)
        self._groups.setdefault(group, {})[key] = record
        self.touch(key)

    def __delitem__(self, key: str) -> None:
        del self._records[key]
        self._leave_group(key)
        self.touch(key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def values(self) -> ValuesView[Record]:
        """Return the records, oldest first."""
        return self._records.values()

    def _leave_group(self, key: str) -> None:
        if key in self._group_of:
            group = self._group_of.pop(key)
            del self._groups[group][key]
            if not self._groups[group]:
                del self._groups[group]

    def among(self, group: Hashable) -> Iterable[Record]:
        """Return the records of this group, oldest first."""
        return self._groups.get(group, {}).values()

    def touch(self, key: str) -> None:
        """Owe this row to the disk."""
        self._owed[key] = None

    def settle(self) -> Iterator[tuple[str, bytes | None]]:
        """Give the rows owed, None for one to remove, and owe nothing more."""
        owed, self._owed = self._owed, {}
        for key in owed:
            record = self._records.get(key)
            yield key, None if record is None else msgspec.json.encode(record)

    def fill(self, rows: Iterable[tuple[str, bytes]]) -> None:
        """Take the rows of the disk, which are owed to nobody."""
        decoder = msgspec.json.Decoder(self.shape)
        for key, body in rows:
            self[key] = decoder.decode(body)
        self._owed = {}


class Meta(Struct):
    """What makes one world reproducible: its seed, the identifiers given, the time it jumped over."""

    seed: int
    counter: int = 0
    moved: float = 0.0  # seconds


def number(folder: Folder) -> tuple[str, str]:
    """Return what a publisher knows its folder by."""
    return folder.process_code, folder.external_id


@dataclass(slots=True)
class World:
    """Everything."""

    meta: Meta
    organisations: Shelf[Registered] = field(
        default_factory=lambda: Shelf(Registered, lambda r: str(r.key))
    )
    processes: Shelf[Process] = field(default_factory=lambda: Shelf(Process, lambda r: r.code))
    subscriptions: Shelf[Subscription] = field(
        default_factory=lambda: Shelf(Subscription, lambda r: r.id, lambda r: r.subscriber)
    )
    folders: Shelf[Folder] = field(default_factory=lambda: Shelf(Folder, lambda r: r.id, number))
    cases: Shelf[Case] = field(default_factory=lambda: Shelf(Case, lambda r: r.id))
    notifications: Shelf[Notification] = field(
        default_factory=lambda: Shelf(Notification, lambda r: r.id, lambda r: r.recipient)
    )

    @property
    def seed(self) -> int:
        """What every identifier is drawn from."""
        return self.meta.seed

    @property
    def shelves(self) -> dict[str, Shelf[Any]]:
        """Every shelf, by the name of its rows."""
        return {
            "organisation": self.organisations,
            "process": self.processes,
            "subscription": self.subscriptions,
            "folder": self.folders,
            "case": self.cases,
            "notification": self.notifications,
        }

    def touch(self, record: Struct) -> None:
        """Owe the row of a record altered in place: its own, or that of what holds it."""
        if isinstance(record, Attachment):
            held = self.folders if record.held_by in self.folders else self.cases
            held.touch(record.held_by)
            return
        for shelf in self.shelves.values():
            if isinstance(record, shelf.shape):
                shelf.touch(shelf.key(record))
                return
        raise TypeError(f"a {type(record).__name__} has no row")


def registered(world: World, key: Organisation) -> bool:
    """Say whether the directory holds this organisation: type, SIRET and branch, all three."""
    return str(key) in world.organisations
