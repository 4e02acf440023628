"""What `/_sandbox/` does: failures, clock, purge, subscriptions, tokens, and the end."""

from datetime import timedelta

import msgspec
from aiohttp import web

from connectors.sandbox.hubee.admin.asking import Wrong, body_of, desk_of, said
from connectors.sandbox.hubee.admin.shapes import (
    ClockAsked,
    FaultAsked,
    PurgeAsked,
    SubscriptionAsked,
)
from connectors.sandbox.hubee.clock import stamp
from connectors.sandbox.hubee.faults import EVERYWHERE, Terms
from connectors.sandbox.hubee.web import ROUTES

LONGEST = timedelta(days=3650)
NOT_TERMS = frozenset({"fault", "route"})


async def order(request: web.Request) -> web.Response:
    """`POST /_sandbox/faults`."""
    asked = await body_of(request, FaultAsked)
    if asked.route not in {EVERYWHERE, *ROUTES}:
        raise Wrong(400, "route inconnue : /_sandbox/faults/catalogue donne les noms")
    given = {k: v for k, v in msgspec.structs.asdict(asked).items() if k not in NOT_TERMS}
    numbers = desk_of(request).sandbox.faults.order(asked.route, asked.fault, terms=Terms(**given))
    return said({"number": numbers[0]}, 201)


async def clear_faults(request: web.Request) -> web.Response:
    """`DELETE /_sandbox/faults`."""
    return said({"cleared": desk_of(request).sandbox.faults.clear()})


async def clear_fault(request: web.Request) -> web.Response:
    """`DELETE /_sandbox/faults/{number}`."""
    text = request.match_info["number"]
    number = int(text) if text.isascii() and text.isdigit() else 0
    if not number or not desk_of(request).sandbox.faults.clear(number):
        raise Wrong(404, "aucune panne de ce numéro n'attend")
    return said({"cleared": 1})


async def forget_requests(request: web.Request) -> web.Response:
    """`DELETE /_sandbox/requests`."""
    journal = desk_of(request).sandbox.journal
    journal.clear()
    return said({"count": journal.count})


async def advance(request: web.Request) -> web.Response:
    """`POST /_sandbox/clock`."""
    asked, sandbox = await body_of(request, ClockAsked), desk_of(request).sandbox
    by = timedelta(days=asked.days, hours=asked.hours, seconds=asked.seconds)
    if not timedelta(0) <= by <= LONGEST:
        raise Wrong(400, "l'heure avance seulement, de dix ans au plus")
    return said({"now": stamp(sandbox.advance(by))})


async def purge(request: web.Request) -> web.Response:
    """`POST /_sandbox/purge`."""
    asked, sandbox = await body_of(request, PurgeAsked), desk_of(request).sandbox
    if asked.case is None:
        return said({"purged": sandbox.sweep()})
    sandbox.purge(asked.case)
    return said({"purged": [asked.case]})


async def subscribe(request: web.Request) -> web.Response:
    """`POST /_sandbox/subscriptions`."""
    asked, desk = await body_of(request, SubscriptionAsked), desk_of(request)
    siret, branch = asked.siret or desk.home[0], asked.branch or desk.home[1]
    client_id, secret = desk.sandbox.subscribe(siret, branch, asked.demarche)
    found = {
        "client_id": client_id,
        "client_secret": secret,
        "scope": "SI",
        "process_code": asked.demarche,
        "organisation": {"type": "SI", "companyRegister": siret, "branchCode": branch},
    }
    return said(found, 201)


async def end_tokens(request: web.Request) -> web.Response:
    """`POST /_sandbox/tokens/end`."""
    desk_of(request).sandbox.end_tokens()
    return said({"done": True})


async def reset(request: web.Request) -> web.Response:
    """`POST /_sandbox/reset`."""
    desk_of(request).sandbox.reset()
    return said({"done": True})


async def stop(request: web.Request) -> web.Response:
    """`POST /_sandbox/stop`: who runs the sandbox stops it once this is answered."""
    desk_of(request).stopping.set()
    return said({"done": True}, 202)
