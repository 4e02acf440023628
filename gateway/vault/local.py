"""A local folder as the place of a vault: nothing is told as kept that a power cut could take.

An object is flushed before it gets its name, and the folders that hold its name are flushed after. These
are plain system calls: a thousand small files a second pass here.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final

from obstore.store import LocalStore, ObjectStore

from gateway.vault.age import Writable
from gateway.vault.faults import writing_well
from gateway.vault.storage import Stock

SEND_EVERY: Final = 16 << 20
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


def stock(store: ObjectStore) -> Stock:
    """The objects of a store, with the care that it needs."""
    if isinstance(store, LocalStore) and store.prefix is not None:
        return _Folder(store, Path(store.prefix))
    return Stock(store)


class _Folder(Stock):
    def __init__(self, store: LocalStore, folder: Path) -> None:
        super().__init__(store)
        self._folder = folder

    @property
    def folder(self) -> Path:
        """See `Stock`."""
        return self._folder

    def publish(self, named: Sequence[tuple[str, str]]) -> None:
        """See `Stock`. Also flushes names that others gave, and may not have flushed yet."""
        super().publish(named)
        for shelf in {(self._folder / path).parent for _, path in named}:
            _flush(shelf)
        _flush(self._folder)

    def is_held(self, path: str) -> bool:
        """See `Stock`. A name is only given to what is whole."""
        return (self._folder / path).exists()

    @contextmanager
    def writing(self, path: str) -> Iterator[Writable]:
        """See `Stock`."""
        with writing_well(), _Fresh(self._folder / path) as fresh:
            yield fresh

    def size_of(self, path: str) -> int:
        """See `Stock`."""
        return (self._folder / path).stat().st_size

    def _rename(self, incoming: str, path: str) -> None:
        named = self._folder / path
        try:
            (self._folder / incoming).rename(named)
        except FileNotFoundError:
            named.parent.mkdir(mode=0o700, exist_ok=True)
            (self._folder / incoming).rename(named)


class _Fresh:
    """A new local file. What is written starts for the disk at once, so that the last flush is short."""

    def __init__(self, path: Path) -> None:
        try:
            self._descriptor = os.open(path, _NEW, 0o600)
        except FileNotFoundError:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            self._descriptor = os.open(path, _NEW, 0o600)
        self._written = self._sent = 0

    def __enter__(self) -> "_Fresh":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                os.fsync(self._descriptor)
        finally:
            os.close(self._descriptor)

    def write(self, block: bytes) -> None:
        rest = memoryview(block)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]
        self._written += len(block)
        if self._written - self._sent >= SEND_EVERY:
            length = self._written - self._sent
            os.posix_fadvise(self._descriptor, self._sent, length, os.POSIX_FADV_DONTNEED)
            self._sent = self._written

    def flush(self) -> None:
        pass


def _flush(folder: Path) -> None:
    """Make the names that a folder holds survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
