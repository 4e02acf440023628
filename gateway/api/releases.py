"""What a recipient reads and says of its releases: which there are, their manifests, its answers, once more.

1. Only its own: what is left to another organisation is answered as what does not exist.
2. An answer is the same word as a recipient gives by any other place (`gateway.store.answers`): a final one
   is never replaced by one that is not, the same twice is once.
3. Given again: the same bytes, from the vault, while the habilitation is in force; an entry says it.
"""

import asyncio
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

from aiohttp import web

from connectors.contract import Milestone, Piece
from connectors.folder import FolderOutlet
from gateway.api.answers import given, listed, moment, tagged
from gateway.api.call import Call, Operation
from gateway.api.cursors import page_of
from gateway.api.problems import Problem
from gateway.api.standing import check_open, own_pickup, where_it_stands
from gateway.errors import NotAuthorised
from gateway.ledger.entry import Act, Entry
from gateway.settings import Partner
from gateway.store.answers import Word, mark_answered
from gateway.store.pickups import (
    Pickup,
    Wanted,
    keep_message,
    manifest_of,
    mark_redelivered,
    pickups,
)
from gateway.vault import NotHeld
from gateway.workroom import workroom

# What is said, and the word of record (ecosystem.md §4.3).
WORDS: Final[Mapping[str, Milestone]] = {
    "recue": Milestone.RECEIVED,
    "lisible": Milestone.READABLE,
    "integree": Milestone.INTEGRATED,
    "refusee": Milestone.REFUSED,
    "illisible": Milestone.UNREADABLE,
}
# An e-mail address, or figures enough to be a number of somebody.
IDENTIFYING: Final = re.compile(r"@|\d(?:[ .\-]?\d){6}")
SAID: Final[Mapping[str, str]] = {milestone.value: word for word, milestone in WORDS.items()}


async def list_releases(call: Call) -> web.StreamResponse:
    """The releases of the client's organisation, the last delivered first."""
    counter, page, query = call.counter, page_of(call), call.request.query
    partner = counter.partner(call.client)
    since = date.fromisoformat(query["depuis"]) if "depuis" in query else None
    wanted = Wanted(
        query.get("produit", ""),
        query.get("departement", ""),
        since,
        int(page.after[0]) if page.after else None,
    )

    def _found() -> list[Pickup]:
        if partner is None:
            return []
        with counter.engine.begin() as connection:
            return [*pickups(connection, partner.alias, wanted, limit=page.limit + 1)]

    found = await asyncio.to_thread(_found)
    return listed(
        found, page, shown=lambda one: shown(one, partner), key=lambda one: one.delivered_index
    )


async def get_release(call: Call) -> web.StreamResponse:
    """One release."""
    partner, found = await _own(call)
    return web.json_response(shown(found, partner))


async def get_manifest(call: Call) -> web.StreamResponse:
    """The manifest that left with a release, as it left."""
    _, found = await _own(call)

    def _manifest() -> str:
        with call.counter.engine.begin() as connection:
            return manifest_of(connection, found.id)

    body = (await asyncio.to_thread(_manifest)).encode()
    return given(call.request, tagged(body, "application/json"))


async def acknowledge(call: Call) -> web.StreamResponse:
    """Write what its recipient says of a release. Raises `Problem`."""
    partner, found = await _own(call)
    said = await call.request.json()
    message = said.get("message", "")
    if IDENTIFYING.search(message):
        raise Problem(422, "contenu-refuse", "message : ni personne, ni adresse, ni numéro.")
    await asyncio.to_thread(_answered, call, found, WORDS[said["etat"]], message)
    _, now = await asyncio.to_thread(own_pickup, call.counter, call.client, found.id)
    return web.json_response(shown(now, partner))


async def redeliver(call: Call) -> web.StreamResponse:
    """Leave the same bytes at the pick-up again. Raises `Problem`."""
    partner, found = await _own(call)
    try:
        await asyncio.to_thread(check_open, call.counter, call.client, partner, found.id)
        await _left_again(call, found)
        facts = {"client": call.client.id, "call": call.id}
        await asyncio.to_thread(mark_redelivered, call.counter.engine, found, facts)
    except NotHeld:
        raise Problem(410, "retire", "Cette publication n'est plus conservée.") from None
    except NotAuthorised as refused:
        raise Problem(403, "droit-insuffisant", f"{refused}") from refused
    _, now = await asyncio.to_thread(own_pickup, call.counter, call.client, found.id)
    return web.json_response(shown(now, partner), status=202)


def shown(found: Pickup, partner: Partner | None) -> Mapping[str, Any]:
    """A release as its recipient reads it: `nom`, `sha256`, `octets` are of the clear file."""
    return {
        "id": found.id,
        "produit": found.product,
        "departement": found.departement,
        "periode": found.period.isoformat(),
        "habilitation": {
            "id": found.habilitation,
            "version": found.habilitation_version,
            "empreinte": found.habilitation_digest,
        },
        "nom": found.name,
        "sha256": found.sha256,
        "octets": found.size,
        "lignes": found.rows,
        "fichier": {"nom": found.file, "sha256": found.file_sha256, "octets": found.file_size},
        "etat": where_it_stands(found, partner).value,
        "remise_le": moment(found.delivered_at),
        "retiree_le": moment(found.collected_at),
        "reprise_le": moment(found.withdrawn_at),
        "accuse": SAID.get(found.answer),
        "accuse_le": moment(found.answered_at),
        "journal": {
            "autorisation": found.authorised_index,
            "remise": found.delivered_index,
            "retrait": found.collected_index,
            "reprise": found.withdrawn_index,
        },
    }


async def _own(call: Call) -> tuple[Partner, Pickup]:
    release = call.request.match_info["id"]
    partner, found = await asyncio.to_thread(own_pickup, call.counter, call.client, release)
    call.trace.subject, call.trace.departement = found.id, found.departement
    return partner, found


def _answered(call: Call, found: Pickup, milestone: Milestone, message: str) -> None:
    at, engine = datetime.now(UTC), call.counter.engine
    facts = {
        "recipient": found.recipient,
        "answer": milestone.value,
        "said_at": at.isoformat(timespec="seconds"),
        "client": call.client.id,
        "call": call.id,
    }
    entry = Entry(Act.RELEASE_ANSWERED, at, found.id, facts=facts)
    if found.answer == milestone.value:  # said already: the hour changes nothing
        return
    if mark_answered(engine, found.id, Word(milestone.value, at), entry) and message:
        keep_message(engine, found.id, message)


async def _left_again(call: Call, found: Pickup) -> None:
    """From the vault, by the very gesture that left it the first time: the same bytes twice is once."""
    outlet = FolderOutlet(call.counter.pickup(found.recipient), found.recipient)
    room = call.counter.settings.main.paths.room
    place = call.counter.settings.path(room) if room else None
    with workroom(place, need=found.file_size) as own, (own / "release").open("w+b") as body:
        await asyncio.to_thread(call.counter.unseal, found.file_sha256, body)
        await outlet.deliver([Piece(found.file, body)], found.file)


RELEASES: Final[Mapping[str, Operation]] = {
    "listReleases": list_releases,
    "getRelease": get_release,
    "getManifest": get_manifest,
    "acknowledgeRelease": acknowledge,
    "redeliverRelease": redeliver,
}
