"""What a publisher asks for."""

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
from connectors.sandbox.hubee.folders import FolderDeclared
from connectors.sandbox.hubee.routes.binaries import take


class FolderMove(Struct, rename="camel"):
    """The body of `PATCH /folders/{folderId}`."""

    global_status: Annotated[str, Meta(max_length=50)]
    close_date_time: str | None = None


async def create(request: web.Request) -> web.Response:
    """`POST /folders`."""
    declared = await body_of(request, FolderDeclared)
    folder = hub(request).folders.create(request[CALLER], declared, partner_info(request))
    return answer(hub(request).folders.view(folder), 201)


async def read(request: web.Request) -> web.Response:
    """`GET /folders/{folderId}`."""
    folder = hub(request).folders.find(request[CALLER], uuid_of(request, "folderId"))
    return answer(hub(request).folders.view(folder))


async def move(request: web.Request) -> web.Response:
    """`PATCH /folders/{folderId}`."""
    wanted, folder_id = await body_of(request, FolderMove), uuid_of(request, "folderId")
    folders = hub(request).folders
    folders.settle_status(request[CALLER], folder_id, wanted.global_status, wanted.close_date_time)
    return done()


async def delete(request: web.Request) -> web.Response:
    """`DELETE /folders/{folderId}`."""
    hub(request).folders.delete(request[CALLER], uuid_of(request, "folderId"))
    return done()


async def upload(request: web.Request) -> web.Response:
    """`PUT /folders/{folderId}/attachments/{attachmentId}`."""
    folder_id, attachment_id = uuid_of(request, "folderId"), uuid_of(request, "attachmentId")
    declared = hub(request).folders.attachment(request[CALLER], folder_id, attachment_id)
    return await take(request, declared)
