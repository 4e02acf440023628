"""A clamd that lies: honest about itself and in its trial, and about the next file as a test asks.

with lying_clamd(Lie(answer=b"stream: OK", early=True)) as address: ...
"""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

PARTLY = b"stream: Heuristics.Limits.Exceeded.MaxRecursion FOUND\0"
_OURS = (b"\x1f\x8b", b"PK")  # what a client tries it with


@dataclass(frozen=True)
class Lie:
    """What is said of a file. `after`: bytes read before that, None for all; then hung up, or not."""

    answer: bytes = b"stream: OK\0"
    after: int | None = None
    hangs: bool = False
    endless: bool = False
    delay: float = 0.0
    version: bytes = b"ClamAV 1.4.6/27400/Sat Nov 21 09:00:00 2026\0"
    pong: bytes = b"PONG\0"


@dataclass
class Told:
    """What it was handed, file after file."""

    address: tuple[str, int]
    files: list[bytes] = field(default_factory=list)


@contextmanager
def lying_clamd(lie: Lie) -> Iterator[Told]:
    stopping = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        told = Told(("127.0.0.1", int(listener.getsockname()[1])))
        serving = threading.Thread(target=_serve, args=(listener, lie, told, stopping))
        serving.start()
        try:
            yield told
        finally:
            stopping.set()
            serving.join()


def _serve(listener: socket.socket, lie: Lie, told: Told, stopping: threading.Event) -> None:
    while not stopping.is_set():
        with suppress(TimeoutError):
            caller, _ = listener.accept()
            with caller, suppress(OSError):
                caller.settimeout(5)
                _answer(caller, lie, told, stopping)


def _answer(caller: socket.socket, lie: Lie, told: Told, stopping: threading.Event) -> None:
    command = b""
    while not command.endswith(b"\0"):
        command += caller.recv(1)
    if command != b"zINSTREAM\0":
        caller.sendall(lie.version if command == b"zVERSION\0" else lie.pong)
        return
    body = _file(caller, lie.after)
    if body.startswith(_OURS):
        caller.sendall(PARTLY)
        return
    told.files.append(body)
    stopping.wait(lie.delay)
    caller.sendall(lie.answer)
    while lie.endless and not stopping.is_set():
        caller.sendall(b"stream: OK " * 100)
    if lie.hangs:
        stopping.wait()


def _file(caller: socket.socket, most: int | None) -> bytes:
    """The chunks of a file, or of its beginning: what we try it with is always read whole."""
    body = b""
    while size := struct.unpack(">I", _exactly(caller, 4))[0]:
        body += _exactly(caller, size)
        if most is not None and len(body) >= most and not body.startswith(_OURS):
            break
    return body


def _exactly(caller: socket.socket, size: int) -> bytes:
    body = b""
    while len(body) < size:
        more = caller.recv(size - len(body))
        if not more:
            raise ConnectionError
        body += more
    return body
