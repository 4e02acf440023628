"""What both sides say on a case."""

from typing import Annotated

from aiohttp import web
from msgspec import Meta, Struct

from connectors.sandbox.hubee.asked import (
    CALLER,
    answer,
    body_of,
    done,
    hub,
    partner_info,
    uuid_of,
)
from connectors.sandbox.hubee.cases import event_view
from connectors.sandbox.hubee.events import EventDeclared
from connectors.sandbox.hubee.routes.binaries import give, take
from connectors.sandbox.hubee.routes.cases import case_of


class EventMove(Struct):
    """The body of `PATCH …/events/{eventId}`."""

    status: Annotated[str, Meta(max_length=12)]


async def post(request: web.Request) -> web.Response:
    """`POST /cases/{caseId}/events`."""
    declared, case = await body_of(request, EventDeclared), case_of(request)
    caller = request[CALLER]
    event = hub(request).events.post(caller, case, declared, partner_info(request))
    return answer(event_view(event, caller.scope), 201)


async def read(request: web.Request) -> web.Response:
    """`GET /cases/{caseId}/events/{eventId}`."""
    event = hub(request).events.find(case_of(request), uuid_of(request, "eventId"))
    return answer(event_view(event, request[CALLER].scope))


async def move(request: web.Request) -> web.Response:
    """`PATCH /cases/{caseId}/events/{eventId}`."""
    wanted, event_id = await body_of(request, EventMove), uuid_of(request, "eventId")
    hub(request).events.settle_status(request[CALLER], case_of(request), event_id, wanted.status)
    return done()


async def delete(request: web.Request) -> web.Response:
    """`DELETE /cases/{caseId}/events/{eventId}`."""
    event_id = uuid_of(request, "eventId")
    hub(request).events.delete(request[CALLER], case_of(request), event_id)
    return done()


async def upload(request: web.Request) -> web.Response:
    """`PUT …/events/{eventId}/attachments/{attachmentId}`."""
    event_id, attachment_id = uuid_of(request, "eventId"), uuid_of(request, "attachmentId")
    return await take(
        request, hub(request).events.attachment(case_of(request), event_id, attachment_id)
    )


async def download(request: web.Request) -> web.StreamResponse:
    """`GET …/events/{eventId}/attachments/{attachmentId}`."""
    event_id, attachment_id = uuid_of(request, "eventId"), uuid_of(request, "attachmentId")
    return give(request, hub(request).events.readable(case_of(request), event_id, attachment_id))
