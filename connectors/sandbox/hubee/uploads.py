"""Bytes coming in: counted, digested, looked at by an antivirus that knows one virus, EICAR.

Each upload writes beside the place under a name of its own: two uploads of one file at once do not
mix, and one broken off leaves nothing.
"""

import hashlib
import os
import secrets
from base64 import b64encode
from dataclasses import dataclass
from types import TracebackType
from typing import BinaryIO

from connectors.sandbox.hubee.store import Store

# In two halves, so that this file is not itself quarantined by an antivirus.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}" + b"$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@dataclass(frozen=True, slots=True)
class Taken:
    """What came: its size, its SHA-256 in base64 without prefix, its first bytes, whether a virus."""

    size: int
    sha256: str
    infected: bool
    head: bytes = b""


HEAD = 512  # bytes that tell a ZIP from a text


class Upload:
    """One file being written beside its place; `keep` puts it there, leaving without it forgets it."""

    def __init__(self, store: Store, attachment_id: str) -> None:
        self._place = store.blob(attachment_id)
        self._waiting = self._place.with_suffix(f".{secrets.token_hex(8)}.writing")
        self._digest, self._size, self._infected = hashlib.sha256(), 0, False
        self._head, self._tail = b"", b""
        self._out: BinaryIO = self._waiting.open("wb")

    def __enter__(self) -> "Upload":
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._out.close()
        self._waiting.unlink(missing_ok=True)

    def write(self, chunk: bytes) -> None:
        """Take the next bytes."""
        self._out.write(chunk)
        self._digest.update(chunk)
        self._size += len(chunk)
        if len(self._head) < HEAD:
            self._head = (self._head + chunk)[:HEAD]
        window = self._tail + chunk
        self._infected = self._infected or EICAR in window
        self._tail = window[-len(EICAR) :]

    @property
    def taken(self) -> Taken:
        """What came so far."""
        digest = b64encode(self._digest.digest()).decode()
        return Taken(self._size, digest, self._infected, self._head)

    def keep(self) -> None:
        """Put the bytes in their place, once they are on the disk."""
        self._out.flush()
        os.fsync(self._out.fileno())
        self._out.close()
        self._waiting.replace(self._place)
