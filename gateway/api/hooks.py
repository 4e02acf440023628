"""The webhooks of a client: its own alone; the secret is shown when it is added, and never again."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import msgspec
from aiohttp import web

from gateway.api.answers import listed as page_listed
from gateway.api.answers import moment
from gateway.api.call import Call, Operation
from gateway.api.cursors import page_of
from gateway.api.problems import Problem, unknown
from gateway.errors import Misconfigured, NotAuthorised
from gateway.keyring import Keyring
from gateway.settings import credentials_folder
from gateway.store.registrations import Webhook, listed, register, remove


async def list_webhooks(call: Call) -> web.StreamResponse:
    """Those of the client."""
    page = page_of(call)

    def _found() -> list[Webhook]:
        with call.counter.engine.begin() as connection:
            return [*listed(connection, call.client.id)]

    after = str(page.after[0]) if page.after else ""
    found = [one for one in await asyncio.to_thread(_found) if one.id > after]
    return page_listed(found[: page.limit + 1], page, shown=_shown, key=lambda one: one.id)


async def create_webhook(call: Call) -> web.StreamResponse:
    """Add one, and show its secret this once. Raises `Problem`."""
    said = msgspec.json.decode(await call.request.read())
    settings = call.counter.settings
    ring = Keyring(settings.path(settings.main.paths.keys), credentials_folder())
    adding = partial(
        register, call.counter.engine, ring.webhook_secret, client=call.client.id, url=said["url"],
        events=said["evenements"], by=call.client.id, to_private=settings.main.api.webhooks_to_private,
    )  # fmt: skip
    try:
        made = await asyncio.to_thread(adding)
    except Misconfigured as error:
        raise Problem(422, "contenu-refuse", f"{error}.") from error
    except NotAuthorised as error:
        raise Problem(409, "conflit", f"{error}.") from error
    call.trace.subject = made.webhook.id
    return web.json_response({**_shown(made.webhook), "secret": made.secret.reveal()}, status=201)


async def delete_webhook(call: Call) -> web.StreamResponse:
    """Tell it nothing more. Raises `Problem`: another's does not exist."""
    webhook = call.request.match_info["id"]
    taking = partial(remove, call.counter.engine, webhook, by=call.client.id, client=call.client.id)
    try:
        await asyncio.to_thread(taking)
    except NotAuthorised as error:
        raise unknown() from error
    call.trace.subject = webhook
    return web.Response(status=204)


def _shown(one: Webhook) -> Mapping[str, Any]:
    return {
        "id": one.id,
        "url": one.url,
        "evenements": list(one.events),
        "etat": one.state.value,
        "echecs": one.failures,
        "depuis": moment(one.since),
    }


HOOKS: Final[Mapping[str, Operation]] = {
    "listWebhooks": list_webhooks,
    "createWebhook": create_webhook,
    "deleteWebhook": delete_webhook,
}
