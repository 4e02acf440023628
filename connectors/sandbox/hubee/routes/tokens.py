"""`POST /oauth2/token`: Basic only, urlencoded only, client credentials only."""

from base64 import b64decode
from binascii import Error

from aiohttp import web

from connectors.sandbox.hubee.access import Scope
from connectors.sandbox.hubee.asked import answer, hub


def _no(status: int, error: str, description: str) -> web.Response:
    return answer({"error": error, "error_description": description}, status)


def _basic(request: web.Request) -> tuple[str, str]:
    kind, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "basic":
        return "", ""
    try:
        client_id, _, secret = b64decode(encoded, validate=True).decode().partition(":")
    except (Error, UnicodeDecodeError):
        return "", ""
    return client_id, secret


async def issue(request: web.Request) -> web.Response:
    """One token for one credential."""
    client_id, secret = _basic(request)
    caller = hub(request).gate.knock(client_id, secret)
    if caller is None:
        text = f"A valid OAuth client could not be found for client_id: {client_id}"
        return _no(401, "invalid_client", text)
    form = await request.post()
    if request.content_type != "application/x-www-form-urlencoded":
        return _no(400, "invalid_request", "Missing grant_type parameter value")
    if form.get("grant_type") != "client_credentials":
        return _no(400, "unsupported_grant_type", "Unsupported grant_type value")
    if form.get("scope") not in set(Scope) or form.get("scope") != caller.scope:
        return _no(400, "invalid_scope", "Scope not allowed")
    # Whole seconds, at least one: a shorter life is a hub that ends its tokens early.
    life = max(1, int(hub(request).gate.life.total_seconds()))
    token = hub(request).gate.issue(caller)
    return answer(
        {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": life,
            "scope": caller.scope.value,
        }
    )
