"""Failing on demand: a failure waits on a route until a request takes it.

1. Routes are called by the names of the table in `web.py` (``event.post``, ``case.download``, ...);
   ``*`` is every route the failure makes sense on.
2. Lasting failures all apply at once; of the others one is served per request, in the order given,
   on top of them.
3. Nothing is kept on disk: a restart of the hub is a hub that works.
"""

from collections.abc import Awaitable, Callable
from functools import partial

from aiohttp import web

from connectors.sandbox.hubee.failing import breaking, queueing, refusing, twisting
from connectors.sandbox.hubee.failing.kinds import FAULTS, Fault, Kind, applies
from connectors.sandbox.hubee.failing.scene import (
    ALWAYS,
    Act,
    Backstage,
    Ordered,
    Scene,
    Terms,
)

__all__ = ["ALWAYS", "FAULTS", "Backstage", "Fault", "Faults", "Kind", "Terms", "applies"]

Served = Callable[[web.Request], Awaitable[web.StreamResponse]]
EVERYWHERE = "*"
ACTS: dict[Fault, Act] = {**refusing.ACTS, **breaking.ACTS, **twisting.ACTS, **queueing.ACTS}
AS_LISTED = Terms()


class Inapplicable(ValueError):
    """This failure makes no sense on this route."""


class Faults:
    """What was ordered and not yet served."""

    def __init__(self, backstage: Backstage) -> None:
        self._backstage = backstage
        self._orders: list[Ordered] = []
        self._ghosts = queueing.Ghosts(self._orders)
        self._last = 0

    def order(self, route: str, *faults: Fault, terms: Terms = AS_LISTED) -> list[int]:
        """Make requests on this route fail so, in this order; return the numbers of the orders."""
        for fault in faults:
            if route != EVERYWHERE and not applies(fault, route):
                raise Inapplicable(f"{fault} makes no sense on {route}")
        for fault in faults:
            self._last += 1
            left = terms.left(fault)
            self._orders.append(Ordered(self._last, route, fault, terms, left, terms.skip))
        return [order.number for order in self._orders[len(self._orders) - len(faults) :]]

    def waiting(self) -> tuple[Ordered, ...]:
        """Return what is still to be served, oldest first."""
        return tuple(self._orders)

    def clear(self, number: int | None = None) -> int:
        """Forget one order, or all; return how many were forgotten."""
        gone = [o for o in self._orders if number in {None, o.number}]
        for order in gone:
            self._orders.remove(order)
        return len(gone)

    async def serve(self, route: str, request: web.Request, served: Served) -> web.StreamResponse:
        """Answer, well or as ordered."""
        ghost = self._ghosts.answer(route, request)
        if ghost is not None:
            return ghost
        go = partial(served, request)
        for order in self._taken(route, request):
            scene = Scene(route, request, order, self._backstage, go)
            go = partial(ACTS[order.fault], scene)
        return await go()

    def _taken(self, route: str, request: web.Request) -> list[Ordered]:
        """Return what this request meets: everything lasting, then at most one that is counted."""
        met = [o for o in self._orders if self._is_met(o, route, request)]
        ready: list[Ordered] = []
        for order in met:
            if order.skip:
                order.skip -= 1
            else:
                ready.append(order)
        counted = next((o for o in ready if o.left is not None), None)
        taken = [o for o in ready if o.left is None]
        if counted is not None:
            counted.left = (counted.left or 1) - 1
            if not counted.left:
                self._orders.remove(counted)
            taken.append(counted)
        for order in taken:
            order.served += 1
        return taken

    def _is_met(self, order: Ordered, route: str, request: web.Request) -> bool:
        if order.route not in {route, EVERYWHERE} or not applies(order.fault, route):
            return False
        found, terms = request.match_info, order.terms
        if terms.case is not None and terms.case != found.get("caseId"):
            return False
        # A listing names its files inside: there the failure itself looks for the attachment.
        if terms.attachment is not None and terms.attachment != found.get(
            "attachmentId", terms.attachment if route.endswith(".read") else None
        ):
            return False
        return terms.process is None or terms.process == self._process(request)

    def _process(self, request: web.Request) -> str | None:
        caller = self._backstage.caller(request)
        if caller is not None and caller.process_code is not None:
            return caller.process_code
        case = request.match_info.get("caseId")
        return self._backstage.process(case) if case else request.query.get("processCode")
