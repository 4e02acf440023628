"""A round: look at every door, receive what waits, cross what changed, release what is due.

`flow run` makes one over every post, the demo makes one and watches; `serve` gives each post rounds of
its own (`receive`) and follows up apart (`follow_up`), so that a place that hangs delays no other.

1. A round started twice at once, or by two gateways, does nothing twice: every walk has its key.
2. An account that another gateway holds is left to it, and asked for again at the next round.
3. What a place lists again though its verdict is of record is told again, then settled; while its
   walk goes on, that is its walk's to do.
4. While the antivirus does not answer, what waits is left where it is: a walk would give up one day.
5. A partner paused or gone is not looked at, one in test only for its tests; neither receives. What
   walked when it was paused goes on. One whose server shows another host key is paused at once.
6. What a dead gateway left unfinished is resumed here, if its account is free.
7. After the receptions: what quarantine ended is erased, the persons that two people had erased are, the
   replays asked for are walked, the numbers that never came are said.
8. What was delivered under a habilitation that closed since, and not collected, is taken back.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from connectors.contract import Tidy
from connectors.errors import ConnectorError
from gateway.agenda import Due, crossings, releases, replays
from gateway.app import House, open_house
from gateway.doors.accounts import partition_of
from gateway.doors.durable import Durable, Patience, Walk
from gateway.doors.lookout import Post, Sighting, Silence, look
from gateway.doors.silence import CHANGED, hold_changed
from gateway.follow import alert_answers, follow
from gateway.retention.erasing import erase_ordered
from gateway.settings import Settings
from gateway.stages.acknowledge import tell as tell_sender
from gateway.stages.keep import kept_of
from gateway.store.deliveries import find_delivery
from gateway.store.disappearances import watch_disappearances
from gateway.store.holding import Holder
from gateway.store.locks import slot_locks
from gateway.store.partner_states import Standing, State, standings
from gateway.store.quarantine import expire
from gateway.store.sequences import watch_gaps

log = logging.getLogger(__name__)

# What a round tells as it goes: a French word for the phase, and how many walks it started.
Telling = Callable[[str, int], None]
RECEPTION = "reception"
# Seconds that what follows waits for another gateway's receptions, which it would have to follow again.
GRACE = 60.0
# Where a partner stands when its places are looked at.
SERVED = (State.ACTIVE, State.TEST)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A post whose account another gateway holds."""

    post: str
    holder: Holder | None


@dataclass(frozen=True, slots=True)
class Round:
    """What one round saw and started. `resting`: posts of partners paused or gone, not looked at."""

    sightings: tuple[Sighting, ...]
    silences: tuple[Silence, ...]
    started: int
    waiting: tuple[Waiting, ...] = ()
    resting: tuple[str, ...] = ()


@asynccontextmanager
async def running(settings: Settings, patience: Patience) -> AsyncIterator[tuple[House, Durable]]:
    """A house with its durable execution, resuming what was unfinished."""
    async with open_house(settings) as house:
        walks: dict[str, Walk] = {
            RECEPTION: house.receive,
            "rejeu": house.replay,
            "croisement": house.cross,
            "publication": house.publish,
        }
        slots = slot_locks(settings.durable_url, settings.database_url, settings.var)
        try:
            durable = Durable(settings.durable_url, walks, patience, slots)
            await house.accounts.take_all()
            await durable.launch()
            try:
                yield house, durable
            finally:
                await durable.close()
        finally:
            slots.close()


async def go_round(house: House, durable: Durable, tell: Telling) -> Round:
    """Make one round over every post, to its end."""
    await durable.adopt(house.accounts.may_walk)
    await durable.drain()
    done = await receive(house, durable, house.posts)
    tell("réception", done.started)
    await durable.drain()
    await tidy(house, house.posts, done)
    followed = await follow_up(house, durable, tell)
    return replace(done, started=done.started + followed)


async def receive(house: House, durable: Durable, posts: Sequence[Post]) -> Round:
    """Look at these posts and start a walk for each new file; what walks goes on without us."""
    states = await asyncio.to_thread(_states, house)
    served = [post for post in posts if states[post.partner] in SERVED]
    held = [post for post in served if await house.accounts.holds(post)]
    others = [post for post in served if post not in held]
    waiting = [Waiting(post.name, await house.accounts.holder(post)) for post in others]
    seen, silences = await look(held)
    await asyncio.to_thread(_hold_changed, house, silences)
    sightings = [s for s in seen if s.passport.is_test or states[s.post.partner] is State.ACTIVE]
    silent = {silence.post for silence in silences}
    for post in held:
        if post.name not in silent:
            post.seen.renew([s.arrival for s in seen if s.post is post])
    started, scans = 0, await house.can_scan()
    if sightings and not scans:
        log.warning("the antivirus does not answer: what waits is left at its place")
    for rank, sighting in enumerate(sightings, 1):
        starts = scans and await _start_reception(durable, sighting, rank)
        started += starts
        if not starts:
            await _tell_again(house, durable, sighting)
    resting = tuple(post.name for post in posts if post not in served)
    return Round(tuple(sightings), tuple(silences), started, tuple(waiting), resting)


