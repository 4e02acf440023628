"""Every operation of `openapi.json` × every kind of client: only the right one reaches a function.

The matrix is made from the file: an operation added to it is in the matrix.
"""

import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.api.description import Described, operations
from gateway.store.api_clients import State, decide_state
from tests.world.api import MOTIVE, Answer, Caller, Served, served

CLOSED = [one for one in operations().values() if one.scope is not None]
OPEN = [one for one in operations().values() if one.scope is None]
PLACES = {
    "id": "inconnu-00",
    "flow": "pe-parcours",
    "path": "0/000",
    "code": "inconnu",
    "name": "ART.json",
}
BODIES: Mapping[str, object] = {
    "acknowledgeRelease": {"etat": "integree"},
    "createWebhook": {"url": "https://pe.example.fr/hook", "evenements": ["release.available"]},
}
EMPTY = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="


@dataclass(frozen=True)
class Kind:
    """One kind of client: what it presents, and what it is answered."""

    name: str
    status: int
    code: str


KINDS = [
    Kind("no token", 401, "jeton-refuse"),
    Kind("garbage", 401, "jeton-refuse"),
    Kind("basic", 401, "jeton-refuse"),
    Kind("an assertion", 401, "jeton-refuse"),
    Kind("another audience", 401, "jeton-refuse"),
    Kind("another issuer", 401, "jeton-refuse"),
    Kind("expired", 401, "jeton-refuse"),
    Kind("signed by another key", 401, "jeton-refuse"),
    Kind("algorithm none", 401, "jeton-refuse"),
    Kind("not an access token", 401, "jeton-refuse"),
    Kind("revoked", 401, "jeton-refuse"),
    Kind("suspended", 401, "jeton-refuse"),
    Kind("changed since", 401, "jeton-refuse"),
    Kind("unknown client", 401, "jeton-refuse"),
    Kind("another scope", 403, "portee-insuffisante"),
    Kind("another network", 403, "reseau-refuse"),
    Kind("no motive", 400, "motif-manquant"),
    Kind("a motive with a number", 400, "motif-manquant"),
]


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Served]:
    async with served(tmp_path, per_minute=100_000) as here:
        yield here


async def ask(
    api: Served, one: Described, token: str = "", headers: Mapping[str, str] | None = None
) -> Answer:
    """The operation, asked as its description says."""
    how: dict[str, object] = {}
    said = {"Passerelle-Motif": MOTIVE} | dict(headers or {})
    if token:
        said.setdefault("Authorization", f"Bearer {token}")
    if one.id == "uploadDelivery":
        said |= {
            "Content-Type": "application/octet-stream",
            "Content-Digest": f"sha-256=:{EMPTY}:",
            "Passerelle-Fichier": "PE_08.xml.gpg",
        }
    elif one.id in BODIES:
        how["json"] = BODIES[one.id]
    path = one.path.format(**PLACES)
    return await api.ask(one.method, path, headers=said, **how)


def forged(
    api: Served, caller: Caller, key: object, algorithm: str = "ES256", **changes: object
) -> str:
    now = int(time.time())
    right = {
        "iss": api.address, "aud": api.address, "sub": caller.id, "client_id": caller.id, "rev": 1,
        "scope": "x", "iat": now, "exp": now + 300, "jti": "0" * 32,
    }  # fmt: skip
    headers = {"typ": "at+jwt", "kid": api.guard.mint.kid}
    kind = changes.pop("typ", None)
    if kind:
        headers["typ"] = str(kind)
    return jwt.encode(right | changes, key, algorithm, headers=headers)  # type: ignore[arg-type]


