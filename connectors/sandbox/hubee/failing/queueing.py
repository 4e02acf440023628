"""A queue that misbehaves: doubled, disordered, or blocked by notifications nobody can use.

A ghost is a notification the hub never queued. It takes a place of the batch, at its head, until it
is deleted or its order is cleared; its case answers 403 or 404 on every route.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import msgspec
from aiohttp import web

from connectors.sandbox.hubee.access import CNAF
from connectors.sandbox.hubee.answers import envelope, forbidden, missing
from connectors.sandbox.hubee.failing.kinds import Fault
from connectors.sandbox.hubee.failing.scene import Act, Ordered, Scene
from connectors.sandbox.hubee.failing.twisting import rewriting

BATCH = 25
LONG_AGO = "2020-01-01T00:00:00.000+00:00"
DETAILS: dict[str, Any] = {"eventActionType": None, "eventStatus": None}
GHOSTS = {
    Fault.POISON_FORBIDDEN: 1,
    Fault.POISON_MISSING: 1,
    Fault.POISON_NOWHERE: 1,
    Fault.STARVING: BATCH,
}


def _name(order: Ordered, what: str, rank: int) -> str:
    return str(uuid5(NAMESPACE_URL, f"passerelle-sandbox-ghost:{order.number}:{what}:{rank}"))


def _case(order: Ordered, rank: int) -> str | None:
    return None if order.fault is Fault.POISON_NOWHERE else _name(order, "case", rank)


def _seen(scene: Scene, rank: int) -> dict[str, Any]:
    caller = scene.backstage.caller(scene.request)
    item: dict[str, Any] = {
        "id": _name(scene.order, "item", rank),
        "recipient": msgspec.to_builtins(caller.organisation) if caller else None,
        "transmitter": msgspec.to_builtins(CNAF),
        "processCode": (caller.process_code if caller else None) or "INCONNUE",
        "caseId": _case(scene.order, rank),
        "eventId": None,
        "dateTime": LONG_AGO,
    }
    details = scene.request.query.get("eventDetails") == "true"
    return item | DETAILS if details else item


def _haunted(scene: Scene, content: Any) -> Any:  # noqa: ANN401 - JSON
    order = scene.order
    if order.ghosts is None:
        many = order.terms.count or GHOSTS[order.fault]
        order.ghosts = [_name(order, "item", rank) for rank in range(many)]
    many = order.terms.count or GHOSTS[order.fault]
    ghosts = [_seen(scene, rank) for rank in range(many)]
    most = int(scene.request.query.get("maxResult", BATCH))
    return [*(g for g in ghosts if g["id"] in order.ghosts), *content][:most]


def _doubled(_scene: Scene, content: Any) -> Any:  # noqa: ANN401 - JSON
    return [item for item in content for _ in range(2)]


def _reversed(_scene: Scene, content: Any) -> Any:  # noqa: ANN401 - JSON
    return sorted(content, key=lambda item: item["dateTime"] or "", reverse=True)


def _shuffled(scene: Scene, content: Any) -> Any:  # noqa: ANN401 - JSON
    dice = random.Random(scene.order.served)  # noqa: S311 - a reproducible disorder
    return dice.sample(content, len(content))


ACTS: Mapping[Fault, Act] = {
    Fault.DUPLICATES: rewriting(_doubled),
    Fault.REVERSED: rewriting(_reversed),
    Fault.SHUFFLED: rewriting(_shuffled),
    **dict.fromkeys(GHOSTS, rewriting(_haunted)),
}


@dataclass(frozen=True, slots=True)
class Ghosts:
    """Answers for what the orders invented, on the routes they were not ordered on."""

    orders: list[Ordered]

    def answer(self, route: str, request: web.Request) -> web.Response | None:
        """Return the hub's word on a ghost; None for anything real."""
        item, case = request.match_info.get("notificationId"), request.match_info.get("caseId")
        for order in self.orders:
            if order.ghosts is None:
                continue
            if route == "queue.delete" and item in order.ghosts:
                order.ghosts.remove(item or "")
                return web.Response(status=204)
            if case and case in self._cases(order):
                refused = order.fault is Fault.POISON_FORBIDDEN
                return envelope(forbidden() if refused else missing("Case"))
        return None

    def _cases(self, order: Ordered) -> set[str | None]:
        many = order.terms.count or GHOSTS[order.fault]
        return {_case(order, rank) for rank in range(many)}
