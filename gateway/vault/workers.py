"""Processes that seal beside us: pyrage holds the GIL, and the event loop needs it (docs/decisions/0006).

Rules, in order:
1. At most `MOST` for large objects, and as many for small ones, each with one errand at a time; they are
   kept for the next, and end with us. When all are taken, the caller seals in its own thread: a slow
   partner never makes another wait.
2. Only folders of this machine: what opens a bucket is not handed around.
3. A process that dies, or answers a failure, is replaced. A death is `Unavailable`: the bytes are still
   at their sender's. What it had begun is removed by whoever asked; what it had named is whole.
"""

import atexit
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Final, Protocol

import msgspec

from gateway.errors import Unavailable
from gateway.vault.worker import FAILURES, LENGTH, Answer, Errand, Wire

MOST: Final = 2
PIECE: Final = 1 << 20
_CODE: Final = Path(__file__).parents[2]
_MAIN: Final = "from gateway.vault.worker import main; main"
_NOTHING: Final = bytes(LENGTH)


class Given(Protocol):
    """An object on its way, see `pouring.Pour`."""

    @property
    def size(self) -> int:
        """Bytes of it."""
        ...

    @property
    def digest(self) -> str:
        """SHA-256 of it, once it was read."""
        ...

    def read(self, size: int, /) -> memoryview:
        """Give at most `size` bytes, nothing at the end."""
        ...

    def check_wanted(self) -> None:
        """Raise `Forgotten` when it is not."""
        ...


class Worker:
    """One process, and our end of its socket."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, PIECE)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", f"{_MAIN}({theirs.fileno()})"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                cwd="/",
                env={"PYTHONPATH": str(_CODE), "LC_ALL": "C.UTF-8"},
                pass_fds=(theirs.fileno(),),
                process_group=0,  # what interrupts us at a terminal lets it end its errand
            )

    @property
    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def seal(self, errand: Errand, pours: Sequence[Given]) -> None:
        """Seal and name these, in the order of the errand. Raises what the process says, or `Unavailable`.

        Raises `Forgotten` before anything gets a name.
        """
        try:
            self._send(msgspec.json.encode(errand))
            for pour in pours:
                self._give(pour)
        except OSError:
            pass  # it ended: its answer says why, or is missing
        answer = self._answer()
        if answer.failure:
            raise FAILURES.get(answer.failure, Unavailable)(answer.sentence)

    def end(self) -> None:
        """End it, whatever it is doing."""
        self._socket.close()
        self._process.kill()
        self._process.wait()

    def _send(self, message: bytes) -> None:
        self._socket.sendall(len(message).to_bytes(LENGTH, "big") + message)

    def _give(self, pour: Given) -> None:
        while block := pour.read(PIECE):
            self._socket.sendall(len(block).to_bytes(LENGTH, "big"))
            self._socket.sendall(block)
        digest = bytes.fromhex(pour.digest)
        pour.check_wanted()
        self._socket.sendall(_NOTHING + digest)

    def _answer(self) -> Answer:
        with suppress(OSError):
            if said := Wire(self._socket).message():
                return msgspec.json.decode(said, type=Answer)
        raise Unavailable("le processus qui scelle s'est arrêté : le dépôt sera repris")


class Bench:
    """Workers of one kind."""

    def __init__(self) -> None:
        self._lock, self._free, self._taken = Lock(), list[Worker](), 0

    @contextmanager
    def borrowed(self, *, may_start: bool = True) -> Iterator[Worker | None]:
        """Give one for an errand; None when all are taken, or none runs and none may start."""
        worker = self._take(may_start=may_start)
        if worker is None:
            yield None
            return
        try:
            yield worker
        except BaseException:
            worker.end()
            worker = None
            raise
        finally:
            with self._lock:
                self._taken -= 1
                if worker is not None:
                    self._free.append(worker)

    def end(self) -> None:
        """End those that wait."""
        with self._lock:
            free, self._free = self._free, []
        for worker in free:
            worker.end()

    def _take(self, *, may_start: bool) -> Worker | None:
        with self._lock:
            while self._free:
                worker = self._free.pop()
                if worker.is_alive:
                    self._taken += 1
                    return worker
                worker.end()
            if not may_start or self._taken >= MOST:
                return None
            self._taken += 1
        try:
            return Worker()
        except OSError:  # no room for a process: the thread does it
            with self._lock:
                self._taken -= 1
            return None


LARGE: Final = Bench()
SMALL: Final = Bench()


def _ended() -> None:
    LARGE.end()
    SMALL.end()


atexit.register(_ended)
