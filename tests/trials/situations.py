"""What a hub may hold, beyond one good file in one case; and how each must end, whatever fails meanwhile.

Each is met by one failure at each of the calls it brings about: cut before anything was done where
nothing is written, cut once it was done where something is.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from connectors.contract import Snag
from connectors.hubee import Generation
from connectors.sandbox.hubee.faults import Fault, applies
from connectors.sandbox.hubee.publishing import Fate
from tests.trials.expected import TWICE_WELL, WELL, End, refused
from tests.trials.lanes import KIND, LANES, Lane
from tests.trials.street import Street
from tests.trials.trial import Trial, order

Then = Callable[[Street, str], Awaitable[None]]
READ, TOLD = ("token", "queue.read", "case.read"), ("case.move", "event.post", "queue.delete")
FETCHED = (*READ, "case.download", *TOLD)
DEPOSITED = (*READ, *TOLD, "event.download", "event.move")
REOPENED = End(TWICE_WELL.codes, TWICE_WELL.said * 2)
HALF = End(("GW-103", ""), ("IN_PROGRESS", "SI_INTG_ERROR"))
PARKED = End((), (), Snag.UNDECLARED_KIND)


@dataclass(frozen=True)
class Situation:
    """One of them: the files of the case, what is seen through, what comes once they were received."""

    kinds: Sequence[str] = (KIND,)
    fates: Sequence[Fate] = ()
    through: tuple[str, Fault] | None = None
    then: Then | None = None
    end: End = WELL
    calls: Sequence[str] = FETCHED


async def _deposit(here: Street, case: str) -> None:
    await here.deposit(case)


async def _deposit_once_closed(here: Street, case: str) -> None:
    here.hub.write(case, "Dossier clos.", "CLOSED")
    await here.deposit(case)


async def _reopen(here: Street, case: str) -> None:
    here.hub.write(case, "Dossier clos.", "CLOSED")
    await here.deposit(case, reopen=True)


def _withheld(fate: Fate, code: str) -> Situation:
    return Situation(fates=(fate,), end=refused(code), calls=(*READ, *TOLD))


SITUATIONS: Mapping[str, Situation] = {
    "two files in one case": Situation((KIND, KIND), end=TWICE_WELL),
    "a file with a virus": _withheld(Fate.CORRUPTED, "GW-103"),
    "a file its hub rejected": _withheld(Fate.REJECTED, "GW-104"),
    "a file purged before we read it": _withheld(Fate.DELETED, "GW-105"),
    "a virus beside a good file": Situation(
        (KIND, KIND), (Fate.CORRUPTED, Fate.RECEIVED), end=HALF
    ),
    "a type nobody declared": Situation((KIND, "inconnu"), end=PARKED, calls=READ),
    "two files of one name": Situation(
        (KIND, KIND), through=("case.read", Fault.HOMONYMS), end=TWICE_WELL
    ),
    "hostile names": Situation(through=("case.read", Fault.HOSTILE_NAMES)),
    "a queue that starves": Situation(through=("queue.read", Fault.STARVING)),
    "notifications twice": Situation(through=("queue.read", Fault.DUPLICATES)),
    "notifications in disorder": Situation(through=("queue.read", Fault.SHUFFLED)),
    "a deposit on a case that is done": Situation(then=_deposit, end=REOPENED, calls=DEPOSITED),
    "a deposit on a case that is closed": Situation(
        then=_deposit_once_closed, end=REOPENED, calls=DEPOSITED
    ),
    "a deposit that reopens a case": Situation(then=_reopen, end=REOPENED, calls=DEPOSITED),
}


@dataclass(frozen=True)
class Met:
    """A situation met by a failure at one call, on a lane."""

    name: str
    call: str
    lane: Lane

    def __str__(self) -> str:
        return f"{self.name}, {self.fault} at {self.call} ({self.lane.generation})"

    @property
    def situation(self) -> Situation:
        return SITUATIONS[self.name]

    @property
    def fault(self) -> Fault:
        after = applies(Fault.RESET_AFTER, self.call)
        return Fault.RESET_AFTER if after else Fault.RESET_BEFORE


def meetings(name: str) -> Iterator[Met]:
    """A situation at each of its calls, each on a lane of its own; only half of them move a case."""
    free = list(LANES)
    for call in sorted(SITUATIONS[name].calls, key=lambda call: call != "case.move"):
        older = call == "case.move"
        lane = next(x for x in free if not older or x.generation is Generation.PATCH_AND_EVENT)
        free.remove(lane)
        yield Met(name, call, lane)


async def stage(here: Street, name: str) -> list[Trial]:
    """Publish what each meeting needs, live what comes before, and order the failures."""
    met, situation = list(meetings(name)), SITUATIONS[name]
    cases = [await here.publish(one.lane, situation.kinds, situation.fates) for one in met]
    if situation.then is not None:
        await here.round()
        for case in cases:
            await situation.then(here, case)
    return [await _trial(here, one, case) for one, case in zip(met, cases, strict=True)]


async def _trial(here: Street, met: Met, case: str) -> Trial:
    through = met.situation.through
    scenery = order(here, met.lane, through[0], case, through[1]) if through else []
    beside = await here.publish(met.lane)
    orders = order(here, met.lane, met.call, case, met.fault)
    return Trial(str(met), met.lane, met.call, case, met.situation.end, beside, orders, scenery)
