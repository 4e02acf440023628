"""RECEPTION, one per delivery. Read this file first.

    collect → (unseal → check → link → pseudonymise) → keep → acknowledge

Four durable steps; the parenthesis is one of them, and the only place where clear text exists. When
another delivery of the same département changed the identity index meanwhile, that step is walked
again: nothing was kept.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Engine

from connectors.contract import Arrival, Source
from gateway.delivery import Acknowledged, Collected, Kept, Refusal, Treated
from gateway.errors import Unavailable
from gateway.passage.steps import Steps
from gateway.passage.treatment import Treatment
from gateway.stages.acknowledge import acknowledge
from gateway.stages.collect import collect, find
from gateway.stages.keep import keep
from gateway.store.deliveries import Passport
from gateway.vault import Vault

MAX_TURNS = 5


@dataclass(frozen=True, slots=True)
class Reception:
    """What the path needs of the house, for one flow of one partner."""

    engine: Engine
    source: Source
    vault: Vault
    limit: int
    treatment: Treatment
    seen: Mapping[str, Arrival]


async def receive(passport: Passport, key: str, house: Reception, steps: Steps) -> Acknowledged:
    """Carry one arrival from its partner's door to the journeys, and tell the partner."""

    async def _collect() -> Collected | Refusal:
        return await collect(
            passport.delivery,
            await _arrival(key, house),
            house.source,
            vault=house.vault,
            limit=house.limit,
        )

    async def _acknowledge() -> Acknowledged:
        arrival = await _arrival(key, house)
        return await acknowledge(house.engine, passport, kept, house.source, arrival)

    arrived = await steps.run("collect", _collect)
    kept = await _treat_and_keep(passport, arrived, house, steps)
    return await steps.run("acknowledge", _acknowledge)


async def _treat_and_keep(
    passport: Passport, arrived: Collected | Refusal, house: Reception, steps: Steps
) -> Kept:
    held = arrived if isinstance(arrived, Collected) else None

    async def _treat() -> Treated | Refusal:
        return await house.treatment.treat(passport, arrived)

    async def _keep() -> Kept:
        return await asyncio.to_thread(keep, house.engine, passport, held, outcome)

    for _ in range(MAX_TURNS):
        outcome = await steps.run("treat", _treat)
        kept = await steps.run("keep", _keep)
        if not kept.stale:
            return kept
    raise Unavailable("index des identités trop disputé")


async def _arrival(key: str, house: Reception) -> Arrival | None:
    """The arrival as the lookout saw it; asked again of its place after a restart."""
    return house.seen.get(key) or await find(house.source, key)
