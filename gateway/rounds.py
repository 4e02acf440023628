"""A round: look at every door, receive what waits, cross what changed, release what is due.

`serve` makes a round at every tick of the clock, `flow run` makes one, the demo makes one and watches.
A round started twice at once does nothing twice: every walk has its key.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from connectors.contract import Tidy
from connectors.errors import ConnectorError
from gateway.agenda import Due, crossings, releases
from gateway.app import House, open_house
from gateway.doors.durable import Durable, Patience, Walk
from gateway.doors.lookout import Sighting, Silence, look
from gateway.settings import Settings
from gateway.store.deliveries import find_delivery

log = logging.getLogger(__name__)

# What a round tells as it goes: a French word for the phase, and how many walks it started.
Telling = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Round:
    """What one round saw and started."""

    sightings: tuple[Sighting, ...]
    silences: tuple[Silence, ...]
    started: int


@asynccontextmanager
async def running(settings: Settings, patience: Patience) -> AsyncIterator[tuple[House, Durable]]:
    """A house with its durable execution, resuming what was unfinished."""
    async with open_house(settings) as house:
        walks: dict[str, Walk] = {
            "reception": house.receive,
            "croisement": house.cross,
            "publication": house.publish,
        }
        durable = Durable(settings.durable_url, walks, patience)
        await durable.launch()
        try:
            yield house, durable
        finally:
            await durable.close()


async def go_round(house: House, durable: Durable, tell: Telling) -> Round:
    """Make one round, to its end."""
    await durable.drain()
    sightings, silences = await look(house.posts)
    house.seen.clear()
    house.seen.update({sighting.key: sighting.arrival for sighting in sightings})
    started = 0
    for rank, sighting in enumerate(sightings, 1):
        passport = sighting.passport
        key = f"reception:{passport.delivery}"
        starts = await durable.start(
            "reception", key, passport, sighting.key, partition=passport.departement, rank=rank
        )
        started += starts
        if not starts:
            await _settle_again(house, sighting)
    tell("réception", started)
    await durable.drain()
    started += await _start(durable, tell, "croisement", crossings(house.crossing, _where(house)))
    today = datetime.now(UTC).date()
    due = releases(house.engine, house.habilitations, today)
    started += await _start(durable, tell, "publication", due)
    await _tidy(house)
    await asyncio.to_thread(house.notary.publish)
    return Round(tuple(sightings), tuple(silences), started)


async def _settle_again(house: House, sighting: Sighting) -> None:
    """A place may list again what we acknowledged (HubEE after a restart): settle it once more."""
    with house.engine.begin() as connection:
        row = find_delivery(connection, sighting.passport.delivery)
    if row is not None and row.acknowledged_at is not None:
        await _kindly(sighting.post.partner, sighting.post.source.settle(sighting.arrival))


async def _tidy(house: House) -> None:
    """Clear the notifications that carry no file (HubEE's echoes), which would pile up."""
    for post in house.posts:
        if isinstance(post.source, Tidy):
            await _kindly(post.partner, post.source.tidy())


async def _kindly(partner: str, gesture: Awaitable[object]) -> None:
    """A gesture that may wait for the next round, whatever the place answers to it."""
    try:
        await gesture
    except ConnectorError as error:
        log.warning("place of %s did not follow: %s", partner, type(error).__name__)


async def _start(durable: Durable, tell: Telling, phase: str, due: Iterable[Due]) -> int:
    started = 0
    for walk in due:
        started += await durable.start(
            walk.walk, walk.key, *walk.arguments, partition=walk.partition
        )
    tell(phase, started)
    await durable.drain()
    return started


def _where(house: House) -> list[str]:
    lines = (line for partner in house.settings.partners for line in partner.flows)
    return sorted({line.departement for line in lines})
