"""Notifications and subscriptions."""

from typing import Any

from aiohttp import web

from connectors.sandbox.hubee.answers import missing
from connectors.sandbox.hubee.asked import CALLER, answer, done, hub, number_of, uuid_of
from connectors.sandbox.hubee.notifications import BATCH
from connectors.sandbox.hubee.records import Subscription


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


def _view(held: Subscription) -> dict[str, Any]:
    return {
        "id": held.id,
        "datapassId": 0,
        "processCode": held.process_code,
        "subscriber": held.subscriber,
        "accessMode": "API",
        "notificationFrequency": "Aucune",
        "creationDateTime": held.creation_date_time,
        "status": held.status,
    }


def _is_asked(request: web.Request, held: Subscription) -> bool:
    codes = request.query.getall("processCode", [])
    wanted = {
        held.status: request.query.get("status"),
        held.subscriber.company_register: request.query.get("companyRegister"),
    }
    same = all(asked in {None, value} for value, asked in wanted.items())
    return same and (not codes or held.process_code in codes)


async def subscriptions(request: web.Request) -> web.Response:
    """`GET /subscriptions`, with HubEE's own spelling of the range."""
    found = [s for s in hub(request).store.world.subscriptions.values() if _is_asked(request, s)]
    first, most = number_of(request, "offSet", 0), number_of(request, "maxResult", BATCH)
    page = found[first : first + most]
    span = f"Susbscriptions {first}-{first + len(page)}/{len(found)}"
    return answer([_view(s) for s in page], headers={"Content-Range": span})


async def subscription(request: web.Request) -> web.Response:
    """`GET /subscriptions/{subscriptionId}`."""
    held = hub(request).store.world.subscriptions.get(uuid_of(request, "subscriptionId"))
    if held is None:
        raise missing("Subscription")
    return answer(_view(held))
