"""RELEASE, one per (habilitation, period): grant → extract → seal → ledger → prepare → deliver.

No grant in force, no release. No ledger entry in a signed checkpoint, no delivery.

1. *extract*: compile the habilitation into a grant; build the extract from it; have an independent
   check parse the finished bytes back; encrypt for the recipient and sign; seal into the vault.
2. *authorise*: write the entry, in the same unit of work as the release.
3. *prove*: publish the ledger; the receipt of that entry goes into the manifest, fixed for ever.
4. *prepare*: while the grant stands, bring file and manifest where the recipient does not see them
   yet, at places that work so. What was prepared is written down before anybody is told of it: one
   release is prepared again only when its place holds it no more.
5. *deliver*: while the grant stands, give both, all or nothing. The same content twice is once. It is
   looked at every second (`guarding.py`): when it stands no more, what goes on is cancelled, what was
   brought is taken back, and that is an entry; too late, it had left under its grant, and that is said.
6. *record*: write that it was delivered.

The grant is that of the version extracted: a newer version makes a release of its own. Its daily ceiling
counts in the unit of work that authorises.
"""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

from sqlalchemy import Engine

from connectors.contract import Outlet, Piece
from connectors.errors import HostKeyChanged, Unprepared, Unreachable
from gateway.errors import CeilingReached, NotAuthorised, Stopped, Unavailable
from gateway.habilitation import Grant
from gateway.ledger.entry import Act, Entry
from gateway.passage.guarding import while_granted
from gateway.passage.steps import Steps
from gateway.passage.stopping import say_ceiling, stop_entry, take_back
from gateway.products import PRODUCTS
from gateway.store.releases import (
    Extracted,
    authorise,
    edition_of,
    find_prepared,
    find_release,
    forget_prepared,
    keep_prepared,
    mark_delivered,
    refuse_release,
    write_manifest,
)
from gateway.vault import Unsealer
from gateway.workroom import workroom

MANIFEST_FORMAT = "passerelle/manifeste/1"


@dataclass(frozen=True, slots=True)
class Notary:
    """Publishes the ledger and hands out receipts."""

    publish: Callable[[], object]
    receipt: Callable[[int], str]


def _nothing(_fingerprint: str) -> None:
    return


@dataclass(frozen=True, slots=True)
class Release:
    """What the path needs of the house, for one habilitation.

    `hold` is told the fingerprint when the recipient's server shows another host key.
    """

    engine: Engine
    extract: Callable[[str, date], Extracted]
    grant: Callable[[], Grant]
    sealed: Unsealer
    outlet: Outlet
    notary: Notary
    room: Path | None = None
    hold: Callable[[str], object] = _nothing


async def release(key: str, period: date, house: Release, steps: Steps) -> str:
    """Walk one release to its recipient; give where it stands. Raises `NotAuthorised`, `Unavailable`."""

    async def _extract() -> Extracted:
        async with _refusing(key, house):
            return await asyncio.to_thread(house.extract, key, period)

    async def _authorise() -> int:
        async with _refusing(key, house):
            return await asyncio.to_thread(_authorised, extracted, house)

    async def _prove() -> str:
        return await asyncio.to_thread(_proven, extracted, index, house)

    async def _prepare() -> str:
        async with _stopping(extracted, manifest, house):
            return await _prepared(extracted, manifest, house)

    async def _deliver() -> str:
        return await _sent(extracted, manifest, house)

    async def _record() -> int:
        entry = _delivery(extracted)
        return await asyncio.to_thread(mark_delivered, house.engine, extracted.id, location, entry)

    extracted = await steps.run("extract", _extract)
    index = await steps.run("authorise", _authorise)
    manifest = await steps.run("prove", _prove)
    await steps.run("prepare", _prepare)
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


@asynccontextmanager
async def _stopping(extracted: Extracted, manifest: str, house: Release) -> AsyncIterator[None]:
    """Nothing more leaves, what was brought is taken back, and that is an entry too."""
    try:
        yield
    except NotAuthorised as refused:
        taken = await take_back(house.engine, house.outlet, extracted, manifest)
        if taken is None:
            raise
        entry = stop_entry(extracted, refused, taken)
        await asyncio.to_thread(refuse_release, house.engine, entry)
        raise Stopped(str(refused)) from None


