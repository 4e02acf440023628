"""Kept → Acknowledged: the sender learns the verdict, and only then is the arrival settled.

1. Never before the verdict and its ledger entry are durable.
2. Three levels, in signed files where the place carries files and as statuses where it does not: ART
   (received whole), ARL (readable), ARA (integrated). They are made once (`gateway.clerk`, which writes
   them down first); what they hold is `gateway.notices`.
3. That the sender was told is written once it was, never before: where a place answers for several
   files together, the last one told writes it for all.
4. Told, then written, then settled: killed in between, the place lists it again.
5. A replay has no arrival of its own and settles nothing: its sender is told where it was told of the
   original; where that is not known or closed, nobody is, and it is never written that somebody was.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, Row

from connectors.contract import Arrival, Filing, Source
from connectors.errors import ConnectorError, Missing, Unreachable
from gateway.clerk import Address, Clerk
from gateway.delivery import Acknowledged, Kept
from gateway.errors import Unavailable
from gateway.ledger.entry import Act, Entry
from gateway.store.deliveries import Passport, mark_acknowledged

log = logging.getLogger(__name__)


async def acknowledge(
    clerk: Clerk, passport: Passport, kept: Kept, source: Source, arrival: Arrival | None
) -> Acknowledged:
    """Tell the sender, write that it was told, settle. Raises `Unavailable`.

    `arrival` is None when its place lists it no more: it was settled by an earlier try, which had
    acknowledged first.
    """
    told = True
    try:
        if arrival is not None:
            told = await tell(clerk, passport, kept, source, arrival)
        elif passport.replay_of:
            told = await _tell_of_replay(clerk, passport, kept, source)
        else:
            await _mark(clerk.engine, passport)
    except Missing:
        log.info("%s was already settled", passport.delivery)
        await _mark(clerk.engine, passport)
    except Unreachable as error:
        raise Unavailable("accusé non remis, le partenaire ne répond pas") from error
    return Acknowledged(passport.delivery, kept.verdict, kept.ledger_index, told)


async def tell(
    clerk: Clerk, passport: Passport, kept: Kept, source: Source, arrival: Arrival
) -> bool:
    """Tell the sender a verdict of record, write it, settle; again is once. Say whether it knows by now.

    Also for what its place lists again after a restart: it may have forgotten what it was told.
    """
    is_told = await _say(clerk, passport, kept, source, Address(passport.post, arrival))
    await source.settle(arrival)
    return is_told


async def _tell_of_replay(clerk: Clerk, passport: Passport, kept: Kept, source: Source) -> bool:
    """Nothing is settled: the original was. A place that has closed it says no more about it."""
    address = await asyncio.to_thread(clerk.address, kept)
    if address is None:
        log.warning("%s repeats a delivery whose place is not known", passport.delivery)
        return False
    try:
        return await _say(clerk, passport, kept, source, address)
    except Unreachable:
        raise
    except ConnectorError as error:
        log.warning("%s is not told of: %s", passport.delivery, type(error).__name__)
        return False


async def _say(
    clerk: Clerk, passport: Passport, kept: Kept, source: Source, address: Address
) -> bool:
    in_files = isinstance(source, Filing) and source.carries_files
    notices = await asyncio.to_thread(clerk.notices, kept, address, in_files=in_files)
    keys = await source.acknowledge(address.arrival, notices)
    if keys:
        await _mark(clerk.engine, passport, keys)
    return bool(keys)


async def _mark(engine: Engine, passport: Passport, keys: Sequence[str] = ()) -> None:
    await asyncio.to_thread(mark_acknowledged, engine, passport, keys, _entry)


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        act=Act.DELIVERY_ACKNOWLEDGED,
        at=datetime.now(UTC),
        actor="passerelle",
        subject=row.id,
        facts={"verdict": row.verdict, "about": row.ledger_index},
    )
