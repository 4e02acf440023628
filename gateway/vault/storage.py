"""Where sealed bytes rest: names, durability and leftovers on an obstore store.

An object is written as `incoming/<random>`, for its digest is known at its end only, and gets its name
once it is whole: a rename in a folder; in a bucket a copy made by the server, then a deletion (one copy
is at most 5 GB there, the limit of S3).

Any obstore store will do. A local folder needs more care than obstore gives it, which renames but never
calls fsync (strace, 0.12.1): its objects are written here.
"""

import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import obstore
from obstore.store import LocalStore, ObjectStore

from gateway.errors import Unavailable
from gateway.vault.age import Writable
from gateway.vault.faults import writing_well

INCOMING = "incoming"
BLOCK = 4 << 20
SEND_EVERY = 16 << 20
DIGEST = re.compile(r"[0-9a-f]{64}")


class Counted:
    """A stream that hashes and counts what passes, in either direction."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._hash, self.size = stream, hashlib.sha256(), 0

    @property
    def digest(self) -> str:
        """Give the SHA-256 of what passed so far."""
        return self._hash.hexdigest()

    def read(self, size: int) -> bytes:
        """Pass on what is read."""
        return self._note(self._stream.read(size))

    def write(self, block: bytes) -> int:
        """Pass on what is written."""
        self._stream.write(self._note(block))
        return len(block)

    def flush(self) -> None:
        """Flush the stream below."""
        self._stream.flush()

    def _note(self, block: bytes) -> bytes:
        self._hash.update(block)
        self.size += len(block)
        return block


class Pinned:
    """An object read in blocks that all belong to one version, however long the reading takes.

    Two puts of the same bytes at once may replace each other's seal: mixing them would look like damage.
    """

    def __init__(self, store: ObjectStore, path: str) -> None:
        meta = obstore.head(store, path)
        self._store, self._path = store, path
        self._size, self._tag, self._next = meta["size"], meta["e_tag"], 0
        self._block = memoryview(b"")

    def read(self, size: int) -> memoryview:
        """Give at most `size` bytes, nothing at the end."""
        if not self._block and self._next < self._size:
            self._fetch()
        given, self._block = self._block[:size], self._block[size:]
        return given

    def _fetch(self) -> None:
        end = min(self._next + BLOCK, self._size)
        span = (self._next, end)
        found = obstore.get(self._store, self._path, options={"range": span, "if_match": self._tag})
        self._block, self._next = memoryview(found.bytes().to_bytes()), end


def open_folder(folder: Path) -> LocalStore:
    """Open the embedded default, a private folder. Any obstore store (S3) takes its place."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return LocalStore(folder)


def path_of(digest: str) -> str:
    """Give the name of the object that holds these bytes."""
    if not DIGEST.fullmatch(digest):
        raise ValueError("a digest is 64 lower-case hexadecimal digits")
    return f"{digest[:2]}/{digest}.age"


def new_incoming() -> str:
    """Give a name nobody looks at."""
    return f"{INCOMING}/{secrets.token_hex(16)}"


def is_held(store: ObjectStore, path: str) -> bool:
    """Whether an object stands there, whole."""
    folder = _folder(store)
    if folder is not None:
        return (folder / path).is_file()
    try:
        obstore.head(store, path)
    except FileNotFoundError:
        return False
    return True


@contextmanager
def writing(store: ObjectStore, path: str) -> Iterator[Writable]:
    """Open a new object; it is whole, and on the disk, when the `with` ends without an error."""
    folder = _folder(store)
    with writing_well():
        if folder is not None:
            with _Fresh(folder / path) as fresh:
                yield fresh
            return
        # One part in flight: the default of twelve would hold 120 MB in memory. Leaving by an error
        # withdraws the upload.
        with obstore.open_writer(store, path, max_concurrency=1) as writer:
            yield writer


def check_size(store: ObjectStore, path: str, size: int) -> None:
    """See that the store holds all of an object."""
    folder = _folder(store)
    held = obstore.head(store, path)["size"] if folder is None else (folder / path).stat().st_size
    if held != size:
        raise Unavailable("le coffre n'a pas gardé tout ce qui lui a été donné")


def publish(store: ObjectStore, incoming: str, path: str) -> None:
    """Give an incoming object its name, unless the name is taken by the same bytes already."""
    if is_held(store, path):
        discard(store, incoming)
        return
    folder = _folder(store)
    if folder is None:
        obstore.rename(store, incoming, path)
        return
    named = folder / path
    named.parent.mkdir(mode=0o700, exist_ok=True)
    (folder / incoming).rename(named)
    _flush(named.parent)
    _flush(folder)


def discard(store: ObjectStore, path: str) -> None:
    """Remove an object, or see that it is not there."""
    with suppress(FileNotFoundError):
        obstore.delete(store, path)


def sweep(store: ObjectStore, older_than: timedelta) -> int:
    """Remove incoming objects that nobody finished, and count them."""
    limit = datetime.now(UTC) - older_than
    listed = [item for page in obstore.list(store, INCOMING) for item in page]
    left = [item["path"] for item in listed if item["last_modified"] <= limit]
    for path in left:
        discard(store, path)
    return len(left)


class _Fresh:
    """A new local file. What is written starts for the disk at once, so that the last flush is short."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        self._descriptor = os.open(path, flags, 0o600)
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


def _folder(store: ObjectStore) -> Path | None:
    return (
        Path(store.prefix) if isinstance(store, LocalStore) and store.prefix is not None else None
    )
