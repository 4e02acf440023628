"""The API over real stores, served on loopback to two organisations that exchange by it, and one that does not.

    async with open_counter(folder) as here:
        here.leave("contacts", body)                    # a release of `cd`, delivered at its pick-up
        async with here.session("cd") as cd:
            await cd.get("/v1/releases")

Tokens are minted as the door mints them: how a client gets one is another test's.
"""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from ssl import SSLContext
from typing import Any

from aiohttp import ClientSession, web
from sqlalchemy import Engine, select, update

from gateway.api.call import Counter
from gateway.api.description import operations, scopes
from gateway.api.door import application
from gateway.api.operations import OPEN, OPERATIONS, TOKEN
from gateway.api.steps import GUARD
from gateway.habilitation import Status
from gateway.keymaking import token_key
from gateway.ledger import new_signer_key, publish
from gateway.ledger.tables import ENTRY
from gateway.places import counter_of, pickup_of
from gateway.sandbox.ceremony import grant_to
from gateway.settings import load
from gateway.store.api_clients import Client, propose
from gateway.store.api_clients import State as ClientState
from gateway.store.api_clients import decide_state as decide_client
from gateway.store.approvals import decide
from gateway.store.database import open_engine
from gateway.store.deeds import DEEDS
from gateway.store.habilitations import decide_state
from gateway.store.releases import Extracted, authorise, mark_delivered, write_manifest
from gateway.store.tables import RELEASE
from gateway.vault import Unsealer, Vault, generate_identity, open_folder
from schemas.registry import ours
from tests.world.habilitations import content, example
from tests.world.records import entry

