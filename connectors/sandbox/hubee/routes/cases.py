"""What both sides ask about a case."""

from typing import Annotated

from aiohttp import web
from msgspec import Meta, Struct

from connectors.sandbox.hubee.asked import (
    CALLER,
    answer,
    body_of,
    check_override,
    done,
    hub,
    uuid_of,
)
from connectors.sandbox.hubee.records import Case
from connectors.sandbox.hubee.routes.binaries import give


class CaseMove(Struct):
    """The body of `PATCH /cases/{caseId}`."""

    status: Annotated[str, Meta(max_length=50)]


def case_of(request: web.Request) -> Case:
    """Return the case of the path, if the caller may see it."""
    return hub(request).cases.find(request[CALLER], uuid_of(request, "caseId"))


async def read(request: web.Request) -> web.Response:
    """`GET /cases/{caseId}`."""
    lite = request.query.get("lite") == "true"
    view = hub(request).cases.view(case_of(request), request[CALLER].scope, lite=lite)
    return answer(view)


async def move(request: web.Request) -> web.Response:
    """`PATCH /cases/{caseId}`."""
    wanted = await body_of(request, CaseMove)
    hub(request).cases.move(request[CALLER], case_of(request), wanted.status)
    return done()


async def move_by_post(request: web.Request) -> web.Response:
    """`POST /cases/{caseId}` with the override header."""
    check_override(request)
    return await move(request)


async def download(request: web.Request) -> web.StreamResponse:
    """`GET /cases/{caseId}/attachments/{attachmentId}`."""
    attachment_id = uuid_of(request, "attachmentId")
    return give(request, hub(request).cases.readable(case_of(request), attachment_id))
