"""The week, played: partners stand up, the gateway makes its rounds, recipients open what they got.

1. Rounds are made until one starts nothing: what a partner left is received, crossed, released.
2. The ledger is verified as an outsider would, from its published folder.
3. Run again, the same week starts nothing; killed anywhere and run again, it ends the same.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from gateway.app import House
from gateway.demo.opening import open_received
from gateway.demo.result import Document, collect_result, write_result
from gateway.demo.scenery import Scenery, furnish
from gateway.demo.theatre import partners
from gateway.doors.durable import Durable, Patience
from gateway.errors import Unavailable
from gateway.ledger.verify import verify
from gateway.rounds import Telling, go_round, running
from gateway.sandbox.ceremony import enrol, habilitate
from gateway.sandbox.week import Week
from gateway.settings import load

MAX_ROUNDS = 10


@dataclass(frozen=True, slots=True)
class Played:
    """What happened this time."""

    document: Document
    opened: dict[str, list[Path]]
    started: int
    failures: dict[str, str] = field(default_factory=dict)


Again = Callable[[], Awaitable[Played]]
Stay = Callable[[Played, Again], Awaitable[None]]


async def play(scenery: Scenery, week: Week, samples: Path, tell: Telling, stay: Stay) -> Played:
    """Play the week; while everything still listens, `stay` is told, and may ask for more rounds."""
    async with partners(scenery, samples) as access:
        keyring = furnish(scenery, week, access)
        settings = load(scenery.config)
        enrol(settings, scenery.declared)
        habilitate(settings, scenery.drafts)
        async with running(settings, Patience(tries=5, first_wait=0.5)) as (
            house,
            durable,
        ):

            async def again() -> Played:
                started = await _rounds(house, durable, tell)
                verify(house.ledger_folder)
                document = collect_result(house, week.departement)
                write_result(scenery.result, document)
                opened = open_received(scenery, keyring)
                return Played(document, opened, started, dict(await durable.failures()))

            played = await again()
            await stay(played, again)
    return played


async def _rounds(house: House, durable: Durable, tell: Telling) -> int:
    """Rounds until one starts nothing; how many walks they started. Raises `Unavailable`."""
    started = 0
    for _ in range(MAX_ROUNDS):
        done = await go_round(house, durable, tell)
        started += done.started
        if done.silences:
            raise Unavailable(f"{done.silences[0].partner} ne répond pas")
        if not done.started:
            break
    return started
