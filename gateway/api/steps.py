"""What happens to one request, in order, whatever it asks for.

1. It gets a name (`Passerelle-Request`), said in every answer, refusals included.
2. Operations anybody may ask count by address. The others: address not locked, token, client, rate, network,
   scope, motive, the form of what is asked, then the operation, once per `Idempotency-Key`.
3. Each call of a known client is logged, served or refused; each refusal is told to the ledger.
4. Whatever was not foreseen is `incident`: our log has the kind of error and the place, nobody has more.
"""

import logging
import os
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final
from urllib.parse import unquote

from aiohttp import web

from gateway.api.call import TRACE, Call, OpenOperation, Operation, Trace
from gateway.api.description import JSON, Described
from gateway.api.guard import Caller, Guard
from gateway.api.once import once
from gateway.api.problems import Problem, answer, told
from gateway.api.token_desk import Denied, denied, give_token
from gateway.errors import NotAuthorised, Unavailable
from gateway.store.api_calls import Called, DatabaseAway
from gateway.store.api_clients import Client

log = logging.getLogger(__name__)

GUARD: web.AppKey[Guard] = web.AppKey("guard", Guard)
ID = web.RequestKey("id", str)
LIMITED = web.RequestKey("limited", str)
# What was refused for who asked, not for what was written.
REFUSALS: Final = frozenset(
    {
        "motif-manquant", "jeton-refuse", "assertion-refusee", "portee-insuffisante", "reseau-refuse",
        "verrouille", "droit-insuffisant", "inconnu", "retire", "trop-de-requetes", "plafond-atteint",
    }
)  # fmt: skip
MOTIVE: Final = range(3, 201)
LONGEST_MOTIVE: Final = 1800  # as it is written, percent-encoded
# A NIR, a phone number or a file number, even written with spaces, points or dashes; a date is none.
IDENTIFIER: Final = re.compile(r"\d{8}|\d(?:[ .\-]?\d){9}")
AGENT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,79}")
Route = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Given:
    """What was asked, read: path, query and headers by name, and the JSON body."""

    values: dict[str, Any]
    body: Any
    raw: bytes


GIVEN = web.RequestKey("given", Given)


def open_route(described: Described, run: OpenOperation) -> Route:
    """What serves an operation that anybody may ask."""

    async def _serve(request: web.Request) -> web.StreamResponse:
        guard = request.app[GUARD]
        address = guard.address_of(request)
        named = guard.name_of(address)
        try:
            guard.check_lock(named)
            guard.take_of_address(address)
            request[GIVEN] = await _given(described, request)
            return await run(request, guard.counter)
        except Problem as problem:
            _refused(guard, named, described, problem)
            raise

    return _serve


def token_route(described: Described) -> Route:
    """What serves the token endpoint: its refusals are OAuth's."""

    async def _serve(request: web.Request) -> web.StreamResponse:
        guard = request.app[GUARD]
        address = guard.address_of(request)
        named = guard.name_of(address)
        try:
            guard.check_open(named)
            return await give_token(guard, request, address, named)
        except Denied as refusal:
            guard.calls.refuse(refusal.who or named, described.id, refusal.why)
            return denied(refusal)
        except Problem as problem:
            _refused(guard, named, described, problem)
            raise

    return _serve


def closed_route(described: Described, run: Operation) -> Route:
    """What serves an operation of an authenticated client."""

    async def _serve(request: web.Request) -> web.StreamResponse:
        guard = request.app[GUARD]
        address = guard.address_of(request)
        named = guard.name_of(address)
        try:
            guard.check_open(named)
            caller = await guard.caller(request, address, named)
        except Problem as problem:
            _refused(guard, named, described, problem)
            raise
        if named in guard.failing:
            await guard.succeed(named)
        client, status, call = caller.member.client, 500, None
        request[LIMITED] = client.id
        try:
            call = _call(described, request, guard, caller, address)
            response = await _run(described, run, call)
            status = response.status
        except Problem as problem:
            status = problem.status
            _refused(guard, client.id, described, problem)
            raise
        finally:
            guard.calls.add(_called(request, described, client, status, call))
        return response

    return _serve


@web.middleware
async def name_and_mend(request: web.Request, handler: Route) -> web.StreamResponse:
    """Name the request; turn whatever goes wrong into a problem."""
    request[ID], request[TRACE] = os.urandom(16).hex(), Trace()
    try:
        return await handler(request)
    except ConnectionResetError:  # it hung up: nobody is there to be answered
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it is answered
        return answer(_problem_of(error, request[ID]), request[ID])


