"""Sealed bytes at rest, addressed by the SHA-256 of what was put in.

Rules, in order:
1. `Vault` holds public keys only: it can write and never read. `Unsealer` holds private keys and only
   reads. A node that collects is given the first, a node that treats the second.
2. What is sealed (age format, X25519) is streamed: memory does not grow with the file.
3. An object appears whole or not at all: written under another name, flushed to the disk, renamed.
   Putting the same bytes twice keeps the first object.
4. What comes out is compared with the digest it was asked by; on any difference nothing is left in
   `out` and `Damaged` is raised. "Not our key" (`WrongKey`) and "rotten" are never the same error.
5. One vault per purpose (reception, journeys, identity, releases), each with its own keys and folder:
   the caller builds them.

Blocking: call from a thread. pyrage holds the GIL, but reads and writes through our Python streams,
which let other threads in at every block of 64 KiB (an event loop beside it waits 7 to 22 ms, measured).

The address tells somebody who already has the same bytes that we hold them too: it is metadata, kept
as private as the ledger.
"""

import hashlib
import os
import re
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import obstore
from obstore.store import LocalStore, ObjectStore
from pyrage import DecryptError, EncryptError, RecipientError, decrypt_io, encrypt_io, x25519

from gateway.errors import GatewayError, Misconfigured
from gateway.secret import KeyPair, Secret

BLOCK = 1 << 20
INCOMING = "incoming"
DIGEST = re.compile(r"[0-9a-f]{64}")


class NotHeld(GatewayError):
    """No object has this digest in this vault."""


class WrongKey(GatewayError):
    """The object is sealed for other keys than those given."""


class Damaged(GatewayError):
    """The object is not what was sealed: restore it from a copy."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A reference to sealed bytes: safe to store, to log and to send across nodes."""

    digest: str
    size: int


class Vault:
    """Seals bytes into a store for the holders of some keys. Cannot read them back."""

    def __init__(self, store: ObjectStore, recipients: Sequence[str]) -> None:
        self._store, self._recipients = store, _parse_recipients(recipients)

    def put(self, source: Path | BinaryIO) -> Sealed:
        """Seal the bytes of `source`. On return they are on the disk, under their digest."""
        if isinstance(source, Path):
            with source.open("rb") as opened:
                return self.put(opened)
        incoming = f"{INCOMING}/{secrets.token_hex(16)}"
        try:
            sealed = self._seal(source, incoming)
            self._publish(incoming, _path(sealed.digest))
        except BaseException:
            _discard(self._store, incoming)
            raise
        return sealed

    def has(self, digest: str) -> bool:
        """Whether an object stands under this digest."""
        return _size(self._store, _path(digest)) is not None

    def delete(self, digest: str) -> None:
        """Forget these bytes. Deleting twice is deleting once."""
        _discard(self._store, _path(digest))

    def sweep(self) -> int:
        """Remove what puts that were killed left behind; call at start-up, before any put."""
        left = [item["path"] for page in obstore.list(self._store, INCOMING) for item in page]
        for path in left:
            _discard(self._store, path)
        return len(left) + _sweep_unlisted(self._store)

    def _seal(self, source: BinaryIO, incoming: str) -> Sealed:
        counted = _Counted(source)
        # One part in flight: the default of twelve would hold 120 MB in memory.
        with obstore.open_writer(self._store, incoming, max_concurrency=1) as writer:
            _pass_through(encrypt_io, counted, writer, self._recipients)
        _flush(self._store, incoming)
        return Sealed(counted.digest, counted.size)

    def _publish(self, incoming: str, path: str) -> None:
        if _size(self._store, path) is not None:
            _discard(self._store, incoming)
            return
        obstore.rename(self._store, incoming, path)
        _flush(self._store, str(Path(path).parent))
        _flush(self._store, "")


class Unsealer:
    """Reads what a vault sealed. Holds private keys."""

    def __init__(self, store: ObjectStore, identities: Sequence[Secret[str]]) -> None:
        self._store = store
        self._identities = [_parse_identity(identity) for identity in identities]

    def unseal_into(self, digest: str, out: BinaryIO) -> int:
        """Write the bytes of `digest` at the place where `out` stands; return how many.

        Give a file of a workroom. Raises `NotHeld`, `WrongKey` or `Damaged`, with `out` cut back.
        """
        path = _path(digest)
        if _size(self._store, path) is None:
            raise NotHeld(f"the vault does not hold {digest[:12]}")
        start = out.tell()
        try:
            return self._unseal(path, digest, out)
        except BaseException:
            out.seek(start)
            out.truncate()
            raise

    def _unseal(self, path: str, digest: str, out: BinaryIO) -> int:
        counted = _Counted(out)
        stored = obstore.open_reader(self._store, path, buffer_size=BLOCK)
        try:
            _pass_through(decrypt_io, stored, counted, self._identities)
        except DecryptError as error:
            # age tells "no stanza for this key" by this sentence only; a flipped bit in the stanza
            # reads the same, which is why WrongKey is ours to look at too.
            if "No matching keys" in str(error):
                raise WrongKey(f"{digest[:12]} is sealed for another key") from None
            raise Damaged(f"{digest[:12]} has a broken header") from None
        except _BrokenBlock:
            raise Damaged(f"{digest[:12]} does not unseal") from None
        if counted.digest != digest:
            raise Damaged(f"{digest[:12]} holds other bytes than its name says")
        return counted.size


