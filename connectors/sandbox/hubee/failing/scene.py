"""What a failure is told: the request, how to do the real thing, and what was asked of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from connectors.sandbox.hubee.access import Caller
from connectors.sandbox.hubee.failing.kinds import FAULTS, Fault

ALWAYS = 0  # as `times`: until cleared


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How often, on what, and how much.

    `times`: None is what the catalogue says, `ALWAYS` is until cleared. `skip`: matching requests let
    through first. `case`, `attachment`, `process`: only those. The rest is each failure's own.
    """

    times: int | None = None
    skip: int = 0
    case: str | None = None
    attachment: str | None = None
    process: str | None = None
    delay: float | None = None
    size: int | None = None
    status: int | None = None
    retry_after: int = 1
    count: int | None = None

    def left(self, fault: Fault) -> int | None:
        """Return how many requests it takes; None for ever."""
        if self.times is not None:
            return self.times or None
        return None if FAULTS[fault].lasting else FAULTS[fault].times


@dataclass(slots=True)
class Ordered:
    """A failure waiting for its requests. `ghosts` are the notifications it invented."""

    number: int
    route: str
    fault: Fault
    terms: Terms
    left: int | None
    skip: int
    served: int = 0
    ghosts: list[str] | None = field(default=None)


@dataclass(frozen=True, slots=True)
class Backstage:
    """What failures may do to the hub itself, and ask of it."""

    end_tokens: Callable[[], None]
    blob: Callable[[str], Path]
    caller: Callable[[web.Request], Caller | None]
    process: Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Scene:
    """One request about to fail. `go` does what was asked, well."""

    route: str
    request: web.Request
    order: Ordered
    backstage: Backstage
    go: Callable[[], Awaitable[web.StreamResponse]]

    @property
    def terms(self) -> Terms:
        """What was asked of this failure."""
        return self.order.terms


Act = Callable[[Scene], Awaitable[web.StreamResponse]]
