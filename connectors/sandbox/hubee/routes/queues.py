"""Notifications."""

from aiohttp import web

from connectors.sandbox.hubee.asked import CALLER, answer, done, hub, number_of, uuid_of
from connectors.sandbox.hubee.notifications import BATCH


async def notifications(request: web.Request) -> web.Response:
    """`GET /notifications`."""
    batch = hub(request).queues.waiting(
        request[CALLER],
        number_of(request, "maxResult", BATCH),
        processes=request.query.getall("processCode", []),
        details=request.query.get("eventDetails") == "true",
    )
    return answer(batch)


async def delete_notification(request: web.Request) -> web.Response:
    """`DELETE /notifications/{notificationId}`."""
    hub(request).queues.delete(request[CALLER], uuid_of(request, "notificationId"))
    return done()