def open_folder(folder: Path) -> LocalStore:
    """Open the embedded default, a private folder. Any obstore store (S3) takes its place."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return LocalStore(folder)


def generate_identity() -> KeyPair:
    """Make an age key; its public half is its own fingerprint."""
    identity = x25519.Identity.generate()
    public = str(identity.to_public())
    return KeyPair(Secret(str(identity)), public, public)


class _BrokenBlock(Exception):
    """A block of the payload fails its authentication."""


class _Counted:
    """A stream that hashes and counts what passes, in either direction."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._hash, self.size = stream, hashlib.sha256(), 0

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()

    def read(self, size: int) -> bytes:
        return self._note(self._stream.read(size))

    def write(self, block: bytes) -> int:
        self._stream.write(self._note(block))
        return len(block)

    def flush(self) -> None:
        self._stream.flush()

    def _note(self, block: bytes) -> bytes:
        self._hash.update(block)
        self.size += len(block)
        return block


class _Watched:
    """A stream as pyrage likes it (`read` gives real bytes) that remembers why it failed."""

    def __init__(self, stream: Any, failures: list[Exception]) -> None:  # noqa: ANN401 - four kinds of streams
        self._stream, self._failures = stream, failures

    def read(self, size: int) -> bytes:
        return bytes(self._call("read", size))

    def write(self, block: bytes) -> int:
        self._call("write", block)
        return len(block)

    def flush(self) -> None:
        self._call("flush")

    def _call(self, verb: str, *arguments: object) -> Any:  # noqa: ANN401 - what the stream answers
        try:
            return getattr(self._stream, verb)(*arguments)
        except Exception as error:
            self._failures.append(error)
            raise


def _pass_through(
    act: Callable[..., None], reader: object, writer: object, keys: Sequence[object]
) -> None:
    # pyrage renames the failures of our own streams (a full disk) into its own: give them back as they were.
    failures: list[Exception] = []
    try:
        act(_Watched(reader, failures), _Watched(writer, failures), keys)
    except (EncryptError, DecryptError, OSError) as error:
        if failures:
            raise failures[0] from None
        if isinstance(error, OSError):
            raise _BrokenBlock from None  # not a disk: what age says of a block that fails its tag
        raise


def _parse_recipients(recipients: Sequence[str]) -> list[x25519.Recipient]:
    if not recipients:
        raise Misconfigured("un coffre sans clé publique ne pourrait jamais être relu")
    try:
        return [x25519.Recipient.from_str(recipient) for recipient in recipients]
    except RecipientError:
        raise Misconfigured("clé publique age illisible") from None


def _parse_identity(identity: Secret[str]) -> x25519.Identity:
    try:
        return x25519.Identity.from_str(identity.reveal())
    except Exception:  # noqa: BLE001 - whatever it says, it must not repeat the key
        raise Misconfigured("clé privée age illisible") from None


def _path(digest: str) -> str:
    if not DIGEST.fullmatch(digest):
        raise ValueError("a digest is 64 lower-case hexadecimal digits")
    return f"{digest[:2]}/{digest}.age"


def _size(store: ObjectStore, path: str) -> int | None:
    try:
        return obstore.head(store, path)["size"]
    except FileNotFoundError:
        return None


def _discard(store: ObjectStore, path: str) -> None:
    with suppress(FileNotFoundError):
        obstore.delete(store, path)


def _flush(store: ObjectStore, path: str) -> None:
    # obstore renames but never calls fsync (strace, 0.12.1); a remote store has nothing to flush.
    if isinstance(store, LocalStore) and store.prefix is not None:
        descriptor = os.open(Path(store.prefix) / path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _sweep_unlisted(store: ObjectStore) -> int:
    # A local upload in progress is called `name#1`, which obstore hides from its own listings.
    if not isinstance(store, LocalStore) or store.prefix is None:
        return 0
    left = list((Path(store.prefix) / INCOMING).glob("*#*"))
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)
