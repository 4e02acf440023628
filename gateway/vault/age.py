"""The age format, streamed: the one file that imports pyrage.

1. `seal` needs public keys, `unseal` private ones.
2. A failure of our own streams (a full disk, a store that went away) comes out as it was; what age says
   of the bytes comes out as `WrongKey` or `Damaged`.

pyrage holds the GIL, but reads and writes through our Python streams, which let other threads in at
every block: `workers` does it in a process of its own, docs/decisions/0006 has the figures.
"""

import io
import re
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from pyrage import DecryptError, EncryptError, RecipientError, decrypt_io, encrypt_io, x25519

from gateway.errors import GatewayError, Misconfigured
from gateway.secret import KeyPair, Secret

BLOCK, TAG, NONCE = 64 << 10, 16, 16
LONGEST_HEADER = 64 << 10
# Its length is not known beforehand: the format advises a stanza of random size among the others.
HEADER = re.compile(rb"age-encryption\.org/v1\n(?:(?!---).*\n)+--- [A-Za-z0-9+/]{43}\n")


class WrongKey(GatewayError):
    """The object is sealed for other keys than those given."""


class Damaged(GatewayError):
    """The object is not what was sealed: restore it from a copy."""


class Readable(Protocol):
    """Gives bytes, or something that becomes bytes."""

    def read(self, size: int, /) -> Any:  # noqa: ANN401 - bytes, or obstore's own
        """Give at most `size` bytes, nothing at the end."""
        ...


class Writable(Protocol):
    """Takes bytes."""

    def write(self, block: bytes, /) -> Any:  # noqa: ANN401 - files and obstore answer differently
        """Take all of `block`."""
        ...

    def flush(self) -> None:
        """Pass on what was taken."""
        ...


def seal(reader: Readable, writer: Writable, recipients: Sequence[x25519.Recipient]) -> int:
    """Seal all that `reader` gives, for the holders of these keys; give the size of what was written.

    That size is what the format implies for what was read, to the byte: nothing was skipped.
    """
    taken, given = _pass_through(encrypt_io, reader, writer, recipients)
    header = HEADER.match(given.start)
    if header is None or given.size != header.end() + payload_size(taken.size):
        raise Damaged("the seal does not have the size of what was sealed")
    return given.size


def payload_size(plain: int) -> int:
    """Bytes after the header: a nonce, then a tag for each block, one block at least."""
    return NONCE + plain + TAG * max(1, -(-plain // BLOCK))


def unseal(reader: Readable, writer: Writable, identities: Sequence[x25519.Identity]) -> None:
    """Open what `seal` wrote. What was written before a failure is authentic, but not the whole."""
    try:
        _pass_through(decrypt_io, reader, writer, identities)
    except DecryptError as error:
        # Only this sentence tells "no stanza for this key"; a bit flipped in the stanza reads the same.
        if "No matching keys" in str(error):
            raise WrongKey("sealed for another key") from None
        raise Damaged("broken header") from None
    except _BrokenBlock:
        raise Damaged("broken block") from None


def generate_identity() -> KeyPair:
    """Make an age key; its public half is its own fingerprint."""
    identity = x25519.Identity.generate()
    public = str(identity.to_public())
    return KeyPair(Secret(str(identity)), public, public)


def seal_letter(content: bytes, recipient: str) -> bytes:
    """Seal a few bytes for the holder of one key, where a database keeps them."""
    out = io.BytesIO()
    seal(io.BytesIO(content), out, parse_recipients([recipient]))
    return out.getvalue()


def open_letter(letter: bytes, identity: Secret[str]) -> bytes:
    """Open what `seal_letter` gave. Raises `WrongKey`, `Damaged`."""
    out = io.BytesIO()
    unseal(io.BytesIO(letter), out, [parse_identity(identity)])
    return out.getvalue()


def parse_recipients(recipients: Sequence[str]) -> list[x25519.Recipient]:
    """Read public keys; at least one."""
    if not recipients:
        raise Misconfigured("un coffre sans clé publique ne pourrait jamais être relu")
    try:
        return [x25519.Recipient.from_str(recipient) for recipient in recipients]
    except RecipientError:
        raise Misconfigured("clé publique age illisible") from None


def parse_identity(identity: Secret[str]) -> x25519.Identity:
    """Read a private key, without ever repeating it."""
    try:
        return x25519.Identity.from_str(identity.reveal())
    except Exception:  # noqa: BLE001 - whatever it says, it must not repeat the key
        raise Misconfigured("clé privée age illisible") from None


class _BrokenBlock(Exception):
    """A block of the payload fails its authentication."""


class _Watched:
    """A stream as pyrage likes it, whose `read` gives real bytes.

    It counts what passes, keeps the first bytes written, and remembers why it failed.
    """

    def __init__(self, stream: Any, failures: list[Exception]) -> None:  # noqa: ANN401 - four kinds of streams
        self._stream, self._failures = stream, failures
        self.size, self.start = 0, b""

    def read(self, size: int) -> bytes:
        try:
            block = bytes(self._stream.read(size))
        except Exception as error:
            self._failures.append(error)
            raise
        self.size += len(block)
        return block

    def write(self, block: bytes) -> int:
        if len(self.start) < LONGEST_HEADER:
            self.start += block[:LONGEST_HEADER]
        try:
            self._stream.write(block)
        except Exception as error:
            self._failures.append(error)
            raise
        self.size += len(block)
        return len(block)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except Exception as error:
            self._failures.append(error)
            raise


def _pass_through(
    act: Callable[..., None], reader: Readable, writer: Writable, keys: Sequence[object]
) -> tuple[_Watched, _Watched]:
    # pyrage renames the failures of our own streams (a full disk) into its own: give them back as they were.
    failures: list[Exception] = []
    taken, given = _Watched(reader, failures), _Watched(writer, failures)
    try:
        act(taken, given, keys)
    except (EncryptError, DecryptError, OSError) as error:
        if failures:
            raise failures[0] from None
        if isinstance(error, OSError):
            raise _BrokenBlock from None  # not a disk: what age says of a block that fails its tag
        raise
    return taken, given
