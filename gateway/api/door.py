"""The door of the API: its application, its TLS, and what goes on beside requests.

1. TLS 1.2 at least, ECDHE and AEAD only; a client certificate is asked for where an authority is set, and who
   has none may still come in: whether it needs one is its client's to say.
2. Without TLS only on loopback, where the settings say that a proxy of this machine does it.
3. Every answer says not to be sniffed, framed, cached or told to others; nothing says what serves it.
4. Beside requests: the roster is read each second, calls are written twice a second and at the end.
"""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Mapping
from typing import Final

from aiohttp import hdrs, web

from gateway.api.call import Counter, OpenOperation, Operation
from gateway.api.call_log import EVERY
from gateway.api.description import Described, operations
from gateway.api.guard import Guard, guard_of
from gateway.api.operations import OPEN, OPERATIONS, joined
from gateway.api.published_keys import PublishedKeys
from gateway.api.steps import GUARD, ID, LIMITED, name_and_mend
from gateway.errors import Misconfigured
from gateway.keyring import read_private
from gateway.settings import Settings

log = logging.getLogger(__name__)

REFRESHED_EVERY: Final = 1.0
LARGEST_BODY: Final = 64 * 1024
CIPHERS: Final = "ECDHE+AESGCM:ECDHE+CHACHA20"
HEADERS: Final[Mapping[str, str]] = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
REQUEST: Final = "Passerelle-Request"
STRICT: Final = "Strict-Transport-Security"
HSTS: Final = "max-age=63072000"


def application(
    counter: Counter,
    *,
    described: Mapping[str, Described] | None = None,
    open_operations: Mapping[str, OpenOperation] = OPEN,
    closed_operations: Mapping[str, Operation] = OPERATIONS,
    keys: PublishedKeys | None = None,
) -> web.Application:
    """The API over what it may reach; all of `openapi.json` unless told. Raises `Misconfigured`."""
    app = web.Application(middlewares=[name_and_mend], client_max_size=LARGEST_BODY)
    app[GUARD] = guard_of(counter, keys)
    for one, route in joined(described or operations(), open_operations, closed_operations):
        app.router.add_route(one.method, one.route, route)
    app.on_response_prepare.append(_sign_off)
    app.cleanup_ctx.append(_beside)
    return app


async def serve(app: web.Application, settings: Settings) -> web.AppRunner:
    """Listen where the settings say; the runner's `cleanup` stops it. Raises `Misconfigured`."""
    place = settings.main.api
    context = None if place.allow_http else tls_context(settings)
    runner = web.AppRunner(app, access_log=None, handle_signals=False)
    await runner.setup()
    try:
        await web.TCPSite(runner, place.host, place.port, ssl_context=context).start()
    except OSError:
        await runner.cleanup()
        raise Misconfigured(
            f"API : {place.host}:{place.port} ne peut être écouté ; un autre programme l'occupe ?"
        ) from None
    return runner


def tls_context(settings: Settings) -> ssl.SSLContext:
    """How we speak TLS. Raises `Misconfigured`."""
    place = settings.main.api
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    context.set_alpn_protocols(["http/1.1"])
    certificate, key = settings.path(place.certificate_file), settings.path(place.key_file)
    read_private(key)
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError):
        raise Misconfigured("[api] certificate_file et key_file ne vont pas ensemble") from None
    if place.client_ca_file:
        try:
            context.load_verify_locations(settings.path(place.client_ca_file))
        except (OSError, ssl.SSLError):
            raise Misconfigured("[api] client_ca_file illisible : des certificats en PEM") from None
        context.verify_mode = ssl.CERT_OPTIONAL
    return context


async def _sign_off(request: web.Request, response: web.StreamResponse) -> None:
    """What every answer says, streamed ones included."""
    headers = response.headers
    headers[hdrs.SERVER] = "passerelle"
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    if ID in request:
        headers[REQUEST] = request[ID]
    if LIMITED in request:
        headers.update(request.app[GUARD].clients.headers(request[LIMITED]))
    if request.secure or request.app[GUARD].counter.audience.startswith("https:"):
        headers[STRICT] = HSTS


async def _beside(app: web.Application) -> AsyncIterator[None]:
    guard = app[GUARD]
    await asyncio.to_thread(guard.roster.refresh)
    tasks = [asyncio.create_task(_refresh(guard)), asyncio.create_task(_write(guard))]
    yield
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await guard.calls.flush(everything=True)


async def _refresh(guard: Guard) -> None:
    while True:
        await asyncio.sleep(REFRESHED_EVERY)
        try:
            await asyncio.to_thread(guard.roster.refresh)
        except Exception as error:  # noqa: BLE001 - the next look may succeed; until then, `is_fresh` says no
            log.warning("the clients of the API could not be read: %s", type(error).__name__)


async def _write(guard: Guard) -> None:
    while True:
        await asyncio.sleep(EVERY)
        try:
            # Stopped half-way, it would not know what it wrote, and tell refusals twice.
            await asyncio.shield(guard.calls.flush())
            await guard.calls.tidy()
        except Exception as error:  # noqa: BLE001 - what waits is kept
            log.warning("calls of the API could not be written: %s", type(error).__name__)
