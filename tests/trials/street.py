"""One gateway before one hub, with several démarches side by side: each carries a trial of its own.

    with street(folder) as here:
        here.run(some_coroutine)

1. Real parts: durable execution, vault, ledger, SQLite, HTTP on loopback. One house for all the
   trials of a process: opening it costs more than a trial.
2. A lane is a démarche with its own credential, hence a queue and a source of its own: trials made
   together cannot meet. Half of them post statuses in the older way (PATCH, then the event).
3. Whatever moves a case is watched as it comes in, before the hub does anything of it: at that
   instant the bytes of that case are in the vault, or it is written down in `premature`.
"""

import asyncio
import json
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import select

from connectors.contract import Stuck, Watchful
from connectors.hubee import HubeeSettings
from connectors.sandbox.hubee import HubeeSandbox
from connectors.sandbox.hubee.publishing import Fate, FileToLoad
from gateway.app import House
from gateway.doors.durable import Durable, Patience
from gateway.ledger import published_entry
from gateway.ledger.checkpoint import open_checkpoint
from gateway.ledger.folder import read_checkpoint, read_key
from gateway.rounds import Round, go_round, running
from gateway.settings import load
from gateway.store.tables import DELIVERY
from tests.trials.contacts import contact_files
from tests.trials.lanes import KIND, US, Lane, furnish

T = TypeVar("T")
SEED = 20261122
QUICK = Patience(tries=2, first_wait=0.05)
# The hub of a trial is on this machine: half a second without a word is a silence.
IMPATIENT: dict[str, Any] = {
    "attempts": 3,
    "first_wait": 0.01,
    "read_timeout": 0.4,
    "binary_timeout": 0.8,
}
MOVES = {"event.post", "case.move"}