async def token_of(kind: str, api: Served, caller: Caller, scope: str) -> str:
    """What a client of this kind presents."""
    ours = api.guard.mint._private
    right = api.guard.mint.issue(caller.id, 1, frozenset({scope}), "")
    made: dict[str, Callable[[], str]] = {
        "no token": lambda: "",
        "garbage": lambda: "a.b.c",
        "an assertion": caller.assertion,
        "another audience": lambda: forged(api, caller, ours, aud="https://ailleurs.example"),
        "another issuer": lambda: forged(api, caller, ours, iss="https://ailleurs.example"),
        "expired": lambda: forged(api, caller, ours, exp=int(time.time()) - 1),
        "signed by another key": lambda: forged(
            api, caller, ec.generate_private_key(ec.SECP256R1())
        ),
        "algorithm none": lambda: forged(api, caller, None, "none"),
        "not an access token": lambda: forged(api, caller, ours, typ="JWT"),
        "unknown client": lambda: forged(api, caller, ours, sub="inconnu"),
        "another scope": lambda: api.guard.mint.issue(
            caller.id, 1, frozenset({one.scope or "" for one in CLOSED} - {scope}), ""
        ),
    }
    return made.get(kind, lambda: right)()


async def become(kind: str, api: Served, caller: Caller) -> None:
    """What happened to the client since its token."""
    states = {"revoked": State.REVOKED, "suspended": State.SUSPENDED}
    if kind in states:
        decide_state(api.engine, caller.id, states[kind], by="anne", motive="essai")
        api.guard.roster.refresh()
    if kind == "changed since":
        api.change(replace(api.client(caller.id), networks=("127.0.0.0/8",)))


def headers_of(kind: str) -> dict[str, str]:
    return {
        "basic": {"Authorization": "Basic cGU6c2VjcmV0"},
        "no motive": {"Passerelle-Motif": ""},
        "a motive with a number": {"Passerelle-Motif": "dossier 2 69 05 49 588 157"},
    }.get(kind, {})


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_only_the_right_client_reaches_a_function(api: Served, kind: Kind) -> None:
    networks = ("192.0.2.0/24",) if kind.name == "another network" else ()
    caller = api.enrol("pe-si", networks=networks)
    before = {one.id: await token_of(kind.name, api, caller, one.scope or "") for one in CLOSED}
    await become(kind.name, api, caller)
    for one in CLOSED:
        api.forgive()  # the lock-out has its own tests
        answer = await ask(api, one, before[one.id], headers_of(kind.name))
        assert (one.id, answer.status, answer.code) == (one.id, kind.status, kind.code)
        assert answer.headers["Passerelle-Request"] in answer.json["instance"]
    assert api.reached.names == []


@pytest.mark.parametrize("one", CLOSED, ids=lambda one: one.id)
async def test_the_right_client_reaches_it(api: Served, one: Described) -> None:
    caller = api.enrol("pe-si", scopes={one.scope or ""}, networks=("127.0.0.0/8",))
    answer = await ask(api, one, await caller.token())
    assert api.reached.names == [one.id]
    assert answer.status < 500
    assert answer.code not in {kind.code for kind in KINDS}


@pytest.mark.parametrize("one", OPEN, ids=lambda one: one.id)
async def test_what_anybody_may_ask_needs_no_token(api: Served, one: Described) -> None:
    answer = await ask(api, one)
    assert answer.code not in {"jeton-refuse", "portee-insuffisante", "motif-manquant"}
    assert answer.status < 500


def test_every_operation_is_closed_but_these() -> None:
    assert {one.id for one in OPEN} == {
        "getToken", "getHealth", "getOpenapi", "getDocumentation", "getProblem", "receiveDatapass",
    }  # fmt: skip


async def test_an_address_that_holds_no_object_is_unknown(api: Served) -> None:
    caller = api.enrol("pe-si")
    paths = ["/v1/releases/a%2Fb", "/v1/releases/%00", "/v1/releases/" + "a" * 300, "/v2", "/v1/x"]
    for path in paths:
        answer = await caller.call("GET", path)
        assert (answer.status, answer.code) == (404, "inconnu")
    assert api.reached.names == []
