"""Sealed bytes at rest, addressed by the SHA-256 of what was put in.

Rules, in order:
1. `Vault` holds public keys only: it can write and never read. `Unsealer` holds private keys and only
   reads. A node that collects is given the first, a node that treats the second.
2. What is sealed (age format, X25519) is streamed: memory does not grow with the file.
3. An object appears whole or not at all: written under a name nobody looks at, its size compared with
   what its format implies, flushed to the disk, then named. Putting the same bytes twice keeps the first
   object. A process that is killed leaves an incoming object, which `sweep` removes; in a bucket it
   leaves parts that show nowhere, which a rule of the bucket must expire (AbortIncompleteMultipartUpload).
4. What comes out is compared with the digest it was asked by; on any difference nothing is left in
   `out` and `Damaged` is raised. "Not our key" (`WrongKey`) and "rotten" are never the same error.
5. One vault per purpose (reception, journeys, identity, releases), each with its own keys and folder:
   the caller builds them.

6. A store that does not answer is `Unavailable`, one that refuses us `Misconfigured`.

Blocking: call from a thread, except `receiving`, made for an event loop. `pouring` is the one way in,
`receiving` the sink over it, `sealing` the one way to seal, `workers` the processes that do it, `age` the format, `storage` the store, `local` a folder, `bucket` S3,
`faults` what a store answers when it fails.

The address tells somebody who already has the same bytes that we hold them too: it is metadata, kept
as private as the ledger.
"""

from collections.abc import Sequence
from concurrent.futures import wait
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, Final

from obstore.store import ObjectStore

from gateway.errors import GatewayError
from gateway.secret import Secret
from gateway.vault.age import (
    Damaged,
    WrongKey,
    generate_identity,
    parse_identity,
    unseal,
)
from gateway.vault.bucket import Bucket, open_bucket
from gateway.vault.faults import answering
from gateway.vault.local import stock
from gateway.vault.pouring import Pour
from gateway.vault.receiving import Receiving, receiving
from gateway.vault.sealing import Sealed, Sealing
from gateway.vault.storage import Counted, Pinned, open_folder, path_of

__all__ = [
    "Bucket",
    "Damaged",
    "NotHeld",
    "ObjectStore",
    "Receiving",
    "Sealed",
    "Unsealer",
    "Vault",
    "WrongKey",
    "generate_identity",
    "open_bucket",
    "open_folder",
]

A_DAY = timedelta(days=1)
BLOCK: Final = 1 << 20


class NotHeld(GatewayError):
    """No object has this digest in this vault."""


class Vault:
    """Seals bytes into a store for the holders of some keys. Cannot read them back."""

    def __init__(self, store: ObjectStore, recipients: Sequence[str]) -> None:
        self._stock = stock(store)
        self._sealing = Sealing(self._stock, recipients)

    def put(self, source: Path | BinaryIO) -> Sealed:
        """Seal the bytes of `source`. On return they are kept, under their digest.

        An opened source is read once, from where it stands.
        """
        if isinstance(source, Path):
            with source.open("rb") as opened:
                return self.put(opened)
        pour = Pour(self._sealing.seal, self._sealing.seal_small)
        try:
            while block := source.read(BLOCK):
                pour.give(block)
                if pour.is_full:
                    pour.room().result()
            pour.end()
            return pour.sealed.result()
        finally:
            pour.forget()
            wait([pour.sealed])

    def receiving(self) -> AbstractAsyncContextManager[Receiving]:
        """Seal what comes: `async with vault.receiving() as sink: ...; await sink.keep()`."""
        return receiving(self._sealing.seal, self._sealing.seal_small)

    def has(self, digest: str) -> bool:
        """Whether an object stands under this digest."""
        with answering():
            return self._stock.is_held(path_of(digest))

    def digests(self) -> Sequence[str]:
        """Every digest that is held, in no order."""
        with answering():
            return self._stock.digests()

    def delete(self, digest: str) -> None:
        """Forget these bytes. Deleting twice is deleting once."""
        with answering():
            self._stock.discard(path_of(digest))

    def sweep(self, *, older_than: timedelta = A_DAY) -> int:
        """Remove what killed puts left behind; another process may be putting, hence the age."""
        with answering():
            return self._stock.sweep(older_than)


class Unsealer:
    """Reads what a vault sealed. Holds private keys."""

    def __init__(self, store: ObjectStore, identities: Sequence[Secret[str]]) -> None:
        self._store = store
        self._identities = [parse_identity(identity) for identity in identities]

    def unseal_into(self, digest: str, out: BinaryIO) -> int:
        """Write the bytes of `digest` at the place where `out` stands; return how many.

        Give a file of a workroom. Raises `NotHeld`, `WrongKey` or `Damaged`, with `out` cut back.
        """
        path = path_of(digest)
        start, counted = out.tell(), Counted(out)
        try:
            with answering():
                unseal(self._pin(path), counted, self._identities)
            _check_digest(counted, digest)
        except BaseException:
            out.seek(start)
            out.truncate()
            raise
        return counted.size

    def _pin(self, path: str) -> Pinned:
        try:
            return Pinned(self._store, path)
        except FileNotFoundError:
            raise NotHeld(f"the vault does not hold {Path(path).name[:12]}") from None


def _check_digest(counted: Counted, digest: str) -> None:
    if counted.digest != digest:
        raise Damaged(f"{digest[:12]} holds other bytes than its name says")
