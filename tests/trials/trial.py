"""One trial: a case, a failure, rounds; then the failure is mended, and rounds until nothing is left.

1. Each trial has a case to fail on and a good one beside it, on a lane of its own.
2. While the failure lasts, what waits is explained: parked, in failure, or its place is silent. When
   the failure speaks of the other case only, the good one is received meanwhile.
3. Once it is mended, each case is as it must end (`tests.trials.fates`), and a further round changes
   nothing.
4. No case was moved before the bytes to be received of it were sealed.
5. A failure that was never met proves nothing: that is a mistake too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from connectors.sandbox.hubee.failing.scene import Ordered
from connectors.sandbox.hubee.faults import Fault, Terms
from tests.trials.expected import WELL, End
from tests.trials.fates import mistakes, unexplained
from tests.trials.lanes import Lane
from tests.trials.street import Street

MOST_ROUNDS = 5
# Calls that do not say which case they are about.
OF_NO_CASE = {"token", "queue.read", "queue.delete"}


@dataclass
class Trial:
    """What is tried on a lane, and what was found wrong. `scenery`: orders that are never mended."""

    name: str
    lane: Lane
    call: str
    case: str
    end: End
    beside: str
    orders: Sequence[Ordered] = ()
    scenery: Sequence[Ordered] = ()
    wrong: list[str] = field(default_factory=list)

    def note(self, when: str, found: Sequence[str]) -> None:
        self.wrong += [f"{self.name}, {when}: {mistake}" for mistake in found]


def order(
    here: Street, lane: Lane, call: str, case: str, fault: Fault, *, times: int | None = None
) -> list[Ordered]:
    """Order a failure for one case where the call says which, for its démarche otherwise."""
    here_only = Terms(process=lane.process, times=times)
    terms = here_only if call in OF_NO_CASE else Terms(case=case, times=times)
    if call == "token":
        here.hub.end_tokens()
    numbers = here.hub.faults.order(call, fault, terms=terms)
    return [one for one in here.hub.faults.waiting() if one.number in numbers]


async def live(here: Street, trials: Sequence[Trial]) -> list[str]:
    """Live these trials side by side, to their end; give what went wrong."""
    await _while_it_lasts(here, trials)
    for trial in trials:
        for one in trial.orders:
            here.hub.faults.clear(one.number)
    await _until_well(here, trials)
    failures = await here.durable.failures()
    for trial in trials:
        trial.note("at the end", _final(here, trial))
        cases = (trial.case, trial.beside)
        trial.note(
            "at the end", [f"in failure: {k}" for c in cases for k in here.keys(c, failures)]
        )
        if not trial.orders or not all(one.served for one in (*trial.orders, *trial.scenery)):
            trial.note("at no time", ["the failure was met"])
    premature = [f"moved before its bytes were sealed: {what}" for what in here.premature]
    return [*premature, *(mistake for trial in trials for mistake in trial.wrong)]


async def _while_it_lasts(here: Street, trials: Sequence[Trial]) -> None:
    await here.round()
    done = await here.round()
    failures = await here.durable.failures()
    for trial in trials:
        for case, end in ((trial.case, trial.end), (trial.beside, WELL)):
            trial.note(
                "while it lasts",
                unexplained(here, trial.lane, case, end, done=done, failures=failures),
            )
        if trial.call not in OF_NO_CASE:
            trial.note("beside it", mistakes(here, trial.lane, trial.beside, WELL))


async def _until_well(here: Street, trials: Sequence[Trial]) -> None:
    for _ in range(MOST_ROUNDS):
        if not any(_final(here, trial) for trial in trials):
            break
        await here.round()
    await here.round()  # what is done stays done


def _final(here: Street, trial: Trial) -> list[str]:
    return [
        *mistakes(here, trial.lane, trial.case, trial.end),
        *mistakes(here, trial.lane, trial.beside, WELL),
    ]
