"""Who is calling: address, token, client, certificate, each checked before anything is done.

1. A locked address or client is refused before its token is read.
2. A token verified once is known by its SHA-256 until it expires; at each call its client must still stand,
   at the revision the token was made for: suspended, revoked or changed, its tokens are worth nothing.
3. A client that has a certificate calls with it, over TLS, and its token is bound to it (RFC 8705).
4. A token that is refused is a failure of its address; an assertion that is refused, of its client too, unless
   it came from where that client never calls. A token of ours that is over (expired, its client changed or
   stopped) is no failure: its owner was slow.
5. An address is named by a keyed hash: nothing we keep says which.
"""

import asyncio
import hmac
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from ssl import SSLObject
from typing import Final

from aiohttp import web

from gateway.api.call import Counter
from gateway.api.call_log import CallLog
from gateway.api.limits import Limit, counted_as
from gateway.api.problems import told
from gateway.api.published_keys import PublishedKeys
from gateway.api.roster import Member, Roster
from gateway.api.tokens import Mint, TokenRefused, Verified
from gateway.store.api_locks import forget_failures, note_failure

# Requests of one address a minute before it is known who calls.
UNKNOWN_PER_MINUTE: Final = 300
MOST_TOKENS: Final = 10_000
MOST_NAMES: Final = 10_000
SLOW: Final = frozenset({"expired", "changed", "client"})
BEARER: Final = {"WWW-Authenticate": 'Bearer realm="passerelle"'}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, and what its token lets it do."""

    member: Member
    scopes: frozenset[str]


@dataclass
class Guard:
    """Everything the door checks with."""

    counter: Counter
    roster: Roster
    mint: Mint
    keys: PublishedKeys
    calls: CallLog
    clients: Limit
    addresses: Limit
    verified: dict[bytes, Verified] = field(default_factory=dict)
    failing: set[str] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)

    def address_of(self, request: web.Request) -> str:
        """Where it comes from: what the proxy of this machine saw, where it does the TLS."""
        if self.counter.settings.main.api.allow_http:
            seen = request.headers.getall("X-Forwarded-For", [])
            if seen:
                return seen[-1].rpartition(",")[2].strip()
        return request.remote or ""

    def name_of(self, address: str) -> str:
        """What stands for an address in what we keep."""
        known = self.names.get(address)
        if known is None:
            if len(self.names) >= MOST_NAMES:
                self.names.clear()
            known = self.names[address] = self._named(address)
        return known

    def _named(self, address: str) -> str:
        digest = hmac.new(self._hashing, counted_as(address).encode(), "sha256")
        return f"address:{digest.hexdigest()[:24]}"

    def check_open(self, key: str) -> None:
        """Nobody is let in when we cannot know or write. Raises `Problem`."""
        if not self.roster.is_fresh or self.calls.is_full:
            raise told("indisponible", {"Retry-After": "30"})
        self.check_lock(key)

    def check_lock(self, key: str) -> None:
        """Raises `Problem` while this client or address is locked."""
        left = self.roster.locked_for(key)
        if left:
            raise told("verrouille", {"Retry-After": str(left)})

    def take_of_address(self, address: str) -> None:
        """One request of somebody unknown. Raises `Problem`."""
        _check_wait(self.addresses.take(counted_as(address)), self.addresses, counted_as(address))

    async def caller(self, request: web.Request, address: str, named: str) -> Caller:
        """Whose token it is. Raises `Problem`."""
        token = _bearer(request)
        if token is None:
            self.take_of_address(address)
            raise told("jeton-refuse", BEARER, why="none")
        try:
            verified = self._verified(token, address)
            member = self._standing(verified, request)
        except TokenRefused as refused:
            self.take_of_address(address)
            if refused.why not in SLOW:
                await self.fail(named)
            raise told("jeton-refuse", BEARER, why=refused.why) from None
        self.check_lock(f"client:{member.client.id}")
        return Caller(member, verified.scopes)

    def thumbprint(self, request: web.Request) -> str:
        """Of the certificate this connection came with, as tokens write it; empty when there is none."""
        found: SSLObject | None = request.get_extra_info("ssl_object")
        der = found.getpeercert(binary_form=True) if found is not None else None
        return _encoded(sha256(der).digest()) if der else ""

    async def fail(self, *keys: str) -> None:
        """One more failure in a row for each. What is locked is locked at once."""
        for key in keys:
            self.failing.add(key)
            until = await asyncio.to_thread(note_failure, self.counter.engine, key)
            if until is not None:
                self.roster.locks[key] = until

    async def succeed(self, *keys: str) -> None:
        """It got in: its failures are forgotten."""
        for key in keys:
            await asyncio.to_thread(forget_failures, self.counter.engine, key)
            self.failing.discard(key)

    def _verified(self, token: str, address: str) -> Verified:
        digest = sha256(token.encode()).digest()
        known = self.verified.get(digest)
        if known is None:
            wait = self.addresses.wait(counted_as(address))
            _check_wait(wait, self.addresses, counted_as(address))
            known = self.mint.verify(token)
            if len(self.verified) >= MOST_TOKENS:
                self._forget_tokens()
            self.verified[digest] = known
        if known.expires_at <= time.time():
            del self.verified[digest]
            raise TokenRefused("expired")
        return known

    def _standing(self, verified: Verified, request: web.Request) -> Member:
        member = self.roster.members.get(verified.client)
        if member is None or not member.is_active:
            raise TokenRefused("client")
        if member.client.revision != verified.revision:
            raise TokenRefused("changed")
        bound = certificate_of(member)
        if bound != verified.thumbprint or (bound and self.thumbprint(request) != bound):
            raise TokenRefused("certificate")
        return member

    def _forget_tokens(self) -> None:
        now = time.time()
        kept = {d: v for d, v in self.verified.items() if v.expires_at > now}
        self.verified = kept if len(kept) < MOST_TOKENS else {}

    @cached_property
    def _hashing(self) -> bytes:
        return hmac.digest(self.counter.key.reveal().encode(), b"passerelle/api/adresse", "sha256")


def guard_of(counter: Counter, keys: PublishedKeys | None = None) -> Guard:
    """A guard over what the API may reach; it knows nobody until its roster is read."""
    per_minute = counter.settings.main.api.requests_per_minute
    return Guard(
        counter,
        Roster(counter.engine),
        Mint(counter.key, counter.audience),
        keys or PublishedKeys(),
        CallLog(counter.engine),
        clients=Limit(per_minute),
        addresses=Limit(UNKNOWN_PER_MINUTE),
    )


def certificate_of(member: Member) -> str:
    """The thumbprint its calls must come with, as tokens write it; empty when any may do."""
    written = member.client.certificate
    return _encoded(bytes.fromhex(written)) if written else ""


def _bearer(request: web.Request) -> str | None:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" and token.strip() else None


def _check_wait(seconds: float, limit: Limit, key: str) -> None:
    if seconds:
        headers = {"Retry-After": str(int(seconds) + 1), **limit.headers(key)}
        raise told("trop-de-requetes", headers)


def _encoded(digest: bytes) -> str:
    return urlsafe_b64encode(digest).decode().rstrip("=")