def _authorised(extracted: Extracted, house: Release) -> int:
    with house.engine.begin() as connection:
        known = find_release(connection, extracted.id)
    if known is not None:  # whether it may still leave is asked when it leaves
        return int(known.authorised_index)
    granted, entry = _check_stands(extracted, house), _authorisation(extracted)
    try:
        return authorise(house.engine, extracted, entry, daily_rows=granted.daily_rows)
    except CeilingReached as reached:
        say_ceiling(house.engine, extracted, reached)
        raise


def _check_stands(extracted: Extracted, house: Release) -> Grant:
    """The grant of this release, now. It may have been suspended or replaced since the extract."""
    granted = house.grant()
    if granted.snapshot != extracted.habilitation_digest:
        raise NotAuthorised(
            "l'habilitation n'est plus celle de l'extrait : une autre l'a remplacée"
        )
    return granted


def _proven(extracted: Extracted, index: int, house: Release) -> str:
    """The manifest with its receipt: the entry is in a signed checkpoint from here on."""
    house.notary.publish()
    with house.engine.begin() as connection:
        edition = edition_of(connection, extracted.id)
    manifest = _manifest(extracted, index, house.notary.receipt(index), edition)
    return write_manifest(house.engine, extracted.id, manifest)


def _check_may_leave(extracted: Extracted, house: Release) -> None:
    _check_stands(extracted, house)
    with house.engine.begin() as connection:
        if find_release(connection, extracted.id) is None:
            raise NotAuthorised("aucune écriture au journal : rien ne sort")


async def _prepared(extracted: Extracted, manifest: str, house: Release) -> str:
    """What the place gave for this release, now or the first time."""
    known = await asyncio.to_thread(find_prepared, house.engine, extracted.id)
    if known is not None:
        return known
    may_leave = partial(_check_may_leave, extracted, house)
    async with _pieces(extracted, manifest, house) as pieces:
        prepared = await while_granted(partial(house.outlet.prepare, pieces), may_leave)
    return await asyncio.to_thread(keep_prepared, house.engine, extracted.id, prepared)


async def _sent(extracted: Extracted, manifest: str, house: Release) -> str:
    may_leave = partial(_check_may_leave, extracted, house)
    try:
        async with _stopping(extracted, manifest, house):
            return await _given(extracted, manifest, house, may_leave)
    except Stopped:
        raise
    except NotAuthorised:  # too late, its recipient was told: it is of record as it is
        return await _given(extracted, manifest, house, lambda: None)


async def _given(
    extracted: Extracted, manifest: str, house: Release, may_leave: Callable[[], object]
) -> str:
    prepared = await _prepared(extracted, manifest, house)
    async with _pieces(extracted, manifest, house) as pieces:
        try:
            deliver = partial(house.outlet.deliver, pieces, prepared)
            return (await while_granted(deliver, may_leave)).location
        except Unprepared:
            await asyncio.to_thread(forget_prepared, house.engine, extracted.id)
            raise Unavailable("ce qui était préparé n'y est plus, à préparer de nouveau") from None


@asynccontextmanager
async def _pieces(
    extracted: Extracted, manifest: str, house: Release
) -> AsyncIterator[Sequence[Piece]]:
    """File and manifest, the file on a disk of ours: a release may be larger than memory."""
    with (
        workroom(house.room, need=extracted.sealed_size) as room,
        (room / "release").open("w+b") as body,
    ):
        await asyncio.to_thread(house.sealed.unseal_into, extracted.sealed, body)
        try:
            yield (
                Piece(f"{extracted.name}.gpg", body),
                Piece(f"{extracted.name}.manifeste.json", io.BytesIO(manifest.encode())),
            )
        except Unreachable as error:
            raise Unavailable("le destinataire ne répond pas") from error
        except HostKeyChanged as changed:
            await asyncio.to_thread(house.hold, changed.fingerprint)
            raise Unavailable("le serveur du destinataire a changé de clé d'hôte") from changed


def _manifest(extracted: Extracted, index: int, receipt: str, edition: int) -> str:
    product = PRODUCTS[extracted.product]
    body = {
        "format": MANIFEST_FORMAT,
        "publication": extracted.id,
        "produit": extracted.product,
        "version": product.version,
        "destinataire": extracted.recipient,
        "departement": extracted.departement,
        "periode": extracted.period.isoformat(),
        "sequence": edition,
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
        "mention": product.mention,
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
