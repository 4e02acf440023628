"""The loopback web door: is it alive, how many alerts are open, and what is published: ledger, contracts, rules.

The ledger is static files (C2SP tlog-tiles): checkpoint, tiles, entry bundles. The contracts are pages and
files made from them (`schemas.pages`), the rules those of each département on the day
(`gateway.doors.rule_pages`); both are looked up by path. Nothing else is served, no method but GET and HEAD, no listing, no path from the request is joined to the disk unchecked or written back.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from gateway.doors.rule_pages import Sheets, away, find, no_rules, nowhere
from gateway.errors import GatewayError, Unavailable
from gateway.ledger.served import served
from schemas.pages import Document, Site, site
from schemas.registry import Registry, ours

FOLDER = web.AppKey("folder", Path)
SITE = web.AppKey("site", Site)
SHEETS: web.AppKey[Sheets] = web.AppKey("sheets")
ALERTS: web.AppKey[Callable[[], int]] = web.AppKey("alerts")
HEADERS = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'"}
PAGE_HEADERS = HEADERS | {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}


def application(
    ledger: Path,
    alerts: Callable[[], int],
    contracts: Registry | None = None,
    sheets: Sheets = no_rules,
) -> web.Application:
    """The web door over a published ledger folder. `alerts` counts those that are open; `sheets` gives the rules."""
    app = web.Application()
    app[FOLDER], app[ALERTS], app[SHEETS] = ledger, alerts, sheets
    app[SITE] = site(contracts or ours())
    app.add_routes(
        [
            web.get("/sante", _health),
            web.get("/journal/checkpoint", _checkpoint),
            web.get("/journal/clef-publique.txt", _checkpoint),
            web.get("/journal/tile/{tile:.+}", _tile),
            web.get("/schemas", _published),
            web.get("/schemas/{path:.*}", _published),
            web.get("/regles", _rules),
            web.get("/regles.json", _rules),
            web.get("/regles/{path:.*}", _rules),
        ]
    )
    return app


async def serve(app: web.Application, host: str, port: int) -> web.AppRunner:
    """Listen; the runner's `cleanup` stops it."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    return runner


async def _health(request: web.Request) -> web.Response:
    # The process is asked, not its database: without it the number is unknown, and we are alive.
    try:
        number: int | None = await asyncio.to_thread(request.app[ALERTS])
    except Unavailable:
        number = None
    return web.json_response({"etat": "ok", "alertes": number}, headers=HEADERS)


async def _checkpoint(request: web.Request) -> web.StreamResponse:
    return _file(request, request.path.rsplit("/", 1)[-1])


async def _tile(request: web.Request) -> web.StreamResponse:
    return _file(request, f"tile/{request.match_info['tile']}")


def _file(request: web.Request, path: str) -> web.StreamResponse:
    found = served(request.app[FOLDER], path)
    if found is None:
        raise web.HTTPNotFound
    headers = HEADERS | {"Cache-Control": found.cache, "Content-Type": found.kind}
    return web.Response(body=found.body, headers=headers)


async def _published(request: web.Request) -> web.Response:
    contracts = request.app[SITE]
    found = await asyncio.to_thread(contracts.find, request.path)
    if found is None:
        missing = contracts.missing(request.path.count("/") - 1)
        return _document(missing, 404, {"Cache-Control": "no-store"})
    return _kept(request, found)


async def _rules(request: web.Request) -> web.Response:
    try:
        sheets = await asyncio.to_thread(request.app[SHEETS])
    except (
        GatewayError
    ):  # the database is away, or a version was tampered with: nothing is invented
        return _document(
            away(request.path), 503, {"Cache-Control": "no-store", "Retry-After": "60"}
        )
    found = find(sheets, request.path)
    if found is None:
        return _document(nowhere(request.path.count("/") - 1), 404, {"Cache-Control": "no-store"})
    return _kept(request, found)


def _kept(request: web.Request, found: Document) -> web.Response:
    headers = {"Cache-Control": "public, max-age=300", "ETag": f'"{found.tag}"'}
    known = {tag.value for tag in request.if_none_match or ()}
    if known & {found.tag, "*"}:
        return web.Response(status=304, headers=PAGE_HEADERS | headers)
    return _document(found, 200, headers)


def _document(document: Document, status: int, headers: dict[str, str]) -> web.Response:
    told = PAGE_HEADERS | headers | {"Content-Type": document.kind}
    return web.Response(body=document.body, status=status, headers=told)
