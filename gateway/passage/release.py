"""RELEASE, one per (habilitation, period): grant → extract → seal → ledger → deliver.

No grant in force, no release. No ledger entry in a signed checkpoint, no delivery.

1. *extract*: compile the habilitation into a grant; build the extract from it; have an independent
   check parse the finished bytes back; encrypt for the recipient and sign; seal into the vault.
2. *authorise*: write the entry, in the same unit of work as the release.
3. *prove*: publish the ledger; the receipt of that entry goes into the manifest, fixed for ever.
4. *deliver*: with a grant still in force, push file and manifest, all or nothing. The same content twice is once.
5. *record*: write that it was delivered.
"""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import BinaryIO

from sqlalchemy import Engine

from connectors.contract import Outlet, Receipt
from connectors.errors import Unreachable
from gateway.errors import NotAuthorised, Unavailable
from gateway.ledger.entry import Act, Entry
from gateway.passage.steps import Steps
from gateway.products import PRODUCTS
from gateway.store.releases import (
    Extracted,
    authorise,
    find_release,
    mark_delivered,
    refuse_release,
    write_manifest,
)
from gateway.vault import Unsealer

MANIFEST_FORMAT = "passerelle/manifeste/1"


@dataclass(frozen=True, slots=True)
class Notary:
    """Publishes the ledger and hands out receipts."""

    publish: Callable[[], object]
    receipt: Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Release:
    """What the path needs of the house, for one habilitation."""

    engine: Engine
    extract: Callable[[str, date], Extracted]
    grant: Callable[[], object]
    sealed: Unsealer
    outlet: Outlet
    notary: Notary


async def release(key: str, period: date, house: Release, steps: Steps) -> str:
    """Walk one release to its recipient; give where it stands. Raises `NotAuthorised`, `Unavailable`."""

    async def _extract() -> Extracted:
        async with _refusing(key, house):
            return await asyncio.to_thread(house.extract, key, period)

    async def _authorise() -> int:
        entry = _authorisation(extracted)
        return await asyncio.to_thread(authorise, house.engine, extracted, entry)

    async def _prove() -> str:
        return await asyncio.to_thread(_proven, extracted, index, house)

    async def _deliver() -> str:
        async with _refusing(key, house):
            return await _push(extracted, manifest, house)

    async def _record() -> int:
        entry = _delivery(extracted)
        return await asyncio.to_thread(mark_delivered, house.engine, extracted.id, location, entry)

    extracted = await steps.run("extract", _extract)
    index = await steps.run("authorise", _authorise)
    manifest = await steps.run("prove", _prove)
    location = await steps.run("deliver", _deliver)
    await steps.run("record", _record)
    return location


@asynccontextmanager
async def _refusing(key: str, house: Release) -> AsyncIterator[None]:
    """Nothing leaves, and that is an entry too."""
    try:
        yield
    except NotAuthorised as refused:
        await asyncio.to_thread(refuse_release, house.engine, _refusal(key, refused))
        raise


def _proven(extracted: Extracted, index: int, house: Release) -> str:
    """The manifest with its receipt: the entry is in a signed checkpoint from here on."""
    house.notary.publish()
    manifest = _manifest(extracted, index, house.notary.receipt(index))
    return write_manifest(house.engine, extracted.id, manifest)


async def _push(extracted: Extracted, manifest: str, house: Release) -> str:
    house.grant()  # it may have been suspended since the extract: then nothing leaves
    body = io.BytesIO()
    await asyncio.to_thread(house.sealed.unseal_into, extracted.sealed, body)
    with house.engine.begin() as connection:
        if find_release(connection, extracted.id) is None:
            raise NotAuthorised("aucune écriture au journal : rien ne sort")
    name = f"{extracted.name}.gpg"
    put = _telling(house.outlet)
    where = await put(name, body)
    await put(f"{extracted.name}.manifeste.json", io.BytesIO(manifest.encode()))
    return where.location


def _telling(outlet: Outlet) -> Callable[[str, BinaryIO], Awaitable[Receipt]]:
    async def put(name: str, body: BinaryIO) -> Receipt:
        body.seek(0)
        try:
            return await outlet.deliver(name, body)
        except Unreachable as error:
            raise Unavailable("le destinataire ne répond pas") from error

    return put


def _manifest(extracted: Extracted, index: int, receipt: str) -> str:
    body = {
        "format": MANIFEST_FORMAT,
        "publication": extracted.id,
        "produit": extracted.product,
        "destinataire": extracted.recipient,
        "departement": extracted.departement,
        "periode": extracted.period.isoformat(),
        "fichier": extracted.name,
        "sha256": extracted.sha256,
        "octets": extracted.size,
        "lignes": extracted.rows,
        "habilitation": {
            "id": extracted.habilitation,
            "version": extracted.habilitation_version,
            "empreinte": extracted.habilitation_digest,
        },
        "journal": {"ecriture": index, "recu": receipt},
        # CRPA L311-3-1 and RGPD 22: said with every list that orders attention.
        "mention": PRODUCTS[extracted.product].mention,
    }
    return json.dumps(body, ensure_ascii=False, indent=1, sort_keys=True)


def _facts(extracted: Extracted) -> Mapping[str, str | int]:
    return {
        "product": extracted.product,
        "recipient": extracted.recipient,
        "departement": extracted.departement,
        "period": extracted.period.isoformat(),
        "habilitation": extracted.habilitation,
        "habilitation_version": extracted.habilitation_version,
        "habilitation_sha256": extracted.habilitation_digest,
        "extract_sha256": extracted.sha256,
        "rows": extracted.rows,
    }


def _authorisation(extracted: Extracted) -> Entry:
    return Entry(Act.RELEASE_AUTHORISED, datetime.now(UTC), extracted.id, facts=_facts(extracted))


def _delivery(extracted: Extracted) -> Entry:
    facts = {"recipient": extracted.recipient, "extract_sha256": extracted.sha256}
    return Entry(Act.RELEASE_DELIVERED, datetime.now(UTC), extracted.id, facts=facts)


def _refusal(key: str, refused: NotAuthorised) -> Entry:
    return Entry(Act.RELEASE_REFUSED, datetime.now(UTC), key, facts={"why": str(refused)})
