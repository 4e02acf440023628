"""Bytes on their way into the vault: hashed and sealed as they come, each in a thread of its own.

Rules, in order:
1. One hash and one seal, at the same time, over the same blocks: nothing is read or copied twice.
2. Memory is bounded: `is_full` once `PENDING` bytes wait for the slower of the two. Whoever gives then
   waits for room, so that `PENDING` bytes and one block are held at most.
3. A seal that fails is told at the next `give`; from then on it holds nothing.
4. `end` says that all was given; `forget` that nothing is to be kept.
5. Up to `SMALL` bytes no thread is started: they are hashed where they are given (a thousandth of a
   second at most), held, and sealed at the end by whoever seals small ones: the vault (`sealing`), else
   one of four threads that they share.

`digest` waits for the hash alone, never for the store: `PENDING` bytes are hashed in a hundredth of a
second, and an event loop may ask it.
"""

import hashlib
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Condition
from typing import Final, Generic, TypeVar

PENDING: Final = 4 << 20
SMALL: Final = 1 << 20
_SMALL_ONES: Final = ThreadPoolExecutor(4, "vault-small")  # more only make the event loop wait

T = TypeVar("T")


class Forgotten(Exception):
    """What was given is not wanted any more."""


class Lane:
    """Blocks given to one thread, in order: that thread alone calls `read`."""

    def __init__(self) -> None:
        self._turn, self._blocks = Condition(), deque[bytes]()
        self._block, self._taken = memoryview(b""), 0
        self._ended = self._forgotten = False
        self.pending = 0

    def give(self, block: bytes) -> None:
        """Add a block; never waits."""
        with self._turn:
            if self._ended:
                raise ValueError("what was ended takes nothing more")
            if block and not self._forgotten:
                self._blocks.append(block)
                self.pending += len(block)
                self._turn.notify_all()

    def end(self) -> None:
        """Nothing more will come."""
        with self._turn:
            self._ended = True
            self._turn.notify_all()

    def forget(self) -> None:
        """Drop everything: whoever reads gets `Forgotten`, whoever waits goes on."""
        with self._turn:
            self._forgotten = True
            self._blocks.clear()
            self.pending = self._taken = 0
            self._turn.notify_all()

    def check_wanted(self) -> None:
        """Raise `Forgotten` if it is."""
        if self._forgotten:
            raise Forgotten

    def wait_below(self, most: int) -> None:
        """Wait until at most that many bytes are pending."""
        with self._turn:
            self._turn.wait_for(lambda: self.pending <= most)

    def read(self, size: int) -> memoryview:
        """Give at most `size` bytes as soon as there are some, nothing at the end."""
        if not self._block:
            self._block = memoryview(self._next())
        given, self._block = self._block[:size], self._block[size:]
        return given

    def _next(self) -> bytes:
        with self._turn:
            self.pending -= self._taken  # the block before this one is done with
            self._taken = 0
            self._turn.notify_all()
            self._turn.wait_for(lambda: self._blocks or self._ended or self._forgotten)
            self.check_wanted()
            block = self._blocks.popleft() if self._blocks else b""
            self._taken = len(block)
            return block


class Pour(Generic[T]):
    """One object on its way. `seal` reads it to its end, in a thread, and says what it kept."""

    def __init__(
        self,
        seal: Callable[["Pour[T]"], T],
        seal_small: "Callable[[Pour[T]], None] | None" = None,
    ) -> None:
        self._hashing, self._sealing = Lane(), Lane()
        self._hash, self.size = hashlib.sha256(), 0
        self._seal, self._seal_small = seal, seal_small
        self._is_handed = False  # to a thread, or to nobody
        self._pool: ThreadPoolExecutor | None = None
        self.sealed: Future[T] = Future()
        self.sealed.set_running_or_notify_cancel()  # who waits for it may be cancelled, it is not
        self.sealed.add_done_callback(lambda _: self._sealing.forget())

    @property
    def is_full(self) -> bool:
        """Whether enough is held for now."""
        return max(self._hashing.pending, self._sealing.pending) > PENDING

    @property
    def digest(self) -> str:
        """SHA-256 of all that was given."""
        self._hashing.wait_below(0)
        return self._hash.hexdigest()

    def give(self, block: bytes) -> None:
        """Take the next bytes, without waiting. Raises why the seal failed, if it did."""
        if self.sealed.done():
            self.sealed.result()
        self._sealing.give(block)
        self.size += len(block)
        if self.size <= SMALL:
            self._hash.update(block)
        else:
            self._started()
            self._hashing.give(block)

    def room(self) -> "Future[None]":
        """Done once half of what may be held is free, or nobody seals any more."""
        return self._started().submit(self._wait_for_room)

    def read(self, size: int) -> memoryview:
        """For `seal`: at most `size` bytes, nothing at the end. Raises `Forgotten`."""
        return self._sealing.read(size)

    def check_wanted(self) -> None:
        """For `seal`, before it gives a name: raises `Forgotten`."""
        self._sealing.check_wanted()

    def end(self) -> None:
        """All was given: the seal may be closed."""
        self._hashing.end()
        self._sealing.end()
        if self._pool is not None:
            self._pool.shutdown(wait=False)
        elif not self._is_handed:
            self._is_handed = True
            if self._seal_small is not None:
                self._seal_small(self)
            else:
                _SMALL_ONES.submit(self.run)

    def forget(self) -> None:
        """Give up: a seal under way ends with `Forgotten`."""
        self._hashing.forget()
        self._sealing.forget()
        if self._pool is not None:
            self._pool.shutdown(wait=False)
        elif not self._is_handed:
            self._is_handed = True
            self.sealed.set_exception(Forgotten())

    def _started(self) -> ThreadPoolExecutor:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(3, "vault")  # hash, seal, and one who waits for room
            self._pool.submit(self._hash_all)
            self._pool.submit(self.run)
        return self._pool

    def run(self) -> None:
        """Seal, in this thread, and tell whoever waits for `sealed`."""
        try:
            sealed = self._seal(self)
        except BaseException as error:  # noqa: BLE001 - told to whoever waits, whatever it is
            self.sealed.set_exception(error)
        else:
            self.sealed.set_result(sealed)

    def _hash_all(self) -> None:
        while block := self._hashing.read(PENDING):
            self._hash.update(block)

    def _wait_for_room(self) -> None:
        self._hashing.wait_below(PENDING // 2)
        self._sealing.wait_below(PENDING // 2)
