"""The desks that are open in this house: one a partner and a purpose, each with a home of its own.

1. A desk is opened by whoever needs it first, and serves everybody who names the same keys.
2. Another key, passphrase or policy under the same name is another desk: the one before serves who
   already holds it, and nobody after.
3. It is closed when nobody needed it for `idle_seconds`, when something unforeseen happened at it, and
   with the house: `close`.

Opening costs some fifty milliseconds, and once more what a passphrase costs: that is what is saved.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from gateway.errors import GatewayError, Refused
from gateway.pgp.desk import Desk, Keys

IDLE_SECONDS = 60.0


class _Place:
    """Where a desk stands, or will once its first user has opened it."""

    def __init__(self, keys: Keys) -> None:
        self.keys = keys
        self.users = 0
        self.is_last = True  # the one its name leads to
        self.free_since = time.monotonic()
        self._opening = threading.Lock()
        self._desk: Desk | None = None

    def desk(self) -> Desk:
        with self._opening:
            if self._desk is None:
                self._desk = Desk(self.keys)
            return self._desk

    def close(self) -> None:
        with self._opening:
            if self._desk is not None:
                self._desk.close()
                self._desk = None


class Desks:
    """Safe from any thread. Closed, it opens nothing more."""

    def __init__(self, *, idle_seconds: float = IDLE_SECONDS) -> None:
        self._idle = idle_seconds
        self._places: dict[str, _Place] = {}
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._watch: threading.Thread | None = None

    def __enter__(self) -> "Desks":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def at(self, keys: Keys) -> Iterator[Desk]:
        """The desk of these keys, for one piece of work. Raises what `Desk` raises."""
        place = self._take(keys)
        try:
            yield place.desk()
        except Refused:
            raise  # the message's fault, not the desk's
        except BaseException:
            self._forget(place)
            raise
        finally:
            self._leave(place)

    def rest(self, idle_seconds: float = 0.0) -> int:
        """Close the desks that nobody needed for so long; count them."""
        until = time.monotonic() - idle_seconds
        with self._lock:
            free = [p for p in self._places.values() if not p.users and p.free_since <= until]
            for place in free:
                self._drop(place)
        for place in free:
            place.close()
        return len(free)

    def close(self) -> None:
        """Close what is free now; what still serves is closed when its user leaves."""
        self._closed.set()
        self.rest()
        if self._watch is not None:
            self._watch.join()

    def _take(self, keys: Keys) -> _Place:
        with self._lock:
            if self._closed.is_set():
                raise GatewayError("the house is closed: no desk is opened any more")
            place = before = self._places.get(keys.name)
            if place is None or place.keys != keys:
                if before is not None:
                    self._drop(before)
                place = self._places[keys.name] = _Place(keys)
            place.users += 1
            if self._watch is None:
                self._watch = threading.Thread(target=self._look, name="desks", daemon=True)
                self._watch.start()
        if before is not None and before is not place and not before.users:
            before.close()
        return place

    def _leave(self, place: _Place) -> None:
        with self._lock:
            place.users -= 1
            place.free_since = time.monotonic()
            if self._closed.is_set():
                self._drop(place)
            is_over = not place.is_last and not place.users
        if is_over:
            place.close()

    def _forget(self, place: _Place) -> None:
        with self._lock:
            self._drop(place)

    def _drop(self, place: _Place) -> None:
        if place.is_last:
            place.is_last = False
            del self._places[place.keys.name]

    def _look(self) -> None:
        while not self._closed.wait(self._idle / 4):
            self.rest(self._idle)