async def follow_up(house: House, durable: Durable, tell: Telling) -> int:
    """Cross and release what the files received call for, and say what became of it."""
    await durable.quiet(RECEPTION, house.accounts.may_walk, longest=GRACE)
    await asyncio.to_thread(expire, house.engine, house.drawers.reception.delete)
    await asyncio.to_thread(erase_ordered, house.keeper)
    started = await _start(durable, tell, "rejeu", replays(house.engine))
    await asyncio.to_thread(watch_gaps, house.engine, numbered(house.settings))
    await asyncio.to_thread(watch_disappearances, house.engine)
    started += await _start(
        durable, tell, "croisement", crossings(house.crossing, served_departements(house.settings))
    )
    today = datetime.now(UTC).date()
    states = await asyncio.to_thread(_states, house)
    resting = {p.siret for p in house.settings.partners if states[p.alias] is not State.ACTIVE}
    served = [h for h in house.habilitations(today) if h.organisation.siret not in resting]
    due = releases(house.engine, served, today)
    started += await _start(durable, tell, "publication", due)
    await follow(house.engine, house.outlets)
    await house.withdrawing.look()
    hours = {partner.alias: partner.answer_hours for partner in house.settings.partners}
    await alert_answers(house.engine, house.outlets, hours)
    await asyncio.to_thread(house.notary.publish)
    return started


async def tidy(house: House, posts: Sequence[Post], done: Round) -> None:
    """Clear the notifications that carry no file (HubEE's echoes), which would pile up."""
    left = {one.post for one in done.waiting} | {one.post for one in done.silences}
    for post in posts:
        if (
            isinstance(post.source, Tidy)
            and post.name not in left
            and await house.accounts.holds(post)
        ):
            await _kindly(post, post.source.tidy())


def walks_of(post: Post) -> Callable[[str], bool]:
    """The partitions in which the files of this post walk."""
    return lambda partition: partition.partition("/")[2] == post.name


async def _start_reception(durable: Durable, sighting: Sighting, rank: int) -> bool:
    passport = sighting.passport
    return await durable.start(
        RECEPTION,
        _key(sighting),
        passport,
        sighting.key,
        partition=partition_of(passport.departement, sighting.post),
        rank=rank,
    )


def _key(sighting: Sighting) -> str:
    return f"reception:{sighting.passport.delivery}"


async def _tell_again(house: House, durable: Durable, sighting: Sighting) -> None:
    """A place may have forgotten what it was told, or still wait for it: from the record, once more."""
    with house.engine.begin() as connection:
        row = find_delivery(connection, sighting.passport.delivery)
    if row is None or await durable.is_walking(_key(sighting)):
        return
    post, passport = sighting.post, sighting.passport
    again = tell_sender(house.clerk, passport, kept_of(row), post.source, sighting.arrival)
    await _kindly(post, again)


async def _kindly(post: Post, gesture: Awaitable[object]) -> None:
    """A gesture that may wait for the next round, whatever the place answers to it."""
    try:
        await gesture
    except ConnectorError as error:
        log.warning("place of %s did not follow: %s", post.name, type(error).__name__)


async def _start(durable: Durable, tell: Telling, phase: str, due: Iterable[Due]) -> int:
    started = 0
    for walk in due:
        started += await durable.start(
            walk.walk, walk.key, *walk.arguments, partition=partition_of(walk.partition)
        )
    tell(phase, started)
    await durable.drain(lambda partition: "/" not in partition)
    return started


def _hold_changed(house: House, silences: Sequence[Silence]) -> None:
    """A server with another key may be somebody else's: nobody speaks to it before somebody decides."""
    for silence in silences:
        if silence.why == CHANGED:
            hold_changed(house.engine, silence.partner, silence.post, silence.fingerprint)


def _states(house: House) -> Mapping[str, State]:
    """Where each partner of the settings stands."""
    with house.engine.begin() as connection:
        decided = standings(connection)
    return {p.alias: decided.get(p.alias, Standing()).state for p in house.settings.partners}


def numbered(settings: Settings) -> Sequence[tuple[str, str]]:
    """(partner, flow) of the flows whose numbers are watched."""
    return [
        (partner.alias, line.flow)
        for partner in settings.partners
        for line in partner.flows
        if line.sequence != "none"
    ]


def served_departements(settings: Settings) -> list[str]:
    """Those some partner sends files of, sorted."""
    lines = (line for partner in settings.partners for line in partner.flows)
    return sorted({line.departement for line in lines})
