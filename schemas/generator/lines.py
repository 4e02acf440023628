"""Text files written as they come: in bounded memory, and not in the order people were drawn.

A real extract is sorted by nobody we know of; shuffling inside a window of a few hundred records is
enough to forbid a reader from counting on an order common to two files.
"""

from collections.abc import Callable
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")
_WINDOW = 400


class Shuffled(Generic[T]):
    """Hands records on, shuffled inside a window."""

    def __init__(self, rng: Random, onto: Callable[[T], None]) -> None:
        self._rng, self._onto = rng, onto
        self._waiting: list[T] = []

    def put(self, record: T) -> None:
        """Take one record, which may go out later."""
        self._waiting.append(record)
        if len(self._waiting) >= _WINDOW:
            self.let_go()

    def let_go(self) -> None:
        """Hand on what is waiting; to be called once more at the end."""
        self._rng.shuffle(self._waiting)
        for record in self._waiting:
            self._onto(record)
        self._waiting.clear()
