"""grant → extract, sealed: the bytes a recipient will receive, built from its grant and from nothing else.

1. The habilitation is compiled into a grant for today and this département; no grant, no extract.
2. A release already authorised is not built again: other bytes could not take its name, and one that
   was half delivered would never end. A corrected one of the same period has a name of its own.
3. Each product is fed by one function here: what it may read is what that function opens.
4. An independent check parses the finished bytes back against the grant.
5. Encrypted for the recipient, signed by us, then sealed into the vault: nothing clear remains.
"""

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Engine

from gateway.errors import NotAuthorised
from gateway.habilitation import Grant, Habilitation, compile_grant
from gateway.pgp import Desks, Keys
from gateway.products import Feed, Product, make
from gateway.store.releases import Extracted, find_extracted, next_edition
from gateway.vault import Vault
from gateway.workroom import workroom

# (product, grant, département) → the keys the recipient may read.
Followers = Callable[[str, Grant, str], frozenset[str] | None]


@dataclass(frozen=True, slots=True)
class Extraction:
    """One habilitation, and the keys of the one recipient it names."""

    habilitation: Callable[[], Habilitation]
    recipient: str
    departement: str
    keys: Keys
    desks: Desks
    vault: Vault
    feeds: Mapping[str, Feed]
    followers: Followers
    products: Mapping[str, Product]
    room: Path | None
    engine: Engine

    def __call__(self, key: str, period: date) -> Extracted:
        """Build, check and seal one extract. Raises `NotAuthorised`."""
        started = time.monotonic()
        product, grant, today = self._product(), self.grant(), _today()
        with self.engine.begin() as connection:
            known = find_extracted(connection, key)
            edition = next_edition(
                connection, product.name, self.recipient, self.departement, period
            )
        if known is not None:
            return known
        sheet = self.feeds[product.name](grant, self.departement, period)
        allowed = self.followers(product.name, grant, self.departement)
        body, rows = make(sheet, product, grant, self.departement, on=today, allowed=allowed)
        sealed_digest, sealed_size = self._seal(body)
        return Extracted(
            id=key,
            product=product.name,
            recipient=self.recipient,
            departement=self.departement,
            period=period,
            habilitation=grant.habilitation,
            habilitation_version=grant.version,
            habilitation_digest=grant.snapshot,
            name=product.file_name(
                self.departement, period, edition=edition, extension=grant.format.value
            ),
            sha256=hashlib.sha256(body).hexdigest(),
            size=len(body),
            rows=rows,
            sealed=sealed_digest,
            sealed_size=sealed_size,
            seconds=time.monotonic() - started,
        )

    def grant(self) -> Grant:
        """What the habilitation opens today in this département. Raises `NotAuthorised`."""
        offer = self._product().offer
        return compile_grant(self.habilitation(), offer, _today(), departement=self.departement)

    def _product(self) -> Product:
        standing = self.habilitation()
        name = standing.product
        if name is None or name not in self.products or name not in self.feeds:
            raise NotAuthorised(f"habilitation {standing.id} : aucun produit de ce nom")
        return self.products[name]

    def _seal(self, body: bytes) -> tuple[str, int]:
        with workroom(self.room) as room:
            clear, closed = room / "extract", room / "extract.gpg"
            clear.write_bytes(body)
            with self.desks.at(self.keys) as desk:
                desk.encrypt(clear, closed)
            sealed = self.vault.put(closed)
        return sealed.digest, sealed.size


def _today() -> date:
    return datetime.now(UTC).date()
