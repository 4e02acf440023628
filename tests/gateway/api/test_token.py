"""A token is given for a right assertion, once; every trap is refused with the same words."""

import hashlib
import json
import time
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import select

from gateway.ledger.entry import Act, Entry
from gateway.ledger.log import bodies, committed_size
from gateway.store.api_clients import State, decide_state
from gateway.store.tables import API_ASSERTION
from tests.world.api import Answer, Caller, Served


async def check_refused(answer: Answer) -> None:
    assert (answer.status, answer.json["error"]) == (401, "invalid_client")
    assert answer.json["error_description"].startswith("assertion refusée")


async def told(api: Served) -> list[str]:
    """Why, as the ledger says it."""
    await api.guard.calls.flush(everything=True)
    entries = [Entry.decode(body) for body in bodies(api.engine, 0, committed_size(api.engine))]
    return [str(e.facts["why"]) for e in entries if e.act is Act.CALL_REFUSED]


@pytest.mark.parametrize("kind", ["ES256", "EdDSA"])
async def test_a_right_assertion_is_worth_a_token_of_five_minutes(api: Served, kind: str) -> None:
    key = ed25519.Ed25519PrivateKey.generate() if kind == "EdDSA" else None
    caller = api.enrol("pe-si", scopes={"releases:read", "ledger:read"}, key=key)
    answer = await caller.ask_token()
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    given = answer.json
    assert (given["token_type"], given["expires_in"]) == ("Bearer", 300)
    assert given["scope"] == "ledger:read releases:read"
    called = await caller.call("GET", "/v1/releases", token=given["access_token"])
    assert called.status == 200


async def test_a_token_may_have_fewer_scopes_never_more(api: Served) -> None:
    caller = api.enrol("pe-si", scopes={"releases:read", "ledger:read"})
    token = await caller.token(scope="ledger:read")
    called = await caller.call("GET", "/v1/releases", token=token)
    assert (called.status, called.code) == (403, "portee-insuffisante")
    more = await caller.ask_token(scope="ledger:read webhooks:write")
    assert (more.status, more.json["error"]) == (400, "invalid_scope")


async def test_an_assertion_is_used_once_and_only_its_digest_is_kept(api: Served) -> None:
    caller = api.enrol("pe-si")
    assertion = caller.assertion(jti="une-seule-fois")
    assert (await caller.ask_token(assertion)).status == 200
    await check_refused(await caller.ask_token(assertion))
    assert await told(api) == ["replayed"]
    with api.engine.begin() as connection:
        kept = connection.scalars(select(API_ASSERTION.c.jti)).all()
    assert kept == [hashlib.sha256(b"une-seule-fois").hexdigest()]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"aud": "https://ailleurs.example/v1/token"}, "audience"),
        ({"aud": ["{address}/v1/token"]}, "audience"),
        ({"aud": "{address}/v1/token/"}, "audience"),
        ({"aud": "{address}"}, "audience"),
        ({"aud": None}, "claim-missing"),
        ({"sub": "autre"}, "subject"),
        ({"sub": None}, "claim-missing"),
        ({"exp": 3600}, "too-long"),
        ({"exp": -60}, "expired"),
        ({"exp": None}, "claim-missing"),
        ({"iat": 120}, "refused"),
        ({"iat": None}, "claim-missing"),
        ({"nbf": 120}, "refused"),
        ({"jti": None}, "claim-missing"),
        ({"jti": "court"}, "jti"),
        ({"iss": "inconnu", "sub": "inconnu"}, "unknown"),
    ],
)
async def test_a_claim_that_is_not_right_is_refused(
    api: Served, changes: dict[str, Any], why: str
) -> None:
    caller = api.enrol("pe-si")
    now = int(time.time())

    def made(name: str, value: Any) -> Any:
        if name in {"exp", "iat", "nbf"} and value is not None:
            return now + value
        address = api.address
        if isinstance(value, list):
            return [each.format(address=address) for each in value]
        return value.format(address=address) if isinstance(value, str) else value

    assertion = caller.assertion(**{name: made(name, value) for name, value in changes.items()})
    await check_refused(await caller.ask_token(assertion))
    assert await told(api) == [why]


