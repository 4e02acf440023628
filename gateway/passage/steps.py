"""What a passage asks of whoever makes its steps durable.

A step that finished is never done again; a step that was interrupted is done again from its start.
Steps give references only (`gateway.delivery.DURABLE`), never a person.
"""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Steps(Protocol):
    """A durable notebook of the steps of one passage."""

    async def run(self, name: str, step: Callable[[], Awaitable[T]]) -> T:
        """Do `step` unless the notebook already holds its result under this turn and `name`."""
        ...