@dataclass
class Street:
    """The house and the hub, open. `premature`: cases moved before their bytes were sealed."""

    runner: asyncio.Runner
    hub: HubeeSandbox
    house: House
    durable: Durable
    contents: Iterator[bytes]
    published: dict[str, list[bytes]] = field(default_factory=dict)
    due: dict[str, list[bytes]] = field(default_factory=dict)
    premature: list[str] = field(default_factory=list)
    sighted: dict[str, set[str]] = field(default_factory=dict)
    pages: dict[str, list[str]] = field(default_factory=dict)
    cases: int = 0

    def run(self, trial: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(trial)

    def begin(self) -> None:
        """Empty the hub, and forget what was noted: the next trials start from nothing."""
        self.hub.reset()
        for noted in (self.published, self.due, self.sighted, self.premature):
            noted.clear()

    async def round(self) -> Round:
        self._watch()
        done = await go_round(self.house, self.durable, lambda _phase, _started: None)
        for sighting in done.sightings:
            case = sighting.arrival.reference["case"]
            self.sighted.setdefault(case, set()).add(sighting.passport.delivery)
        return done

    async def deposit(self, case: str, *, reopen: bool = False) -> None:
        """Send one more file on a case."""
        body = next(self.contents)
        self.published[case].append(body)
        self.due[case].append(body)
        more = FileToLoad("contacts-suite.txt", KIND, "text/plain", body)
        await self.hub.deposit(case, [more], reopen=reopen)

    async def publish(
        self, lane: Lane, kinds: Sequence[str] = (KIND,), fates: Sequence[Fate] = ()
    ) -> str:
        """Publish one case with a file of each kind, each meant to end as told; give its id."""
        self.cases += 1
        bodies = [next(self.contents) for _ in kinds]
        ends = [*fates, *[Fate.RECEIVED] * (len(kinds) - len(fates))]
        files = [
            FileToLoad(f"contacts-{rank}.txt", kind, "text/plain", body, end)
            for rank, (kind, body, end) in enumerate(zip(kinds, bodies, ends, strict=True), 1)
        ]
        (case,) = await self.hub.load(lane.process, [US], files, f"CNAF-{self.cases:013}")
        self.published[case] = bodies
        ours = zip(bodies, ends, strict=True)
        self.due[case] = [body for body, end in ours if end is Fate.RECEIVED]
        return case

    def give_up(self, case: str) -> None:
        """Its bytes will never be ours: it may be moved without them."""
        self.due[case] = []

    def contents_of(self, case: str) -> list[bytes]:
        """What was published of a case, deposits last."""
        return self.published[case]

    def holds(self, content: bytes) -> bool:
        """Whether the reception vault has these bytes, sealed."""
        digest = sha256(content).hexdigest()
        vault = self.house.settings.var / "coffre" / "reception"
        return (vault / digest[:2] / f"{digest}.age").exists()

    def rows_of(self, case: str) -> list[Any]:
        """The deliveries of record that came from a case."""
        mine = select(DELIVERY).where(DELIVERY.c.id.in_(self.sighted.get(case, set())))
        with self.house.engine.begin() as connection:
            return list(connection.execute(mine.order_by(DELIVERY.c.ledger_index)))

    def keys(self, case: str, walks: Iterable[str]) -> list[str]:
        """Those of these walks that carry a delivery of this case."""
        mine = {f"reception:{delivery}" for delivery in self.sighted.get(case, set())}
        return [key for key in walks if key in mine]

    def said(self, case: str) -> list[str]:
        """Every status we gave a case, oldest first."""
        events = self.hub.state().cases[case].events
        return [e.new_status for e in events if e.transmitter.type == "SI" and e.new_status]

    def waits(self, case: str) -> bool:
        """Whether our queue still holds something of this case."""
        waiting = self.hub.state().waiting
        return any(who.type == "SI" and of == case for who, of in waiting)

    def acts(self, delivery: str) -> list[str]:
        """What the published ledger says of a delivery; only what is new is read."""
        raw, known = read_checkpoint(self.house.ledger_folder), sum(map(len, self.pages.values()))
        size = (
            open_checkpoint(raw, read_key(self.house.ledger_folder)).checkpoint.size if raw else 0
        )
        for index in range(known, size):
            entry = json.loads(published_entry(self.house.ledger_folder, index))
            self.pages.setdefault(entry["subject"], []).append(entry["act"])
        return self.pages.get(delivery, [])

    def stuck(self, lane: Lane) -> Sequence[Stuck]:
        """What the source of a lane says it could not offer."""
        source = next(p.source for p in self.house.posts if p.partner == lane.alias)
        return source.stuck() if isinstance(source, Watchful) else ()

    def _watch(self) -> None:
        journal = self.hub.journal
        for number in range(journal.count + 1, journal.count + 1000):
            journal.before(number, self._look)

    def _look(self) -> None:
        (line,) = self.hub.journal.lines(self.hub.journal.count - 1)
        case = line.ids.get("caseId", "")
        if line.route in MOVES and not all(map(self.holds, self.due.get(case, []))):
            self.premature.append(f"{line.route} on {case}")


@contextmanager
def street(folder: Path) -> Iterator[Street]:
    with pytest.MonkeyPatch.context() as patience, asyncio.Runner() as runner:
        patience.setattr("gateway.places.HubeeSettings", partial(HubeeSettings, **IMPATIENT))
        patience.setattr("connectors.hubee.tokens.REFUSED_FOR", 0.0)
        stack = AsyncExitStack()
        try:
            yield runner.run(_open(folder, runner, stack))
        finally:
            runner.run(stack.aclose())


async def _open(folder: Path, runner: asyncio.Runner, stack: AsyncExitStack) -> Street:
    hub = HubeeSandbox(folder / "hub", SEED)
    base = await hub.start()
    stack.push_async_callback(hub.stop)
    config = furnish(folder, hub, base)
    house, durable = await stack.enter_async_context(running(load(config), QUICK))
    return Street(runner, hub, house, durable, contact_files(folder / "drawn"))
