"""What an operation is given: one authenticated request, and what the API may reach.

1. `Call` is made by the door alone, once the client, its scope, its network and its motive were checked.
2. `Counter` is all an operation may reach; what needs the whole house is handed as a function.
3. What an operation learns of its object goes into `call.trace`: references and counts, never a person.
4. What is not the client's own is answered as what does not exist: `Problem(404, "inconnu", …)`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeAlias

from aiohttp import web
from sqlalchemy import Engine

from gateway.secret import Secret
from gateway.settings import Partner, Settings
from gateway.store.api_clients import Client
from schemas.registry import Registry


@dataclass(slots=True)
class Trace:
    """What the log of calls keeps of one call, beside who, what and why."""

    subject: str = ""
    departement: str = ""
    rows: int = 0
    bytes: int = 0


TRACE = web.RequestKey("trace", Trace)


@dataclass(frozen=True, slots=True)
class Counter:
    """What the API may reach. `key`: PKCS#8 PEM of the key that signs our tokens (P-256).

    `pickup`, `deposit`: alias of a partner → the folder where its releases wait, where its files are left.
    `unseal`: the digest of a sealed file of the drawer of releases, where to write it: it stays encrypted for
    whoever reads it. `publish`: publish the ledger now. `audience`: the address clients call, without a final slash.
    """

    engine: Engine
    settings: Settings
    registry: Registry
    key: Secret[str]
    pickup: Callable[[str], Path]
    deposit: Callable[[str], Path]
    publish: Callable[[], object]
    unseal: Callable[[str, BinaryIO], object]

    @property
    def ledger_folder(self) -> Path:
        """Where the ledger is published."""
        return self.settings.ledger_folder

    @property
    def audience(self) -> str:
        """The address clients call: issuer and audience of our tokens."""
        return self.settings.main.api.address.rstrip("/")

    def partner(self, client: Client) -> Partner | None:
        """The partner of the client's organisation, one with [api] first; None when there is none."""
        theirs = [p for p in self.settings.partners if p.siret == client.siret]
        by_api = (p for p in theirs if p.api is not None)
        return next(by_api, theirs[0] if theirs else None)


@dataclass(frozen=True, slots=True)
class Call:
    """One authenticated request. `id` is in every answer; `motive` is why, `agent` who, as the client says."""

    request: web.Request
    id: str
    client: Client
    motive: str
    agent: str
    counter: Counter

    @property
    def trace(self) -> Trace:
        """What the log will keep of this call: fill it."""
        return self.request[TRACE]


Operation: TypeAlias = Callable[[Call], Awaitable[web.StreamResponse]]
# What anybody may ask: no client, no motive.
OpenOperation: TypeAlias = Callable[[web.Request, Counter], Awaitable[web.StreamResponse]]
