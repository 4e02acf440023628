"""`POST /v1/token`: an assertion signed by a client's key, against a token of five minutes (RFC 6749, RFC 7523).

1. Whatever is wrong with an assertion is `invalid_client`, the same words each time; why is in our ledger.
2. Nobody is asked to wait for a signature it cannot make: an address has a bucket of its own.
3. The `jti` is written before the token is given: two at once, one of them is refused.
4. A token has the scopes asked for, all those of the client by default, never one more.
"""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from gateway.api.guard import Guard, certificate_of
from gateway.api.problems import Problem, told
from gateway.api.roster import Member
from gateway.api.tokens import (
    LIFETIME,
    LONGEST,
    Assertion,
    TokenRefused,
    check_assertion,
    issuer_of,
    key_name,
)
from gateway.store.api_calls import use_assertion

FORM: Final = "application/x-www-form-urlencoded"
GRANT: Final = "client_credentials"
KIND: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
MEMBERS: Final = frozenset(
    {"grant_type", "client_assertion_type", "client_assertion", "client_id", "scope"}
)
REFUSED: Final = "assertion refusée : vérifiez clé, algorithme, iss, sub, aud, exp, iat et jti"


class Denied(Exception):
    """A refusal of OAuth (RFC 6749 §5.2). `why`: a stable word for our log alone; `who`: once known."""

    def __init__(self, error: str, says: str, why: str, who: str = "") -> None:
        super().__init__(error)
        self.error, self.says, self.why, self.who = error, says, why, who
        self.status = 401 if error == "invalid_client" else 400


async def give_token(guard: Guard, request: web.Request, address: str, named: str) -> web.Response:
    """The token this assertion is worth. Raises `Problem`, `Denied`."""
    guard.take_of_address(address)
    form = await _form(request)
    member = await _client_of(guard, request, form, address, named)
    scopes = _scopes(form.get("scope", ""), member)
    _check_bucket(guard, member)
    client = member.client
    token = guard.mint.issue(client.id, client.revision, scopes, certificate_of(member))
    if guard.failing & {named, f"client:{client.id}"}:
        await guard.succeed(named, f"client:{client.id}")
    body = {
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": LIFETIME,
        "scope": " ".join(sorted(scopes)),
    }
    return web.json_response(body, headers={"Cache-Control": "no-store"})


def denied(refusal: Denied) -> web.Response:
    """A refusal as OAuth says it."""
    body = {"error": refusal.error, "error_description": refusal.says}
    text = json.dumps(body, ensure_ascii=False)
    return web.Response(text=text, status=refusal.status, content_type="application/json")


async def _form(request: web.Request) -> Mapping[str, str]:
    if request.content_type != FORM:
        raise told("type-refuse")
    form = await request.post()
    if len(set(form)) != len(form) or not form.keys() <= MEMBERS:
        raise Denied("invalid_request", "un champ du formulaire est inconnu ou répété", "form")
    read = {name: value for name, value in form.items() if isinstance(value, str)}
    if read.get("grant_type") != GRANT:
        raise Denied("unsupported_grant_type", f"grant_type = {GRANT}", "form")
    assertion = read.get("client_assertion", "")
    if read.get("client_assertion_type") != KIND or not 0 < len(assertion) <= LONGEST:
        raise Denied(
            "invalid_request", f"client_assertion, et client_assertion_type = {KIND}", "form"
        )
    return read


async def _client_of(
    guard: Guard, request: web.Request, form: Mapping[str, str], address: str, named: str
) -> Member:
    """The client whose key signed. Raises `Denied`, `Problem`."""
    client = ""
    try:
        client = issuer_of(form["client_assertion"])
        member = guard.roster.members.get(client)
        if member is not None:
            guard.check_lock(f"client:{client}")
        member = _known(member, form.get("client_id", client), address)
        await _check_signed(guard, member, form["client_assertion"])
        _check_standing(guard, request, member)
    except TokenRefused as refused:
        known = guard.roster.members.get(client)
        keys = [named]
        if known is not None and refused.why != "network":
            keys.append(f"client:{client}")
        if refused.why != "client":
            await guard.fail(*keys)
        who = client if known is not None else ""
        raise Denied("invalid_client", REFUSED, refused.why, who) from None
    return member


def _known(member: Member | None, said: str, address: str) -> Member:
    if member is None or member.client.id != said:
        raise TokenRefused("unknown")
    if not member.may_call_from(address):
        raise TokenRefused("network")
    return member


async def _check_signed(guard: Guard, member: Member, written: str) -> None:
    key = await guard.keys.find(member.client, key_name(written))
    if key is None:
        raise TokenRefused("key-unknown")
    assertion: Assertion = check_assertion(
        written, key, client=member.client.id, audience=f"{guard.counter.audience}/v1/token"
    )
    until = datetime.fromtimestamp(assertion.expires_at, UTC)
    engine = guard.counter.engine
    if not await asyncio.to_thread(use_assertion, engine, member.client.id, assertion.jti, until):
        raise TokenRefused("replayed")


def _check_standing(guard: Guard, request: web.Request, member: Member) -> None:
    """Only once the signature is verified: who cannot sign learns nothing of a client."""
    if not member.is_active:
        raise TokenRefused("client")
    bound = certificate_of(member)
    if bound and guard.thumbprint(request) != bound:
        raise TokenRefused("certificate")


def _check_bucket(guard: Guard, member: Member) -> None:
    wait = guard.clients.take(member.client.id)
    if wait:
        raise Problem(
            429,
            "trop-de-requetes",
            "Gardez votre jeton : il vaut cinq minutes.",
            {"Retry-After": str(int(wait) + 1), **guard.clients.headers(member.client.id)},
        )


def _scopes(asked: str, member: Member) -> frozenset[str]:
    wanted = frozenset(asked.split()) or member.client.scopes
    if not wanted <= member.client.scopes:
        raise Denied(
            "invalid_scope",
            "une portée demandée n'est pas à ce client",
            "scope",
            member.client.id,
        )
    return wanted
