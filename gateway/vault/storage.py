"""Where sealed bytes rest: names, durability and leftovers on an obstore store.

An object is written as `incoming/<random>`, for its digest is known at its end only, and gets its name
once it is whole: a rename in a folder; in a bucket a copy made by the server, then a deletion (one copy
is at most 5 GB there, the limit of S3).

Any obstore store will do (`Stock`). A local folder needs more care than obstore gives it, which renames
but never calls fsync (strace, 0.12.1): its objects are written, and named, by `local.py`.
"""

import hashlib
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import obstore
from obstore.store import LocalStore, ObjectStore

from gateway.vault.age import Writable
from gateway.vault.faults import writing_well

INCOMING = "incoming"
BLOCK = 4 << 20
DIGEST = re.compile(r"[0-9a-f]{64}")
OBJECT = re.compile(r"[0-9a-f]{2}/([0-9a-f]{64})\.age")


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


class Stock:
    """The objects of one vault, in any store."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    @property
    def folder(self) -> Path | None:
        """The folder of this machine where the objects are; None elsewhere."""
        return None

    def is_held(self, path: str) -> bool:
        """Whether an object stands there, whole."""
        try:
            obstore.head(self._store, path)
        except FileNotFoundError:
            return False
        return True

    @contextmanager
    def writing(self, path: str) -> Iterator[Writable]:
        """Open a new object; it is whole, and kept, when the `with` ends without an error."""
        # One part in flight: the default of twelve would hold 120 MB in memory. Leaving by an error
        # withdraws the upload.
        with (
            writing_well(),
            obstore.open_writer(self._store, path, max_concurrency=1) as writer,
        ):
            yield writer

    def size_of(self, path: str) -> int:
        """Bytes the store holds of an object."""
        return obstore.head(self._store, path)["size"]

    def publish(self, named: Sequence[tuple[str, str]]) -> None:
        """Give incoming objects their names, unless one is taken by the same bytes already."""
        for incoming, path in named:
            if self.is_held(path):
                self.discard(incoming)
            else:
                self._rename(incoming, path)

    def discard(self, path: str) -> None:
        """Remove an object, or see that it is not there."""
        with suppress(FileNotFoundError):
            obstore.delete(self._store, path)

    def digests(self) -> Sequence[str]:
        """The digests of the whole objects that stand there."""
        named = [item["path"] for page in obstore.list(self._store) for item in page]
        found = (OBJECT.fullmatch(path) for path in named)
        return [each.group(1) for each in found if each]

    def sweep(self, older_than: timedelta) -> int:
        """Remove incoming objects that nobody finished, and count them."""
        limit = datetime.now(UTC) - older_than
        listed = [item for page in obstore.list(self._store, INCOMING) for item in page]
        left = [item["path"] for item in listed if item["last_modified"] <= limit]
        for path in left:
            self.discard(path)
        return len(left)

    def _rename(self, incoming: str, path: str) -> None:
        obstore.rename(self._store, incoming, path)
