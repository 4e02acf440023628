"""Asking twice for one thing: the same `Idempotency-Key` and the same demand give the same answer, done once.

1. A demand is its operation, its address and its body (or, of a file, the name and the digest it announces).
2. The answer is reserved before anything is done: asked for again meanwhile, it is `en-cours`.
3. Another demand under the same key is `cle-reprise`. An answer is kept 24 hours.
4. What failed on our side is forgotten: it can be asked for again.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Final

from aiohttp import web

from gateway.api.call import Call
from gateway.api.problems import KIND, Problem, body_of, told
from gateway.store.api_calls import RESERVED, Answered, reserve, settle

KEY: Final = re.compile(r"[A-Za-z0-9_-]{8,80}")
OURS: Final = 500
HEADER: Final = "Idempotency-Key"
ANNOUNCED: Final = ("Content-Digest", "Repr-Digest", "Passerelle-Fichier")


async def once(
    call: Call, body: bytes, run: Callable[[], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """The answer to this demand, made now or found again. Raises `Problem`."""
    key = call.request.headers.get(HEADER)
    if key is None:
        return await run()
    if KEY.fullmatch(key) is None:
        raise Problem(
            400,
            "requete-invalide",
            "Idempotency-Key a 8 à 80 lettres, chiffres, tirets ou soulignés.",
        )
    digest = _digest(call.request, body)
    engine, client = call.counter.engine, call.client.id
    known = await asyncio.to_thread(reserve, engine, client, key, digest)
    if known is not None:
        return _again(known, digest)
    answered: Answered | None = None
    try:
        answered, response = await _made(call, digest, run)
    finally:
        await asyncio.to_thread(settle, engine, client, key, answered)
    return response


async def _made(
    call: Call, digest: str, run: Callable[[], Awaitable[web.StreamResponse]]
) -> tuple[Answered | None, web.StreamResponse]:
    try:
        response = await run()
    except Problem as problem:
        if problem.status >= OURS or problem.status == 429:  # noqa: PLR2004 - asked too soon
            raise
        text = body_of(problem, call.id)
        kept = Answered(digest, problem.status, text)
        return kept, _response(kept, KIND)
    if not isinstance(response, web.Response) or response.status >= OURS:
        return None, response
    return Answered(digest, response.status, response.text or ""), response


def _again(known: Answered, digest: str) -> web.Response:
    if known.sha256 != digest:
        raise told("cle-reprise")
    if known.status == RESERVED:
        raise told("en-cours", {"Retry-After": "5"})
    kind = KIND if known.status >= 400 else "application/json"  # noqa: PLR2004 - a refusal
    return _response(known, kind)


def _response(answered: Answered, kind: str) -> web.Response:
    headers = {"Content-Type": kind}
    return web.Response(body=answered.body.encode(), status=answered.status, headers=headers)


def _digest(request: web.Request, body: bytes) -> str:
    announced = [request.headers.get(name, "") for name in ANNOUNCED]
    parts = [request.method, request.path_qs, *announced, sha256(body).hexdigest()]
    return sha256(json.dumps(parts).encode()).hexdigest()