def _call(
    described: Described, request: web.Request, guard: Guard, caller: Caller, address: str
) -> Call:
    """The call, once everything about who calls was checked. Raises `Problem`."""
    client = caller.member.client
    wait = guard.clients.take(client.id)
    if wait:
        raise told("trop-de-requetes", {"Retry-After": str(int(wait) + 1)})
    if not caller.member.may_call_from(address):
        raise told("reseau-refuse")
    if described.scope not in caller.scopes:
        challenge = f'Bearer error="insufficient_scope", scope="{described.scope}"'
        raise told("portee-insuffisante", {"WWW-Authenticate": challenge})
    return Call(request, request[ID], client, motive(request), agent(request), guard.counter)


async def _run(described: Described, run: Operation, call: Call) -> web.StreamResponse:
    call.request[GIVEN] = given = await _given(described, call.request)
    if not described.repeatable:
        return await run(call)
    return await once(call, given.raw, lambda: run(call))


def motive(request: web.Request) -> str:
    """Why, as the client says it. Raises `Problem`."""
    said = _motive(request.headers.get("Passerelle-Motif", ""))
    if not said:
        raise told("motif-manquant")
    return said


@lru_cache(maxsize=1024)  # a client says the same all day
def _motive(written: str) -> str:
    """What may be kept of it; empty when nothing may."""
    try:
        said = unquote(written, errors="strict").strip()
    except UnicodeDecodeError:
        return ""
    is_told = len(written) <= LONGEST_MOTIVE and len(said) in MOTIVE and said.isprintable()
    return said if is_told and not IDENTIFIER.search(said) else ""


def agent(request: web.Request) -> str:
    """The client's own reference of whom it acts for; empty when it says none. Raises `Problem`."""
    said = request.headers.get("Passerelle-Agent")
    if said is not None and AGENT.fullmatch(said) is None:
        raise Problem(
            400,
            "requete-invalide",
            "Passerelle-Agent est une référence de 80 signes au plus, sans nom.",
        )
    return said or ""


async def _given(described: Described, request: web.Request) -> Given:
    values = described.read(request)
    if not described.kinds:
        if request.can_read_body:
            raise Problem(400, "requete-invalide", "Cette opération n'a pas de corps.")
        return Given(values, None, b"")
    if JSON not in described.kinds:
        if request.content_type not in described.kinds:
            raise told("type-refuse")
        return Given(values, None, b"")
    raw = await request.read()
    return Given(values, described.read_body(request.content_type, raw), raw)


def _refused(guard: Guard, who: str, described: Described, problem: Problem) -> None:
    if problem.code in REFUSALS:
        guard.calls.refuse(who, described.id, problem.why)


def _called(
    request: web.Request, described: Described, client: Client, status: int, call: Call | None
) -> Called:
    """`call`: what was said, read already; refused before, it is read again."""
    trace = request[TRACE]
    return Called(
        id=request[ID],
        at=datetime.now(UTC),
        client=client.id,
        siret=client.siret,
        agent=call.agent if call else _said(agent, request)[:80],
        operation=described.id,
        status=status,
        motive=call.motive if call else _said(motive, request),
        subject=trace.subject[:200],
        departement=trace.departement[:3],
        rows=trace.rows,
        bytes=trace.bytes,
    )


def _said(read: Callable[[web.Request], str], request: web.Request) -> str:
    """What was said, if it may be kept: what was refused may hold an identifier."""
    try:
        return read(request)
    except Problem:
        return ""


def _problem_of(error: Exception, request_id: str) -> Problem:
    """How what went wrong is said. What was not foreseen: a kind and a place for our log, nothing for others."""
    match error:
        case Problem():
            problem = error
        case web.HTTPException():
            problem = _of_http(error)
        case Unavailable() | DatabaseAway():
            problem = told("indisponible", {"Retry-After": "30"})
        case NotAuthorised():
            problem = told("droit-insuffisant")
        case _:
            log.error("call %s failed: %s at %s", request_id, type(error).__name__, _place(error))
            problem = told("incident")
    return problem


def _of_http(error: web.HTTPException) -> Problem:
    """What the router or the reader of bodies refused."""
    if isinstance(error, web.HTTPMethodNotAllowed):
        return told("methode-refusee", {"Allow": ", ".join(sorted(error.allowed_methods))})
    codes = {404: "inconnu", 413: "trop-gros", 415: "type-refuse"}
    if error.status in codes:
        return told(codes[error.status])
    return told("incident" if error.status >= 500 else "requete-invalide")  # noqa: PLR2004 - ours


def _place(error: BaseException) -> str:
    """Where it happened: a file and a line of code, no value."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "?"
    return f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}"
