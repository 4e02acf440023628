"""How what is given becomes an object: sealed beside us when a worker is there, in this thread otherwise.

Rules, in order:
1. Written under a name nobody looks at, then named by its digest; whatever fails leaves nothing.
2. Into a folder of this machine, a worker does it (`workers`): what is large has one to itself, and
   small objects that end at about the same time share one errand (`Together`).
3. A bucket is written to from here: what opens it is handed to nobody.
"""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock
from typing import Final

from gateway.vault.age import parse_recipients
from gateway.vault.faults import answering
from gateway.vault.pouring import Forgotten, Pour
from gateway.vault.storage import Stock, new_incoming, path_of
from gateway.vault.worker import Errand, seal_into
from gateway.vault.workers import LARGE, MOST, PIECE, SMALL, Given, Worker

ENOUGH: Final = 4  # small objects at once for which a process is started
_AT_ONCE: Final = 32  # small objects of one errand
_THREADS: Final = ThreadPoolExecutor(MOST, "vault-small")


@dataclass(frozen=True, slots=True)
class Sealed:
    """A reference to sealed bytes: safe to store, to log and to send across nodes."""

    digest: str
    size: int


class Together:
    """Small objects on their way: what waits while an errand runs makes the next one."""

    def __init__(self, seal: "Callable[[Sequence[Pour[Sealed]]], None]") -> None:
        self._seal, self._lock = seal, Lock()
        self._waiting: deque[Pour[Sealed]] = deque()
        self._running = 0

    def add(self, pour: "Pour[Sealed]") -> None:
        """Seal this one, soon; its `sealed` tells."""
        with self._lock:
            self._waiting.append(pour)
            if self._running == MOST:
                return
            self._running += 1
        _THREADS.submit(self._run)

    def _run(self) -> None:
        while pours := self._taken():
            self._seal(pours)

    def _taken(self) -> "list[Pour[Sealed]]":
        with self._lock:
            pours = [self._waiting.popleft() for _ in range(min(_AT_ONCE, len(self._waiting)))]
            if not pours:
                self._running -= 1
            return pours


class _Whole:
    """A small object, ended, out of its pour: a forgotten one is told so, and not wanted."""

    def __init__(self, pour: "Pour[Sealed]") -> None:
        self.pour, self.size, self.digest = pour, pour.size, pour.digest
        self.is_wanted = True
        try:
            blocks = list(iter(lambda: bytes(pour.read(PIECE)), b""))
        except Forgotten as error:
            self.is_wanted, blocks = False, []
            pour.sealed.set_exception(error)
        self._left = memoryview(b"".join(blocks))

    def read(self, size: int) -> memoryview:
        """See `Given`."""
        given, self._left = self._left[:size], self._left[size:]
        return given

    def check_wanted(self) -> None:
        """See `Given`. Once taken it is kept: forgetting it must not undo the others of its errand."""


class Sealing:
    """Seals into one stock for the holders of some keys."""

    def __init__(self, stock: Stock, recipients: Sequence[str]) -> None:
        self._stock, self._names = stock, tuple(recipients)
        self._recipients = parse_recipients(recipients)
        self.seal_small = Together(self._seal_few).add if stock.folder else None

    def seal(self, pour: "Pour[Sealed]") -> Sealed:
        """Seal one object as it comes. For a thread."""
        if self._stock.folder is None:
            return self._seal_here(pour)
        with LARGE.borrowed() as worker:
            if worker is None:
                return self._seal_here(pour)
            self._seal_beside(worker, [pour])
        return Sealed(pour.digest, pour.size)

    def _seal_few(self, pours: "Sequence[Pour[Sealed]]") -> None:
        taken = [one for one in map(_Whole, pours) if one.is_wanted]
        try:
            with SMALL.borrowed(may_start=len(taken) >= ENOUGH) as worker:
                if worker is not None:
                    self._seal_beside(worker, taken)
                    for one in taken:
                        one.pour.sealed.set_result(Sealed(one.digest, one.pour.size))
                    return
        except BaseException as error:  # noqa: BLE001 - told to whoever waits, whatever it is
            for one in taken:
                one.pour.sealed.set_exception(error)
            return
        for one in taken:
            self._seal_alone(one)

    def _seal_alone(self, one: "_Whole") -> None:
        try:
            one.pour.sealed.set_result(self._seal_here(one))
        except BaseException as error:  # noqa: BLE001 - told to whoever waits, whatever it is
            one.pour.sealed.set_exception(error)

    def _seal_here(self, pour: Given) -> Sealed:
        incoming = new_incoming()
        try:
            with answering():
                seal_into(self._stock, incoming, pour, self._recipients)
                sealed = Sealed(pour.digest, pour.size)
                pour.check_wanted()
                self._stock.publish([(incoming, path_of(sealed.digest))])
        except BaseException:
            self._discard([incoming])
            raise
        return sealed

    def _seal_beside(self, worker: Worker, pours: Sequence[Given]) -> None:
        incoming = [new_incoming() for _ in pours]
        errand = Errand(str(self._stock.folder), self._names, incoming)
        try:
            worker.seal(errand, pours)
        except BaseException:
            worker.end()
            self._discard(incoming)
            raise

    def _discard(self, names: Sequence[str]) -> None:
        for incoming in names:
            with suppress(Exception):  # what the store says now hides why
                self._stock.discard(incoming)
