"""What anybody may read: is it alive, what it offers, what a refusal means. No database, nothing of anybody."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Final

from aiohttp import web

from gateway.api.call import Counter, OpenOperation
from gateway.api.description import document
from gateway.api.documentation import documentation, problem_page, style_source
from gateway.api.problems import PROBLEMS, unknown
from gateway.api.steps import GUARD

DAY: Final = "public, max-age=86400"


async def _health(request: web.Request, _counter: Counter) -> web.Response:
    is_fresh = request.app[GUARD].roster.is_fresh
    body = {"etat": "ok" if is_fresh else "degrade", "base": is_fresh}
    return web.json_response(body)


async def _openapi(_request: web.Request, _counter: Counter) -> web.Response:
    return web.Response(body=_written(), content_type="application/json")


async def _documentation(_request: web.Request, _counter: Counter) -> web.Response:
    return _page(documentation())


async def _problem(request: web.Request, _counter: Counter) -> web.Response:
    code = request.match_info["code"]
    if code not in PROBLEMS:
        raise unknown()
    return _page(problem_page(code))


@cache
def _written() -> bytes:
    return json.dumps(document(), ensure_ascii=False).encode()


def _page(text: str) -> web.Response:
    policy = (
        f"default-src 'none'; style-src {style_source()}; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    return web.Response(
        text=text,
        content_type="text/html",
        charset="utf-8",
        headers={"Content-Security-Policy": policy, "Cache-Control": DAY},
    )


OPEN_DESK: Final[Mapping[str, OpenOperation]] = {
    "getHealth": _health,
    "getOpenapi": _openapi,
    "getDocumentation": _documentation,
    "getProblem": _problem,
}
