"""The ledger as a client reads it: the signed head, the tiles of hashes, and the receipts of what is its own.

1. Checkpoint and tiles are those of the web door. Tiles of entries are not given here: they tell what is
   exchanged with the others; a receipt proves one's own without them.
2. A receipt is given for a release or a delivery of the client's organisation, by its name; what is not
   published yet is published first.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from aiohttp import hdrs, web

from gateway.api.call import Call, Operation
from gateway.api.problems import Problem, unknown
from gateway.ledger.receipt import receipt
from gateway.ledger.served import Served, served
from gateway.store.pickups import find_pickup
from gateway.store.sent import find_sent


async def get_checkpoint(call: Call) -> web.StreamResponse:
    """The last signed head. Raises `Problem`."""
    return _file(await asyncio.to_thread(served, call.counter.ledger_folder, "checkpoint"))


async def get_tile(call: Call) -> web.StreamResponse:
    """One tile of hashes. Raises `Problem`."""
    path = f"tile/{call.request.match_info['path']}"
    return _file(await asyncio.to_thread(served, call.counter.ledger_folder, path, entries=False))


async def get_receipt(call: Call) -> web.StreamResponse:
    """The proof that a release of the client's own, or a verdict on what it sent, is in the ledger."""
    index = await asyncio.to_thread(_index, call)
    text = await asyncio.to_thread(_receipt, call, index)
    return web.Response(text=text, content_type="text/plain")


def _file(found: Served | None) -> web.Response:
    if found is None:
        raise unknown()
    headers = {hdrs.CACHE_CONTROL: found.cache, hdrs.CONTENT_TYPE: found.kind}
    return web.Response(body=found.body, headers=headers)


def _index(call: Call) -> int:
    partner, asked = call.counter.partner(call.client), call.request.match_info["id"]
    if partner is None:
        raise unknown()
    with call.counter.engine.begin() as connection:
        left = find_pickup(connection, asked, partner.alias)
        sent = find_sent(connection, asked, partner.alias) if left is None else None
    if left is not None:
        call.trace.subject, call.trace.departement = left.id, left.departement
        return left.authorised_index
    if sent is None:
        raise unknown()
    call.trace.subject, call.trace.departement = sent.id, sent.departement
    return int(sent.ledger_index)


def _receipt(call: Call, index: int) -> str:
    folder = call.counter.ledger_folder
    if served(folder, "checkpoint") is not None:
        with suppress(IndexError):
            return receipt(folder, index)
    call.counter.publish()
    try:
        return receipt(folder, index)
    except IndexError:
        raise Problem(503, "indisponible", "Cette écriture sera publiée sous peu.") from None


LEDGER: Final[Mapping[str, Operation]] = {
    "getCheckpoint": get_checkpoint,
    "getTile": get_tile,
    "getReceipt": get_receipt,
}
