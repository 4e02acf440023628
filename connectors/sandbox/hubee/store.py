"""The sandbox on disk: one JSON snapshot and one file per attachment, named by id.

1. A change is written whole beside the snapshot, then renamed over it: a `kill -9` leaves the world
   before or the world after, never between.
2. Identifiers come from the seed and a counter kept in the snapshot: the same acts in the same
   order give the same identifiers, restart or not.
3. A sender's file name never becomes a path.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

from connectors.sandbox.hubee.clock import Clock, stamp
from connectors.sandbox.hubee.records import World


class Store:
    """Loads the world when built; `change()` is the only way to alter it."""

    def __init__(self, folder: Path, seed: int, clock: Clock) -> None:
        self._snapshot = folder / "world.json"
        self._blobs = folder / "attachments"
        self._blobs.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._clock = clock
        self.world = self._load(seed)

    def _load(self, seed: int) -> World:
        if not self._snapshot.exists():
            return World(seed=seed)
        world = msgspec.json.decode(self._snapshot.read_bytes(), type=World)
        if world.seed != seed:
            raise ValueError("this folder was filled with another seed: choose another folder")
        return world

    @contextmanager
    def change(self) -> Iterator[World]:
        """Alter the world, then keep it. Rules check everything before they alter anything."""
        yield self.world
        waiting = self._snapshot.with_suffix(".writing")
        waiting.write_bytes(msgspec.json.encode(self.world))
        waiting.replace(self._snapshot)

    def new_id(self) -> str:
        """Return the next identifier; to be called inside `change()`."""
        self.world.counter += 1
        namespace = uuid5(NAMESPACE_URL, f"passerelle-sandbox-hubee:{self.world.seed}")
        return str(uuid5(namespace, str(self.world.counter)))

    def now(self) -> str:
        """Return the hub's time, as it prints it."""
        return stamp(self._clock())

    def blob(self, attachment_id: str) -> Path:
        """Where the bytes of an attachment are."""
        return self._blobs / str(UUID(attachment_id))
