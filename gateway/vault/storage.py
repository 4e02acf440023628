"""Where sealed bytes rest: names, durability and leftovers on an obstore store.

Any obstore store will do. A local folder needs more care than obstore gives it: it renames but never
calls fsync (strace, 0.12.1), and hides unfinished uploads (`name#1`) from its own listings.
"""

import hashlib
import os
import re
import secrets
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import obstore
from obstore.store import LocalStore, ObjectStore

INCOMING = "incoming"
BLOCK = 4 << 20
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


def measure(source: BinaryIO) -> Counted:
    """Read a source to its end, for its digest and its size."""
    counted = Counted(source)
    while counted.read(BLOCK):
        pass
    return counted


def is_folder(store: ObjectStore) -> bool:
    """Whether objects are local files, which need more care than others."""
    return isinstance(store, LocalStore)


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
    try:
        obstore.head(store, path)
    except FileNotFoundError:
        return False
    return True


def publish(store: ObjectStore, incoming: str, path: str) -> None:
    """Give an incoming object its name, unless the name is taken by the same bytes already."""
    if is_held(store, path):
        discard(store, incoming)
        return
    flush(store, incoming)
    obstore.rename(store, incoming, path)
    flush(store, str(Path(path).parent))
    flush(store, "")


def discard(store: ObjectStore, path: str) -> None:
    """Remove an object, or see that it is not there."""
    with suppress(FileNotFoundError):
        obstore.delete(store, path)


def flush(store: ObjectStore, path: str) -> None:
    """Make a local file or folder survive a power cut; a remote store sees to it itself."""
    folder = _folder(store)
    if folder is None:
        return
    descriptor = os.open(folder / path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sweep(store: ObjectStore, older_than: timedelta) -> int:
    """Remove incoming objects that nobody finished, and count them."""
    limit = datetime.now(UTC) - older_than
    listed = [item for page in obstore.list(store, INCOMING) for item in page]
    left = [item["path"] for item in listed if item["last_modified"] <= limit]
    for path in left:
        discard(store, path)
    return len(left) + _sweep_unlisted(store, limit)


def _sweep_unlisted(store: ObjectStore, limit: datetime) -> int:
    folder = _folder(store)
    if folder is None:
        return 0
    left = [
        path
        for path in (folder / INCOMING).glob("*#*")
        if path.stat().st_mtime <= limit.timestamp()
    ]
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)


def _folder(store: ObjectStore) -> Path | None:
    return (
        Path(store.prefix) if isinstance(store, LocalStore) and store.prefix is not None else None
    )
