"""Who is asking: client credentials to tokens, tokens to callers, callers to what they may see.

1. A token is opaque to clients and lives in memory only: a restart of the hub ends them all, and a
   client must cope.
2. An SI has one credential per démarche, a publisher one for all of its own. The portal (ADMIN) sees
   and may do everything; DataPass creates subscriptions.
3. Nobody is let in before the day's batch was run (`purge.py`).
"""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from connectors.sandbox.hubee.answers import INVALID_TOKEN, INVALID_TOKEN_CODE, Problem, forbidden
from connectors.sandbox.hubee.catalogue import CNAF as CNAF
from connectors.sandbox.hubee.catalogue import PUBLISHERS
from connectors.sandbox.hubee.clock import Clock
from connectors.sandbox.hubee.purge import sweep
from connectors.sandbox.hubee.records import Case, Held, Organisation
from connectors.sandbox.hubee.store import Store

Credential = tuple[str, str]
PORTAL = Organisation("ADMIN", "18000000000063", "00000")
DATAPASS = Organisation("DATAPASS", "18000000000071", "00000")


class Scope(StrEnum):
    """The four scopes of HubEE."""

    SI = "SI"
    OSL = "OSL"
    ADMIN = "ADMIN"
    DATAPASS = "DATAPASS"


# Who holds a credential of its own, by the name that credential carries.
STANDING = {f"osl-{name}": (Scope.OSL, key) for name, key in PUBLISHERS.items()} | {
    "admin-portail": (Scope.ADMIN, PORTAL),
    "datapass": (Scope.DATAPASS, DATAPASS),
}


@dataclass(frozen=True, slots=True)
class Caller:
    """An organisation and, for an SI, the one démarche its credential opens."""

    scope: Scope
    organisation: Organisation
    process_code: str | None = None

    @property
    def is_portal(self) -> bool:
        """The portal stands in for either side."""
        return self.scope is Scope.ADMIN

    def sees(self, case: Case, osl: Organisation) -> bool:
        """Say whether this case is the caller's."""
        if self.scope is Scope.OSL:
            return osl == self.organisation
        mine = (case.recipient, case.process_code) == (self.organisation, self.process_code)
        return mine or self.is_portal

    def check_sees(self, case: Case, osl: Organisation) -> None:
        """Raise unless this case is the caller's."""
        if not self.sees(case, osl):
            raise forbidden()

    def check_owns(self, osl: Organisation) -> None:
        """Raise unless the caller publishes for this organisation."""
        if not self.is_portal and self.organisation != osl:
            raise forbidden()

    def check_scope(self, *scopes: Scope) -> None:
        """Raise unless the route is open to this scope: every route is open to the portal."""
        if not self.is_portal and self.scope not in scopes:
            raise forbidden()


def derived_secret(seed: int, client_id: str) -> str:
    """Return a sandbox password: the same after a restart, worth nothing elsewhere."""
    return hashlib.sha256(f"sandbox:{seed}:{client_id}".encode()).hexdigest()


class Gate:
    """Issues tokens and reads them back."""

    def __init__(self, store: Store, clock: Clock, life: timedelta) -> None:
        self._store, self._clock, self.life = store, clock, life
        self._tokens: dict[str, tuple[Caller, datetime]] = {}

    @property
    def publisher(self) -> Credential:
        """The credential of the publisher the sandbox plays, CNAF."""
        return self.standing["osl-cnaf"]

    @property
    def standing(self) -> dict[str, Credential]:
        """The credentials of every publisher (``osl-…``), of the portal and of DataPass, by name."""
        seed = self._store.world.seed
        made = {name: f"{name}-{seed}" for name in STANDING}
        return {name: (given, derived_secret(seed, given)) for name, given in made.items()}

    def _credentials(self) -> dict[str, tuple[str, Caller]]:
        known = {
            given: (secret, Caller(*STANDING[name]))
            for name, (given, secret) in self.standing.items()
        }
        for held in self._store.world.subscriptions.values():
            if held.access_mode == "API" and held.status in {Held.ACTIVE, Held.SUSPENDED}:
                caller = Caller(Scope.SI, held.subscriber, held.process_code)
                known[held.client_id] = (held.client_secret, caller)
        return known

    def knock(self, client_id: str, secret: str) -> Caller | None:
        """Who holds this credential, or None. A suspended subscriber may still read, no other."""
        sweep(self._store)
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
        """Who sent this header, the day's batch once run; raises the 401 HubEE gives for any bad token."""
        caller, end = self._tokens.get(authorization.removeprefix("Bearer "), (None, None))
        if caller is None or end is None or self._clock() >= end:
            raise Problem(401, INVALID_TOKEN, INVALID_TOKEN_CODE)
        sweep(self._store)
        return caller

    def forget(self) -> None:
        """End every token now."""
        self._tokens.clear()
