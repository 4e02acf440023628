"""A token is asked for in many ways; production takes one."""

import json
from base64 import b64encode
from urllib.parse import quote

import pytest

from tests.foreign.line import Line
from tests.world.hubee import HubeeWorld

JSON, FORM = "Content-Type: application/json", "Content-Type: application/x-www-form-urlencoded"
GRANT = b"grant_type=client_credentials&scope=OSL"


def basic(pair: tuple[str, str]) -> str:
    return "Authorization: Basic " + b64encode(":".join(pair).encode()).decode()


TOKENS: dict[str, tuple[str, bytes, int, str]] = {
    "as documented": (FORM, GRANT, 200, ""),
    "in small letters": (FORM, GRANT.replace(b"OSL", b"osl"), 200, ""),
    "another charset": (FORM + "; charset=unheard-of", GRANT, 200, ""),
    "as JSON": (JSON, b'{"grant_type":"client_credentials","scope":"OSL"}', 400, "invalid_request"),
    "as a form of files": (
        "Content-Type: multipart/form-data; boundary=x",
        b"--x",
        400,
        "invalid_request",
    ),
    "without a type": ("", GRANT, 400, "invalid_request"),
    "empty": (FORM, b"", 400, "invalid_request"),
    "too many fields": (FORM, b"&".join([b"a=1"] * 300), 400, "invalid_request"),
    "another grant": (FORM, b"grant_type=password&scope=OSL", 400, "unsupported_grant_type"),
    "no scope": (FORM, b"grant_type=client_credentials", 400, "invalid_scope"),
    "several scopes": (FORM, GRANT + b"+SI", 400, "invalid_scope"),
    "somebody else's scope": (FORM, GRANT.replace(b"OSL", b"SI"), 400, "invalid_scope"),
    "a stranger's scope": (FORM, GRANT + b"\xff", 400, "invalid_scope"),
}


@pytest.mark.parametrize("name", TOKENS)
async def test_a_token_is_asked_for_as_production_wants_it(
    world: HubeeWorld, line: Line, name: str
) -> None:
    kind, body, status, error = TOKENS[name]
    headers = [basic(world.sandbox.publisher), *([kind] if kind else [])]
    answered = await line.ask("POST", "/oauth2/token", *headers, body=body)
    assert (answered[0], json.loads(answered[2]).get("error", "")) == (status, error)


async def test_a_credential_may_be_percent_encoded(world: HubeeWorld, line: Line) -> None:
    client_id, secret = world.sandbox.publisher
    encoded = client_id.replace("-", "%2D"), quote(secret, safe="")
    answered = await line.ask("POST", "/oauth2/token", basic(encoded), FORM, body=GRANT)
    assert answered[0] == 200


@pytest.mark.parametrize(
    "given",
    [
        "Authorization: Basic ???",
        "Authorization: Basic",
        "Authorization: Basic /////w==",
        "Authorization: ",
    ],
)
async def test_a_credential_that_cannot_be_read_opens_nothing(line: Line, given: str) -> None:
    sent = GRANT + b"&client_id=a&client_secret=b"
    status, _, content = await line.ask("POST", "/oauth2/token", given, FORM, body=sent)
    assert (status, json.loads(content)["error"]) == (401, "invalid_client")
