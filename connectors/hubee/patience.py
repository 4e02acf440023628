"""How long to wait before asking again, and how many to ask at a time.

1. Waits double, up to a limit, and are drawn at random below it: many askers do not come back at
   the same instant.
2. A hub that says how long to wait is obeyed, unless it asks for more than the limit: then this call
   gives up, and the next round asks again.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from connectors.errors import ConnectorError, Unreachable
from connectors.hubee.answers import Throttled, TimedOut

LONGEST_WAIT = 30.0
AT_ONCE = 4
SILENCES = 3

A = TypeVar("A")
T = TypeVar("T")


def asks_too_long(error: Unreachable) -> bool:
    """Whether the hub wants to be left alone for longer than one call may last."""
    return isinstance(error, Throttled) and (error.wait or 0.0) > LONGEST_WAIT


async def pause(first: float, attempt: int, after: Unreachable | None = None) -> None:
    """Wait before the next attempt."""
    drawn = min(first * 2**attempt, LONGEST_WAIT) * random.uniform(0.5, 1.0)  # noqa: S311 - not a secret
    asked = after.wait if isinstance(after, Throttled) else None
    await asyncio.sleep(max(drawn, min(asked or 0.0, LONGEST_WAIT)))


async def abreast(ask: Callable[[A], Awaitable[T]], about: Sequence[A]) -> list[T | ConnectorError]:
    """Ask the same about each, a few at a time; answers in the order asked, an error in its place.

    After a few silences in a row the rest is not asked: each would cost a whole timeout.
    """
    gate, silences = asyncio.Semaphore(AT_ONCE), 0

    async def one(thing: A) -> T | ConnectorError:
        nonlocal silences
        async with gate:
            if silences >= SILENCES:
                return TimedOut("not asked: the hub is silent")
            try:
                answer = await ask(thing)
            except ConnectorError as error:
                silences = silences + 1 if isinstance(error, TimedOut) else 0
                return error
            silences = 0
            return answer

    return list(await asyncio.gather(*(one(thing) for thing in about)))
