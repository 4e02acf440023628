"""Webhooks as clients of the API register them: where to tell, what, and the secret that signs it.

1. A client registers for itself alone: another's webhook answers as an unknown one.
2. The address is https, a plain one, and no address of ours or of a private network unless the settings
   allow it; what a name resolves to is looked at when it is called (`gateway.webhooks.wire`).
3. The secret is derived from a key and from the webhook's id, shown once, written nowhere.
4. Registered, stopped, in service again, removed: each is an entry in the ledger.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy import Connection, Engine, Row, func, insert, select, update

from gateway.errors import Misconfigured, NotAuthorised
from gateway.ledger.entry import Act, Entry
from gateway.ledger.log import append
from gateway.secret import Secret
from gateway.store.alerts import Alert, Level, close_alert, raise_alert
from gateway.store.database import one_writer
from gateway.store.tables import API_CLIENT, WEBHOOK, WEBHOOK_POST
from gateway.store.webhooks import TEST, Event, HookState, PostState, write_post

MOST_PER_CLIENT: Final = 10
LONGEST_URL: Final = 500
STOPPED: Final = "webhook-stopped"
# Addresses of the first networks hide an IPv4 one, private or not.
_HIDING: Final = ("64:ff9b:", "2002:", "2001:0:", "2001::")

SecretOf = Callable[[str], Secret[str]]


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where one client wants to be told, and of what. `failures`: in a row."""

    id: str
    client: str
    url: str
    events: tuple[str, ...]
    state: HookState
    failures: int
    by: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Registered:
    """A new webhook, and its secret: shown now or never."""

    webhook: Webhook
    secret: Secret[str] = field(repr=False)


def register(
    engine: Engine,
    secret_of: SecretOf,
    *,
    client: str,
    url: str,
    events: Sequence[str],
    by: str,
    to_private: bool = False,
    now: datetime | None = None,
) -> Registered:
    """Register, and write the post that tries it. Raises `Misconfigured`, `NotAuthorised`."""
    at, webhook = now or datetime.now(UTC), f"hook-{secrets.token_hex(8)}"
    wanted = _wanted(events)
    check_url(url, to_private=to_private)
    secret = secret_of(webhook)  # a key that is missing is said before anything is written
    with one_writer(engine) as connection:
        _check_client(connection, client)
        connection.execute(
            insert(WEBHOOK).values(
                id=webhook,
                client=client,
                url=url,
                events=" ".join(wanted),
                state=HookState.ACTIVE,
                failures=0,
                by=by,
                since=at,
            )
        )
        facts = {"client": client, "what": "registered", "events": " ".join(wanted)}
        append(connection, Entry(Act.WEBHOOK_CHANGED, at, webhook, actor=by, facts=facts))
        write_post(connection, webhook, TEST, webhook, at)
        return Registered(_one(connection, webhook), secret)


def listed(connection: Connection, client: str | None = None) -> Sequence[Webhook]:
    """The webhooks of one client, or all of them, those that were removed left out."""
    query = select(WEBHOOK).where(WEBHOOK.c.state != HookState.REMOVED)
    if client is not None:
        query = query.where(WEBHOOK.c.client == client)
    return [_webhook(row) for row in connection.execute(query.order_by(WEBHOOK.c.id))]


def resume(
    engine: Engine, webhook: str, *, by: str, client: str | None = None, now: datetime | None = None
) -> str:
    """Put it in service again if it was stopped, and write a post that tries it; give its id.

    Raises `NotAuthorised`.
    """
    at = now or datetime.now(UTC)
    with one_writer(engine) as connection:
        known = _found(connection, webhook, client)
        if known.state is HookState.STOPPED:
            facts = {"client": known.client, "what": "resumed"}
            append(connection, Entry(Act.WEBHOOK_CHANGED, at, webhook, actor=by, facts=facts))
        connection.execute(
            update(WEBHOOK)
            .where(WEBHOOK.c.id == webhook)
            .values(state=HookState.ACTIVE, failures=0, since=at)
        )
        post = write_post(connection, webhook, TEST, webhook, at)
    close_alert(engine, _key(known))
    return post


