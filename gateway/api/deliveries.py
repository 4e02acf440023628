"""What a sender reads of what it sent: where each stands, what was counted, and the very files it was answered.

1. Only its own; by the name of the delivery, or by the key it waited under.
2. What waits has no verdict yet: it is told apart, on the first page.
3. The files of an answer are those that were signed, byte for byte; rejected lines stay encrypted for
   their sender.
"""

import asyncio
import io
import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from aiohttp import hdrs, web
from sqlalchemy import Row

from connectors.contract import Arrival
from connectors.folder import FolderSource
from gateway.api.answers import listed, moment
from gateway.api.call import Call, Operation
from gateway.api.cursors import page_of
from gateway.api.entering import line_of
from gateway.api.problems import unknown
from gateway.delivery import Verdict
from gateway.settings import Partner
from gateway.stages.keep import kept_of
from gateway.store.acknowledgements import WORDS, find_notices
from gateway.store.sent import Asked, find_sent, held_among, sent_by
from schemas.codes import Code

WAITS: Final = "depose"
STATES: Final[Mapping[Verdict, str]] = {
    Verdict.ACCEPTED: "accepte",
    Verdict.REFUSED: "refuse",
    Verdict.DUPLICATE: "doublon",
}
MOST_WAITING: Final = 1000
HELD: Final = "quarantaine"
NO_ROWS: Final = {"lues": 0, "acceptees": 0, "rejetees": 0, "ignorees": 0}


async def list_deliveries(call: Call) -> web.StreamResponse:
    """What the client's organisation sent, the last judged first."""
    page, query = page_of(call), call.request.query
    partner = call.counter.partner(call.client)
    since = date.fromisoformat(query["depuis"]) if "depuis" in query else None
    before = int(page.after[0]) if page.after else None
    asked = Asked(query.get("flux", ""), since, before)

    def _found() -> list[tuple[Row[Any], Mapping[str, Any]]]:
        if partner is None:
            return []
        with call.counter.engine.begin() as connection:
            rows = sent_by(connection, partner.alias, asked, limit=page.limit + 1)
            held = held_among(connection, [row.id for row in rows])
        return [(row, _shown(row, is_held=row.id in held)) for row in rows]

    found = await asyncio.to_thread(_found)
    waiting = [] if page.after else await _all_waiting(call, partner)
    return listed(
        found,
        page,
        shown=lambda one: one[1],
        key=lambda one: one[0].ledger_index,
        beside={"en_attente": waiting},
    )


async def get_delivery(call: Call) -> web.StreamResponse:
    """One delivery, judged or waiting. Raises `Problem`."""
    partner = _partner(call)
    told = await asyncio.to_thread(_judged, call, partner)
    return web.json_response(told if told is not None else await _waiting(call, partner))


async def get_report(call: Call) -> web.StreamResponse:
    """One file of the answer to a delivery. Raises `Problem`."""
    body = await asyncio.to_thread(_report, call, _partner(call))
    headers = {
        hdrs.CONTENT_TYPE: "application/octet-stream",
        hdrs.CONTENT_DISPOSITION: f'attachment; filename="{call.request.match_info["name"]}"',
        hdrs.CACHE_CONTROL: "private, no-store",
    }
    return web.Response(body=body, headers=headers)


def _partner(call: Call) -> Partner:
    partner = call.counter.partner(call.client)
    if partner is None:
        raise unknown()
    return partner


def _judged(call: Call, partner: Partner) -> Mapping[str, Any] | None:
    with call.counter.engine.begin() as connection:
        row = find_sent(connection, call.request.match_info["id"], partner.alias)
        if row is None:
            return None
        call.trace.subject, call.trace.departement = row.id, row.departement
        held = row.id in held_among(connection, [row.id])
        return _shown(row, _files(find_notices(connection, row.id)), is_held=held)


async def _waiting(call: Call, partner: Partner) -> Mapping[str, Any]:
    """What was left and is not judged yet. Raises `Problem`."""
    asked = call.request.match_info["id"]
    for arrival in await _arrivals(call, partner):
        if arrival.key == asked:
            call.trace.subject = arrival.key
            return _left(call, partner, arrival)
    raise unknown()


