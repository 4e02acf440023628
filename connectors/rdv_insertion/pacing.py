"""Never more than so many calls in so long, whatever the network does meanwhile.

1. One call at a time, counted when it ends: two that reach them closer than they left us cannot pass the limit.
2. Their limit is per address: whoever calls from here shares one `CallLimit`.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

CALLS, WINDOW = 5, 60.0


class CallLimit:
    """At most `calls` calls end in any `window` seconds."""

    def __init__(
        self,
        calls: int = CALLS,
        window: float = WINDOW,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._calls, self._window, self._clock, self.sleep = calls, window, clock, sleep
        self._ended: deque[float] = deque(maxlen=calls)
        self._alone = asyncio.Lock()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for one's turn, and call inside."""
        async with self._alone:
            while len(self._ended) == self._calls:
                left = self._ended[0] + self._window - self._clock()
                if left <= 0:
                    break
                await self.sleep(left)
            try:
                yield
            finally:
                self._ended.append(self._clock())
