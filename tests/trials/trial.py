"""One trial: a case, a failure, rounds; then the failure is mended, and rounds until nothing is left.

1. Each trial has a case to fail on and a good one beside it, on the same lane.
2. While the failure lasts, a file is received or its waiting is explained; when the failure speaks
   of the other case only, the good one is received at once.
3. Once it is mended, everything is as if nothing had happened: see `tests.trials.fates`.
4. A trial whose failure was never met proves nothing, and fails.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from connectors.sandbox.hubee.failing.scene import Ordered
from connectors.sandbox.hubee.faults import Fault, Terms
from connectors.sandbox.hubee.publishing import FileToLoad
from tests.trials.cells import Cell
from tests.trials.fates import mistakes, unexplained
from tests.trials.street import KIND, Lane, Street

WHILE_IT_LASTS, MOST_ROUNDS = 2, 5
# Calls that only a deposit of more files brings about.
OF_DEPOSITS = {"event.read", "event.download", "event.move"}
# Calls that do not say which case they are about.
OF_NO_CASE = {"token", "queue.read", "queue.delete"}
# What makes the sender send again, when the listing says so of a file: the refusal it ends in.
REFUSED = {
    Fault.VIRUS: "GW-103",
    Fault.FILE_REJECTED: "GW-104",
    Fault.PURGED: "GW-105",
    Fault.WRONG_SIZE: "GW-101",
}


@dataclass
class Trial:
    """A cell being tried on its lane."""

    cell: Cell
    lane: Lane
    case: str
    beside: str
    orders: Sequence[Ordered] = ()
    wrong: list[str] = field(default_factory=list)

    @property
    def refusal(self) -> str:
        """The code this trial must end in; empty when the file must be received."""
        return REFUSED.get(self.cell.fault, "") if self.cell.call == "case.read" else ""

    def note(self, when: str, found: Sequence[str]) -> None:
        self.wrong += [f"{self.cell}, {when}: {mistake}" for mistake in found]


async def attempt(here: Street, cells: Sequence[tuple[Cell, Lane]]) -> list[str]:
    """Try these cells side by side, to their end; give what went wrong."""
    here.begin()
    trials = [await _prepared(here, cell, lane) for cell, lane in cells]
    await _while_it_lasts(here, trials)
    here.hub.faults.clear()
    await _until_well(here, trials)
    failures = await here.durable.failures()
    for trial in trials:
        trial.note("at the end", await _final(here, trial))
        trial.note("at the end", [f"{key} is in failure" for key in here.keys(trial.case, failures)])
        if not trial.orders or not all(order.served for order in trial.orders):
            trial.note("at no time", ["the failure was met"])
    premature = [f"moved before its bytes were sealed: {what}" for what in here.premature]
    return [*premature, *(mistake for trial in trials for mistake in trial.wrong)]


async def _prepared(here: Street, cell: Cell, lane: Lane) -> Trial:
    trial = Trial(cell, lane, here.publish(lane), here.publish(lane))
    faults, process = here.hub.faults, Terms(process=lane.process)
    if cell.call in OF_DEPOSITS:
        await here.deposit(lane, trial.case)
        # Without its details an event must be read to know what it is about.
        if cell.call == "event.read":
            faults.order("queue.read", Fault.NO_DETAILS, terms=process)
    terms = process if cell.call in OF_NO_CASE else Terms(case=trial.case)
    if cell.call == "token":
        here.hub.end_tokens()
    numbers = faults.order(cell.call, cell.fault, terms=terms)
    trial.orders = [order for order in faults.waiting() if order.number in numbers]
    return trial


async def _while_it_lasts(here: Street, trials: Sequence[Trial]) -> None:
    for _ in range(WHILE_IT_LASTS):
        done = await here.round()
    failures = await here.durable.failures()
    for trial in trials:
        for case in (trial.case, trial.beside):
            trial.note("while it lasts", unexplained(here, trial.lane, case, done, failures))
        if trial.cell.call not in OF_NO_CASE:
            trial.note("beside it", mistakes(here, trial.lane, trial.beside))


async def _until_well(here: Street, trials: Sequence[Trial]) -> None:
    for _ in range(MOST_ROUNDS):
        await here.round()
        if not any([await _final(here, trial) for trial in trials]):
            break
    await here.round()  # what is done stays done


async def _final(here: Street, trial: Trial) -> list[str]:
    return [
        *mistakes(here, trial.lane, trial.case, refusal=trial.refusal),
        *mistakes(here, trial.lane, trial.beside),
    ]
