"""What the portal asks."""

from aiohttp import web

from connectors.sandbox.hubee.asked import CALLER, answer, body_of, done, hub
from connectors.sandbox.hubee.portal import Migration, Portal, ToPurge


async def migrate(request: web.Request) -> web.Response:
    """`PUT /cases/migrate`."""
    asked = await body_of(request, Migration)
    moved = Portal(hub(request).store).migrate(request[CALLER], asked)
    return answer({"caseUpdated": moved})


async def to_purge(request: web.Request) -> web.Response:
    """`GET /attachmentsIdsForPurge`."""
    return answer(Portal(hub(request).store).to_purge(request[CALLER]))


async def purged(request: web.Request) -> web.Response:
    """`PUT /idsPurged`."""
    told = await body_of(request, list[ToPurge])
    Portal(hub(request).store).purged(request[CALLER], told)
    return done()
