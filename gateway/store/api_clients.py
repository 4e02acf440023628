"""Clients of the API: the systems of an organisation, each by its public keys, its scopes and its networks.

1. A line is a revision, written once; the last one of a client counts.
2. What opens (a new client, other keys, scopes or networks) takes two people; what closes (suspended,
   revoked) takes one, at once. What was revoked never opens again: another client is added.
3. A client suspended is opened again as it was by one person: nothing is wider than what two approved.
4. Each revision is an entry of the ledger; keys and networks are there by their digest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """Where a client stands; values are stable."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Client:
    """One client as it stands. `keys`: public JWK; `networks`: CIDR, none meaning any address.

    `certificate`: SHA-256 (hex) of the DER of the one TLS certificate its calls must come with; empty: none.
    """

    id: str
    revision: int
    siret: str
    name: str
    scopes: frozenset[str]
    keys: tuple[Mapping[str, Any], ...] = ()
    jwks_uri: str = ""
    networks: tuple[str, ...] = ()
    certificate: str = ""
    state: State = State.ACTIVE
