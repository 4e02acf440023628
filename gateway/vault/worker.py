"""What runs in a process of its own, and seals what another one receives (`workers` starts it).

Rules, in order:
1. Public keys only pass here, and clear bytes in memory alone.
2. On the socket: an errand (length on 4 bytes, JSON), then for each of its objects its bytes in pieces
   (length on 4 bytes, bytes), a piece of nothing, and its SHA-256 on 32 bytes. One answer, in the same
   way, once all of them are flushed and named.
3. The digest comes last: whoever gave the bytes and changed its mind does not send it, and nothing is
   named. A socket that closes says the same.
4. What fails is answered, its objects are removed, and the process ends: nobody guesses where the
   socket stands. What a death leaves is removed by whoever asked, or by `sweep`.
"""

import signal
import socket
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec
from pyrage import x25519

from gateway.errors import GatewayError, Misconfigured, Unavailable
from gateway.vault.age import Damaged, Readable, parse_recipients, seal
from gateway.vault.faults import answering
from gateway.vault.local import stock
from gateway.vault.storage import Stock, open_folder, path_of

LENGTH: Final = 4  # bytes, big-endian
DIGEST: Final = 32
HELD: Final = 256 << 10  # bytes taken from the socket at once
FAILURES: Final = {kind.__name__: kind for kind in (Unavailable, Misconfigured, Damaged)}


class Errand(msgspec.Struct, frozen=True):
    """Objects to seal into a folder for the holders of some keys, by the names they are written under."""

    folder: str
    recipients: Sequence[str]
    incoming: Sequence[str]


class Answer(msgspec.Struct, frozen=True):
    """All was kept; or the name and the sentence of one of `FAILURES`."""

    failure: str = ""
    sentence: str = ""


class Wire:
    """One end of the socket."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._buffer = memoryview(bytearray(HELD))
        self._held = self._buffer[:0]

    def send(self, message: bytes) -> None:
        """Send one message."""
        self._connection.sendall(len(message).to_bytes(LENGTH, "big") + message)

    def message(self) -> bytes:
        """Receive one message; nothing when the other end closed before it."""
        try:
            return self.exactly(self.length())
        except EOFError:
            return b""

    def length(self) -> int:
        """Receive a length."""
        return int.from_bytes(self.exactly(LENGTH), "big")

    def exactly(self, size: int) -> bytes:
        """Receive so many bytes. Raises `EOFError`."""
        parts = []
        while size:
            part = bytes(self.some(size))
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def some(self, most: int) -> memoryview:
        """Receive some bytes, to be used before the next are asked for. Raises `EOFError`."""
        if not self._held:
            got = self._connection.recv_into(self._buffer)
            if not got:
                raise EOFError
            self._held = self._buffer[:got]
        given, self._held = self._held[:most], self._held[most:]
        return given


class _Body:
    """The bytes of one object, as they come."""

    def __init__(self, wire: Wire) -> None:
        self._wire, self._rest, self._is_over = wire, 0, False

    def read(self, size: int) -> memoryview:
        """Give at most `size` bytes, nothing at the end."""
        if not self._rest and not self._is_over:
            self._rest = self._wire.length()
            self._is_over = not self._rest
        if self._is_over:
            return memoryview(b"")
        given = self._wire.some(min(size, self._rest))
        self._rest -= len(given)
        return given


def seal_into(
    store: Stock, incoming: str, source: Readable, recipients: Sequence[x25519.Recipient]
) -> None:
    """Seal all that `source` gives into a new object, flushed, whose size the store confirms."""
    with store.writing(incoming) as writer:
        size = seal(source, writer, recipients)
    if store.size_of(incoming) != size:
        raise Unavailable("le coffre n'a pas gardé tout ce qui lui a été donné")


def serve(connection: socket.socket) -> None:
    """Run errands until the socket closes, or one fails."""
    wire = Wire(connection)
    while asked := wire.message():
        errand = msgspec.json.decode(asked, type=Errand)
        try:
            _run(errand, wire)
        except GatewayError as error:
            wire.send(msgspec.json.encode(Answer(type(error).__name__, str(error))))
            return
        except EOFError:
            return
        wire.send(msgspec.json.encode(Answer()))


def _run(errand: Errand, wire: Wire) -> None:
    store, recipients = stock(open_folder(Path(errand.folder))), parse_recipients(errand.recipients)
    try:
        with answering():
            named = []
            for incoming in errand.incoming:
                seal_into(store, incoming, _Body(wire), recipients)
                named.append((incoming, path_of(wire.exactly(DIGEST).hex())))
            store.publish(named)
    except GatewayError:
        for incoming in errand.incoming:
            with suppress(Exception):  # what the store says now hides why
                store.discard(incoming)
        raise


def main(descriptor: int) -> None:
    """Serve this socket."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started us closes the socket
    with socket.socket(fileno=descriptor) as given:
        serve(given)
