"""RECEPTION, one per delivery. Read this file first.

    collect → (unseal → scan → check → link → pseudonymise) → keep → acknowledge

Four durable steps; the parenthesis is one of them, and the only place where clear text exists. One
delivery of a département at a time is treated and kept here; when another gateway changed the identity
index meanwhile, that step is walked again: nothing was kept. The partner is spoken to only while we
hold its account.

A REPLAY is the same path from its second step: the bytes are ours already, nothing waits at the partner's.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Engine

from connectors.contract import Arrival, Source
from gateway.clerk import Clerk
from gateway.delivery import Acknowledged, Collected, Kept, Refusal, Treated
from gateway.errors import Unavailable
from gateway.passage.steps import Steps
from gateway.passage.treatment import Treatment
from gateway.stages.acknowledge import acknowledge
from gateway.stages.collect import collect
from gateway.stages.keep import keep
from gateway.store.deliveries import Passport
from gateway.store.quarantine import DAYS
from gateway.vault import Vault

MAX_TURNS = 5


@dataclass(frozen=True, slots=True)
class Reception:
    """What the path needs of the house, for one flow of one partner.

    `find` gives the arrival of a key while its place lists it. `hold` raises `Elsewhere` when another
    gateway has the partner's account. `turn` is the département's. `siret`: of the partner, told of the verdict.
    """

    engine: Engine
    source: Source
    vault: Vault
    limit: int
    treatment: Treatment
    find: Callable[[str], Awaitable[Arrival | None]]
    hold: Callable[[], Awaitable[None]]
    turn: asyncio.Lock
    clerk: Clerk
    held_days: int = DAYS
    siret: str = ""


async def receive(passport: Passport, key: str, house: Reception, steps: Steps) -> Acknowledged:
    """Carry one arrival from its partner's door to the journeys, and tell the partner."""

    async def _collect() -> Collected | Refusal:
        await house.hold()
        return await collect(
            passport.delivery,
            await house.find(key),
            house.source,
            vault=house.vault,
            limit=house.limit,
        )

    async def _acknowledge() -> Acknowledged:
        await house.hold()
        arrival = await house.find(key)
        return await acknowledge(house.clerk, passport, kept, house.source, arrival)

    arrived = await steps.run("collect", _collect)
    async with house.turn:
        kept = await _treat_and_keep(passport, arrived, house, steps)
    return await steps.run("acknowledge", _acknowledge)


async def replay(
    passport: Passport, held: Collected, house: Reception, steps: Steps
) -> Acknowledged:
    """Treat again, by today's contract and keys, bytes received before."""

    async def _acknowledge() -> Acknowledged:
        await house.hold()
        return await acknowledge(house.clerk, passport, kept, house.source, None)

    async with house.turn:
        kept = await _treat_and_keep(passport, held, house, steps)
    return await steps.run("acknowledge", _acknowledge)


async def _treat_and_keep(
    passport: Passport, arrived: Collected | Refusal, house: Reception, steps: Steps
) -> Kept:
    held = arrived if isinstance(arrived, Collected) else None

    async def _treat() -> Treated | Refusal:
        return await house.treatment.treat(passport, arrived)

    async def _keep() -> Kept:
        return await asyncio.to_thread(
            partial(
                keep,
                house.engine,
                passport,
                held,
                outcome,
                held_days=house.held_days,
                siret=house.siret,
            )
        )

    for _ in range(MAX_TURNS):
        outcome = await steps.run("treat", _treat)
        kept = await steps.run("keep", _keep)
        if not kept.stale:
            return kept
    raise Unavailable("index des identités trop disputé")
