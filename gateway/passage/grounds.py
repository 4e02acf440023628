"""What an extract stands on, ground by ground: the day it speaks of and a digest of what it is.

1. A ground that is not there is None. What a product stands on must be there before anything is due: an
   extract half fed is worse than a late one. What it only heeds may be missing (`Product.heeds`).
2. Files are those the last crossing could see: the feeds read the same ones.
"""

from collections.abc import Callable, Mapping
from datetime import date
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import Connection

from gateway.products.product import Ground
from gateway.store.deliveries import latest_partition, partitions_of
from gateway.store.indicators import editions_of
from gateway.store.releases import last_crossing


class Standing(NamedTuple):
    """One ground as it stands."""

    day: date
    digest: str


def standing(connection: Connection, ground: Ground, departement: str) -> Standing | None:
    """How one ground of a département stands; None when it is not there."""
    return _GROUNDS[ground](connection, departement)


def _contacts(connection: Connection, departement: str) -> Standing | None:
    part = latest_partition(connection, departement, "cnaf-contacts")
    return Standing(part.reference_date, part.identities) if part else None


def _consents(connection: Connection, departement: str) -> Standing | None:
    parts = partitions_of(connection, departement, "cnaf-instructions")
    told = "\n".join(part.identities for part in parts)
    return Standing(parts[-1].reference_date, sha256(told.encode()).hexdigest()) if parts else None


def _signals(connection: Connection, departement: str) -> Standing | None:
    crossed = last_crossing(connection, departement)
    return Standing(crossed.as_of, crossed.signals) if crossed else None


def _persons(connection: Connection, departement: str) -> Standing | None:
    crossed = last_crossing(connection, departement)
    return Standing(crossed.as_of, crossed.persons) if crossed and crossed.persons else None


def _seen(flow: str) -> Callable[[Connection, str], Standing | None]:
    """The last file of a flow that the last crossing could see: its facts, and of whom."""

    def found(connection: Connection, departement: str) -> Standing | None:
        crossed = last_crossing(connection, departement)
        if crossed is None:
            return None
        part = latest_partition(connection, departement, flow, until=crossed.as_of)
        return Standing(part.reference_date, f"{part.facts}{part.identities}") if part else None

    return found


def _edition(connection: Connection, departement: str) -> Standing | None:
    editions = editions_of(connection, departement)
    return Standing(editions[-1].as_of, editions[-1].digest) if editions else None


_GROUNDS: Mapping[Ground, Callable[[Connection, str], Standing | None]] = {
    Ground.CONTACTS: _contacts,
    Ground.CONSENTS: _consents,
    Ground.SIGNALS: _signals,
    Ground.PERSONS: _persons,
    Ground.CD: _seen("cd-parcours"),
    Ground.PE: _seen("pe-parcours"),
    Ground.EDITION: _edition,
}
