"""Writing the published folder: whole files only, that survive a power cut, one writer at a time.

1. A file appears under its name complete: temporary name, fsync, rename.
2. `place` never changes what stands there: the same bytes are left alone, others are LedgerBroken.
3. Folders are flushed once, by `settle`, before the checkpoint that speaks of their files.
4. `alone` holds an flock on `.verrou`: two processes publish one after the other. The lock dies with
   its process, and so needs no repair.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from gateway.ledger.errors import LedgerBroken
from gateway.ledger.folder import read_bounded
from gateway.ledger.tiles import At

_LOCK = ".verrou"
_NEXT = ".en-cours"


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Wait for the other writer of this folder, and keep the next one waiting."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _LOCK).open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        (folder / _NEXT).unlink(missing_ok=True)  # left by a writer that was killed
        yield


@dataclass(slots=True)
class Shelf:
    """A folder being written, by one writer."""

    folder: Path
    _touched: set[Path] = field(default_factory=set)

    def place(self, at: At, content: bytes) -> None:
        """Put a tile or a bundle in its place, once and for all."""
        path = self.folder / at.path
        found = read_bounded(path, at.limit)
        if found is None:
            self.replace(path, content)
        elif found != content:
            first, last = at.span(0)[0], at.span(at.width - 1)[1]
            message = f"{at.path} diffère de la base de données (entrées {first} à {last})"
            raise LedgerBroken(message, first=first, last=last)
        self._touched.update(_between(self.folder, path))  # found, but perhaps never flushed

    def replace(self, path: Path, content: bytes) -> None:
        """Put a file in its place, whatever stood there."""
        path.parent.mkdir(parents=True, exist_ok=True)
        pending = self.folder / _NEXT
        with pending.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        pending.replace(path)
        self._touched.update(_between(self.folder, path))

    def settle(self) -> None:
        """Flush every folder touched: what was placed is there after a power cut."""
        for folder in sorted(self._touched):
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        self._touched.clear()

    def drop_superseded(self) -> None:
        """Remove the partial tiles whose full tile is published (tlog-tiles: MAY)."""
        for partials in sorted((self.folder / "tile").rglob("*.p")):
            if partials.with_suffix("").is_file():
                for partial in list(partials.iterdir()):
                    partial.unlink()
                partials.rmdir()


def _between(folder: Path, path: Path) -> Iterator[Path]:
    for parent in path.parents:
        yield parent
        if parent == folder:
            return