SIRETS = {"cd": "00000000000021", "autre": "00000000000039", "pe": "00000000000012"}
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
address = "http://127.0.0.1:8443"
allow_http = true
requests_per_minute = 100000000
"""
BY_API = """\
alias = "{alias}"
name = "Organisme {alias}"
siret = "{siret}"
[api]
copies_per_day = {copies}
[[flows]]
flow = "cd-parcours"
departement = "08"
max_bytes = 1000000
[[flows]]
flow = "cd-retours"
departement = "08"
max_bytes = 1000000
"""
BY_FOLDER = """\
alias = "{alias}"
name = "Organisme {alias}"
siret = "{siret}"
[folder]
path = "../lieu"
"""
MOTIVE = {"Passerelle-Motif": "essai du contrat"}
TODAY = datetime.now(UTC).date()


@dataclass(frozen=True)
class Here:
    """One API, its stores and where it listens."""

    counter: Counter
    vault: Vault
    app: web.Application
    url: str

    @property
    def engine(self) -> Engine:
        return self.counter.engine

    def client(self, alias: str) -> Client:
        return self.app[GUARD].roster.members[f"si-{alias}"].client

    def headers(self, alias: str) -> dict[str, str]:
        """What its client says of itself at each call."""
        client = self.client(alias)
        token = self.app[GUARD].mint.issue(client.id, client.revision, client.scopes, "")
        return {"Authorization": f"Bearer {token}", **MOTIVE}

    @asynccontextmanager
    async def session(self, alias: str, **headers: str) -> AsyncIterator[ClientSession]:
        """A client of that organisation, with every scope."""
        told = {**self.headers(alias), **headers}
        async with ClientSession(self.url, headers=told) as session:
            yield session

    def habilitate(self, alias: str = "cd", *, name: str = "h-essai", **changes: Any) -> None:
        """Let an organisation have contacts of 08 for as long as it takes."""
        draft = content(example())
        organisation = replace(draft.organisation, siret=SIRETS[alias])
        ends = TODAY + timedelta(days=300)
        kept = {"id": name, "organisation": organisation, "ends": ends, **changes}
        grant_to(self.engine, replace(draft, **kept))

    def leave(
        self,
        name: str,
        body: bytes,
        *,
        alias: str = "cd",
        habilitation: str = "h-essai",
        **changes: Any,
    ) -> str:
        """A release at the pick-up, as the path of releases leaves one; give its name."""
        sealed = self.vault.put(io.BytesIO(body))
        known: dict[str, Any] = {
            "id": f"publication:{habilitation}@v1:08:{TODAY}:{name}",
            "product": "contacts-rdv-insertion",
            "recipient": alias,
            "departement": "08",
            "period": TODAY,
            "habilitation": habilitation,
            "habilitation_version": 1,
            "habilitation_digest": "0" * 64,
            "name": f"{name}.csv",
            "sha256": sha256(b"clair " + body).hexdigest(),
            "size": len(body) + 6,
            "rows": 3,
            "sealed": sealed.digest,
            "sealed_size": sealed.size,
            "seconds": 0.1,
        }
        extracted = Extracted(**(known | changes))
        authorise(self.engine, extracted, entry(extracted.id))
        write_manifest(self.engine, extracted.id, json.dumps({"publication": extracted.id}))
        (self.counter.pickup(alias) / f"{extracted.name}.gpg").write_bytes(body)
        mark_delivered(
            self.engine, extracted.id, f"{alias}:{extracted.name}.gpg", entry(extracted.id)
        )
        return extracted.id

    def change(self, release: str, **values: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(update(RELEASE).where(RELEASE.c.id == release).values(**values))

    def revoke(self, name: str = "h-essai", state: Status = Status.REVOKED) -> None:
        decide_state(self.engine, name, state, by="camille", motive="essai")

    def suspend_client(self, alias: str = "cd") -> None:
        decide_client(
            self.engine, f"si-{alias}", ClientState.SUSPENDED, by="camille", motive="essai"
        )

    def ledger(self, *acts: str) -> list[dict[str, Any]]:
        """The entries of these acts, in order."""
        with self.engine.connect() as connection:
            bodies = connection.scalars(select(ENTRY.c.body).order_by(ENTRY.c.seq)).all()
        every = [json.loads(body) for body in bodies]
        return [one for one in every if one["act"] in acts]

    async def wait_for(self, act: str, count: int = 1) -> list[dict[str, Any]]:
        """The entries of an act once there are so many: the end of a download is written after it."""
        for _ in range(100):
            if len(found := self.ledger(act)) >= count:
                return found
            await asyncio.sleep(0.05)
        return self.ledger(act)


@asynccontextmanager
async def open_counter(
    folder: Path, *, copies: int = 3, tls: SSLContext | None = None, database: str = ""
) -> AsyncIterator[Here]:
    """The API, served; every organisation has one client with every scope. `database`: its URL, not SQLite."""
    counter, vault = _counter(folder, copies, database)
    engine = counter.engine
    for alias, siret in SIRETS.items():
        _declare(engine, alias, siret)
    app = application(counter, **_served())
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        yield Here(
            counter,
            vault,
            app,
            f"{'https' if tls else 'http'}://{host}:{port}",
        )
    finally:
        await runner.cleanup()
        engine.dispose()


def _counter(folder: Path, copies: int, database: str) -> tuple[Counter, Vault]:
    """What the API may reach, and the vault of releases."""
    (folder / "config" / "partners").mkdir(parents=True)
    (folder / "lieu").mkdir()
    (folder / "config" / "gateway.toml").write_text(
        f'{MAIN}[database]\nurl = "{database}"\n' if database else MAIN
    )
    for alias, siret in SIRETS.items():
        paper = (BY_FOLDER if alias == "pe" else BY_API).format(
            alias=alias, siret=siret, copies=copies
        )
        (folder / "config" / "partners" / f"{alias}.toml").write_text(paper)
    settings = load(folder / "config" / "gateway.toml")
    settings.var.mkdir()
    engine = open_engine(settings.database_url)
    identity, store = generate_identity(), open_folder(folder / "coffre")
    signer = new_signer_key(ORIGIN)
    counter = Counter(
        engine=engine,
        settings=settings,
        registry=ours(),
        key=token_key().secret,
        pickup=lambda alias: pickup_of(settings, alias),
        deposit=lambda alias: counter_of(settings, alias),
        publish=lambda: publish(engine, settings.ledger_folder, signer, origin=ORIGIN),
        unseal=Unsealer(store, [identity.secret]).unseal_into,
    )
    return counter, Vault(store, [identity.public])


def _served() -> Mapping[str, Any]:
    """The operations that have a function by now."""
    there = {*OPEN, *OPERATIONS, TOKEN}
    described = operations()
    kept = {name: one for name, one in described.items() if name in there}
    return {"described": kept}


def _declare(engine: Engine, alias: str, siret: str) -> None:
    key = {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        "kid": "1",
    }
    wanted = Client(
        id=f"si-{alias}",
        revision=1,
        siret=siret,
        name=f"SI de {alias}",
        scopes=frozenset(scopes()),
        keys=(key,),
    )
    asked = propose(engine, wanted, by="camille", motive="essai")
    decide(engine, asked.id, by="dominique", agrees=True, then=DEEDS[asked.matter])
