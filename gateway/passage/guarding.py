"""Work that goes on only while its grant stands.

1. The grant is asked for before the work and then at least every second, each time compiled anew from
   the database.
2. When it no longer stands, or nobody can say that it does, the work is cancelled and waited for:
   nothing of it goes on behind the error that ends it.
3. Work that ended while the grant was asked has ended: what it did is of record, and is taken back as
   anything delivered is.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

EVERY: Final = 1.0  # seconds
_T = TypeVar("_T")


async def while_granted(
    work: Callable[[], Coroutine[Any, Any, _T]], grant: Callable[[], object], every: float = EVERY
) -> _T:
    """Do this work to its end; cancel it at the first error of `grant`, and raise that error."""
    await asyncio.to_thread(grant)
    task = asyncio.create_task(work())
    try:
        while not (await asyncio.wait({task}, timeout=every))[0]:
            await asyncio.to_thread(grant)
    except Exception:
        await _cancelled(task)
        if task.cancelled() or task.exception() is not None:
            raise
    finally:
        await _cancelled(task)
    return task.result()


async def _cancelled(task: asyncio.Task[_T]) -> None:
    """End it, however long it takes to leave no trace. What ended is left as it is."""
    task.cancel()
    await asyncio.wait({task})
