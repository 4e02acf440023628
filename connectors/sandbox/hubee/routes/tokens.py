"""`POST /oauth2/token`: Basic only, urlencoded only, client credentials only."""

from base64 import b64decode
from binascii import Error
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote_plus

from aiohttp import web

from connectors.sandbox.hubee.access import Caller, Scope
from connectors.sandbox.hubee.asked import answer, hub

FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 100


def _no(status: int, error: str, description: str) -> web.Response:
    return answer({"error": error, "error_description": description}, status)


def _basic(request: web.Request) -> tuple[str, str]:
    kind, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "basic":
        return "", ""
    try:
        client_id, _, secret = b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (Error, ValueError):
        return "", ""
    return client_id, secret


def _caller(request: web.Request, client_id: str, secret: str) -> Caller | None:
    """Know a credential sent as it is, or percent-encoded as RFC 6749 asks and few clients do."""
    gate = hub(request).gate
    return gate.knock(client_id, secret) or gate.knock(
        unquote_plus(client_id), unquote_plus(secret)
    )


async def _form(request: web.Request) -> Mapping[str, str]:
    if request.content_type != FORM:
        return {}
    text = (await request.read()).decode("utf-8", "replace")
    try:
        return dict(parse_qsl(text, max_num_fields=MOST_FIELDS))
    except ValueError:
        return {}


def _refusal(form: Mapping[str, str], caller: Caller) -> tuple[str, str] | None:
    if "grant_type" not in form:
        return "invalid_request", "Missing grant_type parameter value"
    if form["grant_type"] != "client_credentials":
        return "unsupported_grant_type", "Unsupported grant_type value"
    # One scope, its own. A live client writes it in small letters.
    if form.get("scope", "").upper() not in set(Scope) & {caller.scope}:
        return "invalid_scope", "Scope not allowed"
    return None


async def issue(request: web.Request) -> web.Response:
    """One token for one credential."""
    client_id, secret = _basic(request)
    caller = _caller(request, client_id, secret)
    if caller is None:
        text = f"A valid OAuth client could not be found for client_id: {client_id}"
        return _no(401, "invalid_client", text)
    refusal = _refusal(await _form(request), caller)
    if refusal is not None:
        return _no(400, *refusal)
    # Whole seconds, at least one: a shorter life is a hub that ends its tokens early.
    life = max(1, int(hub(request).gate.life.total_seconds()))
    return answer(
        {
            "access_token": hub(request).gate.issue(caller),
            "token_type": "Bearer",
            "expires_in": life,
            "scope": caller.scope.value,
        }
    )
