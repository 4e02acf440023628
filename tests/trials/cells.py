"""The matrix: every failure of the catalogue, at every call of the consumer.

Generated, never listed: a failure added to the catalogue is a cell added here. What a hub may answer
once, it may answer until somebody mends it: those are tried again, to last. `chunks` only groups
cells of one call, to be tried side by side, each on a lane of its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from connectors.hubee import Generation
from connectors.sandbox.hubee.faults import ALWAYS, Fault, applies
from tests.trials.expected import TWICE_WELL, WELL, End, refused
from tests.trials.lanes import LANES, Lane
from tests.trials.street import Street
from tests.trials.trial import Trial, order

# Every call the consumer makes, in the order of an exchange. `case.move` belongs to the older way.
CALLS = (
    "token", "queue.read", "case.read", "case.download", "case.move", "event.post",
    "event.read", "event.download", "event.move", "queue.delete",
)  # fmt: skip
# Where the way of posting changes what follows, each failure is tried in both; elsewhere in one of
# them, in turn.
TOLD_APART = {"case.read", "event.post", "queue.delete"}
# Calls that only a deposit of more files brings about.
OF_DEPOSITS = {"event.read", "event.download", "event.move"}
# One of each kind of answer: no answer, the hub's own trouble, and its three ways of saying no.
OUTAGES = (Fault.RESET_BEFORE, Fault.ERROR_BEFORE, Fault.REFUSED, Fault.FORBIDDEN, Fault.MISSING)
# What makes the sender send again, when the listing says so of a file: the refusal it ends in.
REFUSED = {
    Fault.VIRUS: "GW-103",
    Fault.FILE_REJECTED: "GW-104",
    Fault.PURGED: "GW-105",
    Fault.WRONG_SIZE: "GW-101",
}


@dataclass(frozen=True)
class Cell:
    """One failure, at one call, in one way of posting statuses, as listed or until it is mended."""

    fault: Fault
    call: str
    generation: Generation
    outage: bool = False

    def __str__(self) -> str:
        lasting = ", until mended" if self.outage else ""
        return f"{self.fault} at {self.call} ({self.generation}{lasting})"

    @property
    def end(self) -> End:
        """How its case must end."""
        if self.call in OF_DEPOSITS:
            return TWICE_WELL
        code = REFUSED.get(self.fault) if self.call == "case.read" else None
        return refused(code) if code else WELL


@dataclass(frozen=True)
class Chunk:
    """Cells of one call, each with its lane."""

    call: str
    cells: Sequence[tuple[Cell, Lane]]

    def __str__(self) -> str:
        lasting = "-until-mended" if self.cells[0][0].outage else ""
        return f"{self.call}{lasting}: {', '.join(dict.fromkeys(c.fault for c, _ in self.cells))}"


def matrix() -> list[Cell]:
    """Every cell there is."""
    return [
        Cell(fault, call, generation, outage)
        for call in CALLS
        for outage in (False, True)
        for fault in (OUTAGES if outage else Fault)
        if applies(fault, call)
        for generation in _ways(call, fault)
    ]


def _ways(call: str, fault: Fault) -> tuple[Generation, ...]:
    if call in TOLD_APART:
        return tuple(Generation)
    if call == "case.move":
        return (Generation.PATCH_AND_EVENT,)
    return (tuple(Generation)[list(Fault).index(fault) % 2],)


def chunks() -> list[Chunk]:
    """The same cells, grouped."""
    return [
        chunk for call in CALLS for lasting in (False, True) for chunk in _grouped(call, lasting)
    ]


def _grouped(call: str, lasting: bool) -> Iterator[Chunk]:
    waiting = [cell for cell in matrix() if (cell.call, cell.outage) == (call, lasting)]
    while waiting:
        taken: list[tuple[Cell, Lane]] = []
        for lane in LANES:
            cell = next((c for c in waiting if c.generation is lane.generation), None)
            if cell is not None:
                waiting.remove(cell)
                taken.append((cell, lane))
        yield Chunk(call, taken)


async def prepare(here: Street, cell: Cell, lane: Lane) -> Trial:
    """Publish what this cell needs, and order its failure."""
    case, beside = await here.publish(lane), await here.publish(lane)
    scenery = []
    if cell.call in OF_DEPOSITS:
        await here.deposit(case)
        # Without its details an event must be read to know what it is about.
        if cell.call == "event.read":
            scenery = order(here, lane, "queue.read", case, Fault.NO_DETAILS)
    if cell.end.codes[0]:
        here.give_up(case)
    orders = order(here, lane, cell.call, case, cell.fault, times=ALWAYS if cell.outage else None)
    return Trial(str(cell), lane, cell.call, case, cell.end, beside, orders, scenery)
