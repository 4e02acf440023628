"""A sink over an opened file: what a fetch writes to when nothing more is asked of the bytes."""

import io
from hashlib import sha256
from typing import BinaryIO


class FileSink:
    """Writes to a seekable file, from where it stands when given."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._start = file, file.tell()
        self._size, self._digest = 0, sha256()

    @property
    def size(self) -> int:
        """See `Sink`."""
        return self._size

    @property
    def sha256(self) -> str:
        """See `Sink`."""
        return self._digest.hexdigest()

    async def write(self, chunk: bytes) -> None:
        """See `Sink`."""
        self._file.write(chunk)
        self._digest.update(chunk)
        self._size += len(chunk)

    async def restart(self) -> None:
        """See `Sink`."""
        self._file.seek(self._start, io.SEEK_SET)
        self._file.truncate()
        self._size, self._digest = 0, sha256()