def _forged(caller: Caller, header: dict[str, Any], signature: bytes = b"") -> str:
    def part(body: bytes) -> str:
        return urlsafe_b64encode(body).decode().rstrip("=")

    return ".".join(
        [
            part(json.dumps(header).encode()),
            part(json.dumps(caller.claims()).encode()),
            part(signature),
        ]
    )


async def test_another_algorithm_than_that_of_the_key_is_refused(api: Served) -> None:
    caller = api.enrol("pe-si")
    assert isinstance(caller.key, ec.EllipticCurvePrivateKey)
    pem = caller.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    hmac_with_public = _hs256(caller, pem)
    with_rsa = caller.assertion(key=rsa.generate_private_key(65537, 2048), algorithm="RS256")
    edwards = caller.assertion(key=ed25519.Ed25519PrivateKey.generate(), algorithm="EdDSA")
    nothing = _forged(caller, {"alg": "none", "kid": caller.kid})
    for assertion in (hmac_with_public, with_rsa, edwards, nothing):
        await check_refused(await caller.ask_token(assertion))
    assert set(await told(api)) == {"algorithm"}


def _hs256(caller: Caller, secret: bytes) -> str:
    """What a library that believes the header would verify with the public key as a secret."""
    import hmac

    unsigned = _forged(caller, {"alg": "HS256", "kid": caller.kid}).rpartition(".")[0]
    mark = hmac.digest(secret, unsigned.encode(), "sha256")
    return f"{unsigned}.{urlsafe_b64encode(mark).decode().rstrip('=')}"


@pytest.mark.parametrize(
    "header",
    [
        {"jwk": {"kty": "EC"}},
        {"jku": "https://ailleurs.example/cles"},
        {"x5u": "https://ailleurs.example/c.pem"},
        {"crit": ["b64"], "b64": False},
        {"alg": 7},
    ],
)
async def test_a_header_that_says_more_is_refused(api: Served, header: dict[str, Any]) -> None:
    caller = api.enrol("pe-si")
    forged = _forged(caller, {"alg": "ES256", "kid": caller.kid, **header}, b"x" * 64)
    await check_refused(await caller.ask_token(forged))


async def test_a_key_that_is_unknown_or_another_client_s_is_refused(api: Served) -> None:
    caller, other = api.enrol("pe-si"), api.enrol("cd-si")
    await check_refused(await caller.ask_token(caller.assertion(kid="autre")))
    await check_refused(await caller.ask_token(caller.assertion(key=other.key)))
    await check_refused(await caller.ask_token(caller.assertion(key=other.key, kid=other.kid)))
    await check_refused(await caller.ask_token(client_id="cd-si"))
    assert sorted(set(await told(api))) == ["key-unknown", "signature", "unknown"]


@pytest.mark.parametrize("state", [State.SUSPENDED, State.REVOKED])
async def test_a_client_that_was_stopped_gets_no_token(api: Served, state: State) -> None:
    caller = api.enrol("pe-si")
    decide_state(api.engine, "pe-si", state, by="anne", motive="essai")
    api.guard.roster.refresh()
    await check_refused(await caller.ask_token())
    assert await told(api) == ["client"]


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"client_assertion_type": "autre"}, "invalid_request"),
        ({"client_assertion": ""}, "invalid_request"),
        ({"client_assertion": "x" * 5000}, "invalid_request"),
        ({"client_secret": "secret"}, "invalid_request"),
    ],
)
async def test_a_form_that_is_not_right_says_so(
    api: Served, form: dict[str, str], error: str
) -> None:
    answer = await api.enrol("pe-si").ask_token(**form)
    assert (answer.status, answer.json["error"]) == (400, error)


@pytest.mark.parametrize("assertion", ["a.b.c", "é.é.é", "....", "e30.e30.", "bnVsbA.W10.", "x"])
async def test_what_is_no_token_is_refused(api: Served, assertion: str) -> None:
    await check_refused(await api.enrol("pe-si").ask_token(assertion))


async def test_json_is_not_a_form(api: Served) -> None:
    answer = await api.ask("POST", "/v1/token", json={"grant_type": "client_credentials"})
    assert (answer.status, answer.code) == (415, "type-refuse")