def remove(
    engine: Engine, webhook: str, *, by: str, client: str | None = None, now: datetime | None = None
) -> None:
    """Tell it nothing more; what waited is given up. Raises `NotAuthorised`."""
    at = now or datetime.now(UTC)
    with one_writer(engine) as connection:
        known = _found(connection, webhook, client)
        values = {"state": HookState.REMOVED, "since": at}
        connection.execute(update(WEBHOOK).where(WEBHOOK.c.id == webhook).values(values))
        connection.execute(
            update(WEBHOOK_POST)
            .where(WEBHOOK_POST.c.webhook == webhook, WEBHOOK_POST.c.state == PostState.WAITING)
            .values(state=PostState.GIVEN_UP, ended_at=at, next_at=None)
        )
        facts = {"client": known.client, "what": "removed"}
        append(connection, Entry(Act.WEBHOOK_CHANGED, at, webhook, actor=by, facts=facts))
    close_alert(engine, _key(known))


def say_stopped(engine: Engine, *, now: datetime | None = None) -> None:
    """Raise an alert for each webhook that was stopped, once each."""
    with engine.begin() as connection:
        stopped = [one for one in listed(connection) if one.state is HookState.STOPPED]
    for one in stopped:
        sentence = (
            f"le webhook {one.id} du client {one.client} est arrêté après {one.failures} échecs de "
            f"suite : prévenez ce client, puis passerelle webhook test {one.id}"
        )
        raise_alert(
            engine, Alert(_key(one), STOPPED, "", sentence, Level.WARNING), once=True, now=now
        )


def check_url(url: str, *, to_private: bool) -> None:
    """Raise `Misconfigured` unless it is an address that we may post to."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise Misconfigured("adresse de webhook illisible") from None
    plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= LONGEST_URL
    if parts.scheme != "https" or not host or port == 0 or not plain:
        raise Misconfigured(
            "l'adresse d'un webhook est en https, simple, de 500 caractères au plus"
        )
    if parts.username or parts.password or parts.fragment:
        raise Misconfigured("ni identifiant, ni secret, ni ancre dans l'adresse d'un webhook")
    if not to_private and (host == "localhost" or not is_public(host, unknown=True)):
        raise Misconfigured("un webhook n'appelle ni cette machine ni un réseau privé")


def is_public(host: str, *, unknown: bool = False) -> bool:
    """Whether this IP address is one of the Internet; `unknown` is answered for a name."""
    try:
        address: IPv4Address | IPv6Address = ip_address(host.partition("%")[0])
    except ValueError:
        return unknown
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if str(address).startswith(_HIDING):
        return False
    return address.is_global and not address.is_multicast


def _wanted(events: Sequence[str]) -> Sequence[str]:
    known = [event.value for event in Event]
    if not events or not set(events) <= set(known):
        raise Misconfigured(f"un webhook attend au moins un événement parmi {', '.join(known)}")
    return [event for event in known if event in events]


def _check_client(connection: Connection, client: str) -> None:
    if connection.scalar(select(API_CLIENT.c.id).where(API_CLIENT.c.id == client).limit(1)) is None:
        raise NotAuthorised(f"aucun client {client} de l'API")
    held = select(func.count()).where(
        WEBHOOK.c.client == client, WEBHOOK.c.state != HookState.REMOVED
    )
    if (connection.scalar(held) or 0) >= MOST_PER_CLIENT:
        raise NotAuthorised(f"{MOST_PER_CLIENT} webhooks par client au plus : retirez-en un")


def _found(connection: Connection, webhook: str, client: str | None) -> Webhook:
    known = [one for one in listed(connection, client) if one.id == webhook]
    if not known:
        raise NotAuthorised(f"aucun webhook {webhook}")
    return known[0]


def _one(connection: Connection, webhook: str) -> Webhook:
    return _webhook(connection.execute(select(WEBHOOK).where(WEBHOOK.c.id == webhook)).one())


def _key(webhook: Webhook) -> str:
    # Stopped a second time is another alert.
    return f"{STOPPED}:{webhook.id}:{webhook.since:%Y%m%dT%H%M%S}"


def _webhook(row: Row[Any]) -> Webhook:
    return Webhook(
        row.id,
        row.client,
        row.url,
        tuple(row.events.split()),
        HookState(row.state),
        row.failures,
        row.by,
        row.since,
    )
