"""The API served over real TLS, and the systems of organisations that call it with their own keys.

    async with served(folder) as api:
        caller = api.enrol("pe", scopes={"releases:read"})
        answer = await api.ask("GET", "/v1/health")
        answer = await caller.call("GET", "/v1/releases")

1. Real parts: aiohttp over TLS, certificates of an authority made here, SQLite, two people for each client.
2. A `Caller` holds its private key, and signs any assertion, right or wrong.
3. Operations whose functions are not there are done by `Reached`, which notes that they were.
"""

import hashlib
import json
import secrets
import socket
import ssl
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import jwt
from aiohttp import ClientSession, ClientTimeout, TCPConnector, web
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from sqlalchemy import Engine, delete

from gateway.api.call import Call, Counter, Operation
from gateway.api.description import operations
from gateway.api.door import application, serve
from gateway.api.guard import Guard
from gateway.api.operations import OPEN, OPERATIONS, TOKEN
from gateway.api.published_keys import PublishedKeys
from gateway.api.steps import GUARD
from gateway.keymaking import token_key
from gateway.ledger import new_signer_key, publish
from gateway.places import counter_of, pickup_of
from gateway.settings import Settings, load
from gateway.store.api_clients import Client, find_client, propose
from gateway.store.approvals import decide
from gateway.store.database import open_engine
from gateway.store.deeds import DEEDS
from gateway.store.tables import API_LOCK
from gateway.vault import NotHeld
from schemas.registry import ours
from tests.world.certificates import Authority

Private: TypeAlias = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
MOTIVE = "import hebdomadaire"
PE, CD = "00000000000012", "22080000000012"
ORIGIN = "example.org/journal"
MAIN = """\
[paths]
var = "../etat"
keys = "../cles"
[ledger]
origin = "example.org/journal"
[antivirus]
mode = "off"
[pseudonyms]
master = "file"
[api]
address = "https://localhost:{port}"
host = "127.0.0.1"
port = {port}
certificate_file = "../tls/localhost.crt"
key_file = "../tls/localhost.key"
client_ca_file = "../tls/ca.crt"
requests_per_minute = {per_minute}
"""
PARTNER = """\
alias = "{alias}"
name = "{name}"
siret = "{siret}"
[api]
[[flows]]
flow = "pe-parcours"
departement = "08"
"""


@dataclass(frozen=True)
class Answer:
    """What was answered, read whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of a problem; empty when it is none."""
        if self.headers.get("Content-Type") != "application/problem+json":
            return ""
        told: str = self.json["type"]
        return told.rpartition("/")[2]


@dataclass
class Reached:
    """Does every operation that has no function yet, and counts which were done."""

    names: list[str] = field(default_factory=list)

    def doing(self, name: str, run: Operation | None) -> Operation:
        async def _do(call: Call) -> web.StreamResponse:
            self.names.append(name)
            if run is not None:
                return await run(call)
            return web.json_response({"fait": name})

        return _do


