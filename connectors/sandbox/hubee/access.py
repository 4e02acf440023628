"""Who is asking: client credentials to tokens, tokens to callers, callers to what they may see.

A token is opaque to clients and lives in memory only: a restart of the hub ends them all, and a
client must cope.
"""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from connectors.sandbox.hubee.answers import INVALID_TOKEN, INVALID_TOKEN_CODE, Problem, forbidden
from connectors.sandbox.hubee.clock import Clock
from connectors.sandbox.hubee.records import Case, Organisation
from connectors.sandbox.hubee.store import Store

# Invented: the publisher the sandbox plays, HubEE's portal and DataPass.
CNAF = Organisation("OSL", "18000000000022", "00000")
PORTAL = Organisation("ADMIN", "13000000000011", "00000")
DATAPASS = Organisation("DATAPASS", "13000000000011", "00001")


class Scope(StrEnum):
    """The four scopes HubEE grants."""

    SI = "SI"
    OSL = "OSL"
    ADMIN = "ADMIN"
    DATAPASS = "DATAPASS"


@dataclass(frozen=True, slots=True)
class Caller:
    """An organisation and, for an SI, the one démarche its credential opens."""

    scope: Scope
    organisation: Organisation
    process_code: str | None = None

    def check_sees(self, case: Case, osl: Organisation) -> None:
        """Raise unless this case is the caller's."""
        if self.scope is Scope.OSL:
            mine = osl == self.organisation
        else:
            mine = (case.recipient, case.process_code) == (self.organisation, self.process_code)
        if not mine:
            raise forbidden()

    def check_scope(self, *scopes: Scope) -> None:
        """Raise unless the route is open to this scope."""
        if self.scope not in scopes:
            raise forbidden()


@dataclass(frozen=True, slots=True)
class Credential:
    """What one client copies from the portal."""

    client_id: str
    client_secret: str
    caller: Caller


def derived_secret(seed: int, client_id: str) -> str:
    """Return a sandbox password: the same after a restart, worth nothing elsewhere."""
    return hashlib.sha256(f"sandbox:{seed}:{client_id}".encode()).hexdigest()


class Gate:
    """Issues tokens and reads them back."""

    def __init__(self, store: Store, clock: Clock, life: timedelta) -> None:
        self._store, self._clock, self.life = store, clock, life
        self._tokens: dict[str, tuple[Caller, datetime]] = {}

    @property
    def publisher(self) -> tuple[str, str]:
        """The credential of the publisher."""
        client_id = f"osl-cnaf-{self._store.world.seed}"
        return client_id, derived_secret(self._store.world.seed, client_id)

    def _credentials(self) -> dict[str, tuple[str, Caller]]:
        client_id, secret = self.publisher
        known = {client_id: (secret, Caller(Scope.OSL, CNAF))}
        for scope, organisation in ((Scope.ADMIN, PORTAL), (Scope.DATAPASS, DATAPASS)):
            client_id = f"{scope.lower()}-{self._store.world.seed}"
            secret = derived_secret(self._store.world.seed, client_id)
            known[client_id] = (secret, Caller(scope, organisation))
        for held in self._store.world.subscriptions.values():
            caller = Caller(Scope.SI, held.subscriber, held.process_code)
            known[held.client_id] = (held.client_secret, caller)
        return known

    def credentials(self) -> list[Credential]:
        """Every credential, the publisher's first."""
        return [Credential(name, *held) for name, held in self._credentials().items()]

    def knock(self, client_id: str, secret: str) -> Caller | None:
        """Who holds this credential, or None."""
        expected, caller = self._credentials().get(client_id, (None, None))
        if expected is None or not hmac.compare_digest(expected.encode(), secret.encode()):
            return None
        return caller

    def issue(self, caller: Caller) -> str:
        """Return a token that looks like a JWT and says nothing."""
        head = urlsafe_b64encode(b'{"typ":"JWT"}').decode().rstrip("=")
        token = f"{head}.{secrets.token_urlsafe(24)}.{secrets.token_urlsafe(24)}"
        self._tokens[token] = (caller, self._clock() + self.life)
        return token

    def caller(self, authorization: str) -> Caller:
        """Who sent this header; raises the 401 HubEE gives for any bad token."""
        caller, end = self._tokens.get(authorization.removeprefix("Bearer "), (None, None))
        if caller is None or end is None or self._clock() >= end:
            raise Problem(401, INVALID_TOKEN, INVALID_TOKEN_CODE)
        return caller

    def forget(self) -> None:
        """End every token now."""
        self._tokens.clear()
