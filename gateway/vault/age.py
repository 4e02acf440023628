"""The age format, streamed: the one file that imports pyrage.

1. `seal` needs public keys, `unseal` private ones.
2. A failure of our own streams (a full disk, a store that went away) comes out as it was; what age says
   of the bytes comes out as `WrongKey` or `Damaged`.

pyrage holds the GIL, but reads and writes through our Python streams, which let other threads in at
every block of 64 KiB (an event loop beside it waited 7 to 22 ms, measured on 200 MB).
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from pyrage import DecryptError, EncryptError, RecipientError, decrypt_io, encrypt_io, x25519

from gateway.errors import GatewayError, Misconfigured
from gateway.secret import KeyPair, Secret


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


def seal(reader: Readable, writer: Writable, recipients: Sequence[x25519.Recipient]) -> None:
    """Seal all that `reader` gives, for the holders of these keys."""
    _pass_through(encrypt_io, reader, writer, recipients)


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