@dataclass
class Caller:
    """A system of an organisation: its id, its private key, how it calls."""

    api: "Served"
    id: str
    key: Private
    kid: str
    tls: ssl.SSLContext | None = None

    def claims(self, **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        right = {
            "iss": self.id,
            "sub": self.id,
            "aud": f"{self.api.address}/v1/token",
            "iat": now,
            "exp": now + 120,
            "jti": secrets.token_hex(16),
        }
        return {name: value for name, value in {**right, **changes}.items() if value is not None}

    def assertion(
        self, *, key: Any = None, algorithm: str = "", kid: str | None = None, **changes: Any
    ) -> str:
        """One signed assertion; a claim given None is left out."""
        headers = {"kid": self.kid if kid is None else kid}
        chosen = algorithm or algorithm_of(self.key)
        return jwt.encode(self.claims(**changes), key or self.key, chosen, headers=headers)

    async def ask_token(self, assertion: str | None = None, **form: str) -> Answer:
        right = {
            "grant_type": "client_credentials",
            "client_assertion_type": JWT_BEARER,
            "client_assertion": assertion if assertion is not None else self.assertion(),
        }
        return await self.api.ask("POST", "/v1/token", data=right | form, tls=self.tls)

    async def token(self, **form: str) -> str:
        answer = await self.ask_token(**form)
        assert answer.status == 200, answer.body
        given: str = answer.json["access_token"]
        return given

    async def call(self, method: str, path: str, *, token: str | None = None, **how: Any) -> Answer:
        """One call with a token, its own unless given."""
        bearer = token if token is not None else await self.token()
        headers = {"Authorization": f"Bearer {bearer}", "Passerelle-Motif": MOTIVE}
        headers |= how.pop("headers", {})
        return await self.api.ask(method, path, headers=headers, tls=self.tls, **how)


@dataclass
class Served:
    """The API as it runs."""

    address: str
    counter: Counter
    guard: Guard
    authority: Authority
    reached: Reached

    @property
    def engine(self) -> Engine:
        return self.counter.engine

    def tls(self, name: str = "") -> ssl.SSLContext:
        """How a client speaks TLS: trusting our authority, with its own certificate if it has a name."""
        return self.authority.client_context(name)

    async def ask(self, method: str, path: str, **how: Any) -> Answer:
        tls = how.pop("tls", None) or self.tls()
        connector = TCPConnector(ssl=tls)
        async with (
            ClientSession(connector=connector, timeout=ClientTimeout(total=20)) as session,
            session.request(method, f"{self.address}{path}", allow_redirects=False, **how) as said,
        ):
            return Answer(said.status, dict(said.headers), await said.read())

    def enrol(
        self,
        name: str,
        *,
        scopes: Iterable[str] = (),
        siret: str = PE,
        key: Private | None = None,
        certificate: str = "",
        **changes: Any,
    ) -> Caller:
        """A client approved by two people, known at once."""
        private = key or ec.generate_private_key(ec.SECP256R1())
        kid = f"{name}-1"
        held = Client(
            id=name,
            revision=0,
            siret=siret,
            name=name,
            scopes=frozenset(scopes) or frozenset(every_scope()),
            keys=(jwk_of(private, kid),),
            certificate=self.authority.digest(certificate) if certificate else "",
        )
        self.change(replace(held, **changes))
        tls = self.tls(certificate) if certificate else None
        return Caller(self, name, private, kid, tls)

    def change(self, wanted: Client) -> None:
        """Another revision of a client, approved by two people."""
        approve(self.engine, wanted)
        self.guard.roster.refresh()

    def forgive(self) -> None:
        """No failure was ever seen."""
        with self.engine.begin() as connection:
            connection.execute(delete(API_LOCK))
        self.guard.roster.refresh()

    def client(self, name: str) -> Client:
        with self.engine.begin() as connection:
            found = find_client(connection, name)
        assert found is not None
        return found


def approve(engine: Engine, wanted: Client) -> None:
    """Two people agree to a client as it is written."""
    asked = propose(engine, wanted, by="anne", motive="essai")
    decide(engine, asked.id, by="bruno", agrees=True, then=DEEDS[asked.matter])


def every_scope() -> set[str]:
    return {one.scope for one in operations().values() if one.scope is not None}


def algorithm_of(key: Private) -> str:
    return "ES256" if isinstance(key, ec.EllipticCurvePrivateKey) else "EdDSA"


def jwk_of(key: Private, kid: str) -> dict[str, str]:
    """The public half of a key, as a JWK."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        held = jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    else:
        held = jwt.algorithms.OKPAlgorithm.to_jwk(key.public_key(), as_dict=True)
    kept = {name: str(held[name]) for name in ("kty", "crv", "x", "y") if name in held}
    return kept | {"kid": kid}


def thumbprint(der: bytes) -> str:
    return urlsafe_b64encode(hashlib.sha256(der).digest()).decode().rstrip("=")


def settings_of(folder: Path, port: int, per_minute: int) -> Settings:
    (folder / "config" / "partners").mkdir(parents=True, exist_ok=True)
    main = MAIN.format(port=port, per_minute=per_minute)
    (folder / "config" / "gateway.toml").write_text(main)
    for alias, name, siret in (("pe", "Pôle emploi", PE), ("cd", "Département", CD)):
        paper = PARTNER.format(alias=alias, name=name, siret=siret)
        (folder / "config" / "partners" / f"{alias}.toml").write_text(paper)
    return load(folder / "config" / "gateway.toml")


def counter_in(settings: Settings) -> Counter:
    """What the API may reach; nothing was sealed here."""
    settings.var.mkdir(parents=True, exist_ok=True)
    engine, signer = open_engine(settings.database_url), new_signer_key(ORIGIN)

    def nothing(digest: str, out: object) -> None:
        raise NotHeld(f"{digest[:12]} is not held for {out}")

    return Counter(
        engine=engine,
        settings=settings,
        registry=ours(),
        key=token_key().secret,
        pickup=partial(pickup_of, settings),
        deposit=partial(counter_of, settings),
        publish=lambda: publish(engine, settings.ledger_folder, signer, origin=ORIGIN),
        unseal=nothing,
    )


@asynccontextmanager
async def served(
    folder: Path, *, per_minute: int = 6000, keys: PublishedKeys | None = None
) -> AsyncIterator[Served]:
    """Serve the API from a folder; every operation of the file is there."""
    port = free_port()
    authority = Authority(folder / "tls")
    authority.certify("localhost")
    settings = settings_of(folder, port, per_minute)
    counter, reached = counter_in(settings), Reached()
    described = operations()
    closed = {
        name: reached.doing(name, OPERATIONS.get(name))
        for name, one in described.items()
        if one.scope is not None
    }
    known = {n: d for n, d in described.items() if d.scope or n in OPEN or n == TOKEN}
    app = application(counter, described=known, closed_operations=closed, keys=keys)
    runner = await serve(app, settings)
    try:
        yield Served(f"https://localhost:{port}", counter, app[GUARD], authority, reached)
    finally:
        await runner.cleanup()
        counter.engine.dispose()


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
