"""Bytes in and out, streamed both ways."""

from aiohttp import web

from connectors.sandbox.hubee.answers import Problem, odd_empty_upload
from connectors.sandbox.hubee.asked import done, hub
from connectors.sandbox.hubee.records import Attachment
from connectors.sandbox.hubee.uploads import Upload
from connectors.sandbox.hubee.weighing import weigh

CHUNK = 1 << 18


async def take(request: web.Request, declared: Attachment) -> web.Response:
    """Receive one file against what was declared of it."""
    store = hub(request).store
    with Upload(store, declared.id) as upload:
        async for chunk in request.content.iter_chunked(CHUNK):
            upload.write(chunk)
        if upload.taken.size == 0:
            raise odd_empty_upload(request.path)
        weigh(store, declared, upload, request.headers.get("digest"))
    return done()


def give(request: web.Request, declared: Attachment) -> web.StreamResponse:
    """Send one file, with its digest."""
    place = hub(request).store.blob(declared.id)
    if not place.exists():
        raise Problem(404, "File is not found")
    answer = web.FileResponse(place, headers={"digest": declared.sha256 or ""})
    answer.content_type = "application/octet-stream"
    return answer