async def _all_waiting(call: Call, partner: Partner | None) -> Sequence[Mapping[str, Any]]:
    """What was left and has no verdict: a file stays there a moment after it was judged."""
    if partner is None:
        return []
    left = await _arrivals(call, partner)

    def _without_verdict() -> list[Mapping[str, Any]]:
        with call.counter.engine.begin() as connection:
            return [
                _left(call, partner, one)
                for one in left
                if find_sent(connection, one.key, partner.alias) is None
            ]

    return await asyncio.to_thread(_without_verdict)


async def _arrivals(call: Call, partner: Partner) -> Sequence[Arrival]:
    if partner.api is None:
        return []
    folder = call.counter.deposit(partner.alias)
    return (await FolderSource(folder, partner.alias).arrivals())[:MOST_WAITING]


def _report(call: Call, partner: Partner) -> bytes:
    asked = call.request.match_info["name"]
    with call.counter.engine.begin() as connection:
        row = find_sent(connection, call.request.match_info["id"], partner.alias)
        record = find_notices(connection, row.id) if row is not None else {}
    if row is None or asked not in _files(record):
        raise unknown()
    call.trace.subject, call.trace.departement = row.id, row.departement
    if asked in record:
        return record[asked]
    out = io.BytesIO()
    call.counter.unseal(json.loads(record[WORDS])["scelles"][asked], out)
    return out.getvalue()


def _files(record: Mapping[str, bytes]) -> Sequence[str]:
    """What its sender was given, in order; nothing before it was told."""
    if WORDS not in record:
        return ()
    return [name for said in json.loads(record[WORDS])["avis"] for name in said["fichiers"]]


def _shown(row: Row[Any], files: Sequence[str] = (), *, is_held: bool) -> Mapping[str, Any]:
    kept = kept_of(row)
    told = Code(row.code).entry if row.code else None
    return {
        "id": kept.delivery,
        "depot": row.arrival or None,
        "flux": kept.flow,
        "departement": row.departement,
        "nom": kept.name,
        "sha256": kept.digest,
        "octets": kept.size,
        "recu_le": moment(kept.received_at),
        "etat": HELD if is_held else STATES[kept.verdict],
        "code": row.code,
        "libelle": told.label if told else None,
        "action": told.action if told else None,
        "codes": dict(kept.codes),
        "contrat": kept.contract_version,
        "date_de_reference": row.reference_date.isoformat() if row.reference_date else None,
        "sequence": kept.sequence,
        "lignes": {
            "lues": kept.counts.read,
            "acceptees": kept.counts.accepted,
            "rejetees": kept.counts.rejected,
            "ignorees": kept.counts.ignored,
        },
        "essai": kept.is_test,
        "rejeu_de": kept.replay_of or None,
        "accuse_le": moment(row.acknowledged_at),
        "ecriture_journal": kept.ledger_index,
        "rapports": list(files),
    }


def _left(call: Call, partner: Partner, arrival: Arrival) -> Mapping[str, Any]:
    line = line_of(partner, call.counter.registry, arrival.name)
    return {
        "id": arrival.key,
        "depot": arrival.key,
        "flux": line.flow if line else "",
        "departement": line.departement if line else None,
        "nom": arrival.name,
        "sha256": None,
        "octets": arrival.size or 0,
        "recu_le": moment(arrival.seen_at),
        "etat": WAITS,
        "code": None,
        "libelle": None,
        "action": None,
        "codes": {},
        "contrat": "",
        "date_de_reference": None,
        "sequence": None,
        "lignes": NO_ROWS,
        "essai": False,
        "rejeu_de": None,
        "accuse_le": None,
        "ecriture_journal": None,
        "rapports": [],
    }


DELIVERIES: Final[Mapping[str, Operation]] = {
    "listDeliveries": list_deliveries,
    "getDelivery": get_delivery,
    "getDeliveryReport": get_report,
}
