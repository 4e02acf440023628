"""The requests the hub received, in memory: what was asked of which objects, and what was answered.

No token, no body, no header, no query. A test may hang an act before or after any of them: to kill
a process between two calls.
"""

import asyncio
import inspect
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import web

MOST = 10_000
Act = Callable[[], object]


@dataclass(slots=True)
class Line:
    """One request. `status` is None until answered, and for ever if the connection was broken."""

    number: int
    at: str
    method: str
    route: str
    ids: Mapping[str, str]
    status: int | None = field(default=None)


class Journal:
    """Numbers the requests from 1, keeps the last ones, and calls who asked to be called."""

    def __init__(self, now: Callable[[], str], most: int = MOST) -> None:
        self._now = now
        self._lines: deque[Line] = deque(maxlen=most)
        self._before: dict[int, Act] = {}
        self._done: dict[int, Act] = {}
        self._after: dict[int, Act] = {}
        self.count = 0

    def before(self, number: int, act: Act) -> None:
        """Call `act` when this request has come and nothing was done of it."""
        self._before[number] = act

    def done(self, number: int, act: Act) -> None:
        """Call `act` when this request took effect and nothing was answered yet."""
        self._done[number] = act

    def after(self, number: int, act: Act) -> None:
        """Call `act` when this request was answered and its answer sent."""
        self._after[number] = act

    def lines(self, since: int = 0) -> list[Line]:
        """Return the requests after number `since`, oldest first."""
        return [line for line in self._lines if line.number > since]

    def clear(self) -> None:
        """Forget the lines and the acts; numbers go on."""
        self._lines.clear()
        self._before.clear()
        self._done.clear()
        self._after.clear()

    async def follow(
        self, route: str, request: web.Request, answer: Callable[[], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Write the line, and call around the answer."""
        self.count += 1
        # The pattern of a path names its slashes too.
        ids = {k: v for k, v in request.match_info.items() if not k.startswith("_")}
        line = Line(self.count, self._now(), request.method, route, ids)
        self._lines.append(line)
        await _call(self._before.pop(line.number, None))
        given = await answer()
        await _call(self._done.pop(line.number, None))
        if request.transport is not None and not request.transport.is_closing():
            line.status = given.status
        act = self._after.pop(line.number, None)
        if act is not None:
            await given.prepare(request)
            await given.write_eof()
            await asyncio.sleep(0)
            await _call(act)
        return given


async def _call(act: Act | None) -> None:
    if act is None:
        return
    result = act()
    if inspect.isawaitable(result):
        await result
