"""Who may call, and who is locked out: what the database says, read again each second.

1. A client is looked up in memory; what was suspended or revoked is refused at the next look, a second later.
2. When the database was not read for `STALEST` seconds, nobody is let in: a revocation could be unseen.
3. Networks are parsed once per revision. A client without any may call from anywhere.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final

from sqlalchemy import Engine

from gateway.store.api_clients import Client, State, every_client
from gateway.store.api_locks import locked

STALEST: Final = 30.0
Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Member:
    """A client, and its networks parsed."""

    client: Client
    networks: tuple[Network, ...]

    @property
    def is_active(self) -> bool:
        """Whether it may call at all."""
        return self.client.state is State.ACTIVE

    def may_call_from(self, address: str) -> bool:
        """Whether this address is one of its networks'."""
        if not self.networks:
            return True
        try:
            read = ip_address(address.partition("%")[0])
        except ValueError:
            return False
        mapped = getattr(read, "ipv4_mapped", None) or read
        return any(mapped in network for network in self.networks)


@dataclass
class Roster:
    """The clients of now. `address:`/`client:` keys of `locks` say until when each is locked."""

    engine: Engine
    members: Mapping[str, Member] = field(default_factory=dict)
    locks: dict[str, datetime] = field(default_factory=dict)
    read_at: float = float("-inf")

    def refresh(self) -> None:
        """Read the database again: from a thread, it may wait."""
        with self.engine.begin() as connection:
            clients, locks = every_client(connection), dict(locked(connection))
        before = self.members
        self.members = {one.id: _member(one, before.get(one.id)) for one in clients}
        self.locks, self.read_at = locks, time.monotonic()

    @property
    def is_fresh(self) -> bool:
        """Whether what is in memory may still be believed."""
        return time.monotonic() - self.read_at <= STALEST

    def locked_for(self, key: str) -> int:
        """Seconds a key is still locked; 0 when it is not."""
        until = self.locks.get(key)
        left = (until - datetime.now(UTC)).total_seconds() if until else 0.0
        return max(int(left) + 1, 0) if left > 0 else 0


def _member(client: Client, before: Member | None) -> Member:
    if before is not None and before.client.revision == client.revision:
        return before
    return Member(client, tuple(ip_network(written) for written in client.networks))
