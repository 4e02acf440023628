"""Where a content goes once it is read: beside its place, counted, hashed, bounded."""

import errno
import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from gateway.errors import Refused, Unavailable
from schemas.codes import Code


class Clearing:
    """A file being filled. Past `limit` bytes nothing more is written, and `check_size` says so.

    What is too large is said only at the end, when what vouches for the content has been verified: said
    earlier, it would tell something of a content that nobody vouches for.
    """

    def __init__(self, out: BinaryIO, limit: int, digests: Iterable[str] = ()) -> None:
        self._out = out
        self._limit = limit
        self._hashes = {name: hashlib.new(name) for name in {"sha256", *digests}}
        self.size = 0

    def take(self, block: bytes | memoryview) -> None:
        """The next bytes."""
        self.size += len(block)
        for one in self._hashes.values():
            one.update(block)
        if self.size <= self._limit:
            self._out.write(block)

    def digest(self, name: str) -> bytes:
        """The digest of everything taken, by one of the functions asked for."""
        return self._hashes[name].digest()

    @property
    def sha256(self) -> str:
        """Lower-case hexadecimal digest of everything taken."""
        return self.digest("sha256").hex()

    def check_size(self) -> None:
        """Raise `Refused` when there was more than the limit."""
        if self.size > self._limit:
            raise Refused(Code.EXPANDS_TOO_MUCH)


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """A new file of a room; `Unavailable` when the place is full."""
    try:
        with path.open("xb") as out:
            yield out
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise Unavailable("plus de place pour le texte clair") from None
        raise
