"""The sandbox on disk: one SQLite file, one row per record, and one file per attachment, named by id.

1. `change()` is one transaction, and writes only the rows it touched: a `kill -9` leaves the world
   before or the world after, never between. A change that fails is undone in memory too.
2. Identifiers come from the seed and a counter kept in the same transaction: the same acts in the
   same order give the same identifiers, restart or not.
3. Bytes are on the disk before the row that says so; a file no row speaks of is removed at start.
4. A sender's file name never becomes a path.
"""

import os
import sqlite3
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec
from msgspec import Struct

from connectors.sandbox.hubee.clock import Clock, MovedClock, stamp
from connectors.sandbox.hubee.records import FileStatus
from connectors.sandbox.hubee.shelves import Meta, World

# WAL without a flush per change: power lost may cost the last changes, never the whole of one.
_SETTINGS = ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL", "PRAGMA busy_timeout=5000")
_TABLE = (
    "CREATE TABLE IF NOT EXISTS records"
    " (place INTEGER PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL, body BLOB NOT NULL,"
    " UNIQUE (kind, id))"
)
_READ = "SELECT id, body FROM records WHERE kind = ? ORDER BY place"
_WRITE = (
    "INSERT INTO records (kind, id, body) VALUES (?, ?, ?)"
    " ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body"
)
_REMOVE = "DELETE FROM records WHERE kind = ? AND id = ?"
_META = "meta"


class Store:
    """Loads the world when built; `change()` is the only way to alter it."""

    def __init__(self, folder: Path, seed: int, clock: Clock) -> None:
        self._blobs = folder / "attachments"
        self._blobs.mkdir(parents=True, exist_ok=True, mode=0o700)
        # One loop at a time, but the loop may live in another thread than the one that built us.
        self._rows = sqlite3.connect(
            folder / "world.sqlite", isolation_level=None, check_same_thread=False
        )
        self.close = weakref.finalize(self, self._rows.close)
        for order in (*_SETTINGS, _TABLE):
            self._rows.execute(order)
        self.world = self._load(seed)
        self._sweep_blobs()
        self.swept: date | None = None  # the day whose batch was run (`purge.py`)
        self.clock: Clock = MovedClock(clock, lambda: timedelta(seconds=self.world.meta.moved))

    def _load(self, seed: int) -> World:
        meta = Meta(seed)
        for _, body in self._rows.execute(_READ, (_META,)):
            meta = msgspec.json.decode(body, type=Meta)
        if meta.seed != seed:
            self.close()
            raise ValueError("this folder was filled with another seed: choose another folder")
        world = World(meta)
        for kind, shelf in world.shelves.items():
            shelf.fill(self._rows.execute(_READ, (kind,)))
        return world

    @contextmanager
    def change(self, *altered: Struct) -> Iterator[World]:
        """Alter the world, then keep it, whole. Name the records you alter in place.

        Records put on a shelf or taken off it need no naming. Rules check before they alter.
        """
        seed = self.world.seed
        try:
            yield self.world
            for record in altered:
                self.world.touch(record)
            self._keep()
        except BaseException:
            self.world = self._load(seed)
            raise

    def _keep(self) -> None:
        self._rows.execute("BEGIN IMMEDIATE")
        try:
            self._rows.execute(_WRITE, (_META, _META, msgspec.json.encode(self.world.meta)))
            for kind, shelf in self.world.shelves.items():
                for key, body in shelf.settle():
                    if body is None:
                        self._rows.execute(_REMOVE, (kind, key))
                    else:
                        self._rows.execute(_WRITE, (kind, key, body))
            self._rows.execute("COMMIT")
        except BaseException:
            self._rows.execute("ROLLBACK")
            raise

    def new_id(self) -> str:
        """Return the next identifier; to be called inside `change()`."""
        self.world.meta.counter += 1
        namespace = uuid5(NAMESPACE_URL, f"passerelle-sandbox-hubee:{self.world.seed}")
        return str(uuid5(namespace, str(self.world.meta.counter)))

    def now(self) -> str:
        """Return the hub's time, as it prints it."""
        return stamp(self.clock())

    def advance(self, by: timedelta) -> None:
        """Push the hub's clock ahead, for good: a restart finds it there."""
        if by < timedelta():
            raise ValueError("the hub's clock only goes forward")
        with self.change() as world:
            world.meta.moved += by.total_seconds()

    def blob(self, attachment_id: str) -> Path:
        """Where the bytes of an attachment are."""
        return self._blobs / str(UUID(attachment_id))

    def flush_blobs(self) -> None:
        """Put the names of the files on the disk too, not only their bytes."""
        folder = os.open(self._blobs, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _sweep_blobs(self) -> None:
        files = [f for folder in self.world.folders.values() for f in folder.attachments]
        for case in self.world.cases.values():
            files += [f for event in case.events for f in event.attachments]
        kept = {f.id for f in files if f.status is FileStatus.RECEIVED}
        for path in self._blobs.iterdir():
            if path.name not in kept:
                path.unlink()
