"""The matrix: every failure of the catalogue, at every call of the consumer, in both ways of posting.

Generated, never listed: a failure added to the catalogue is a cell added here. `chunks` only groups
cells of one call, to be tried side by side, each on a lane of its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from connectors.hubee import Generation
from connectors.sandbox.hubee.faults import Fault, applies
from tests.trials.street import LANES, Lane

# Every call the consumer makes, in the order of an exchange. `case.move` belongs to the older way.
CALLS = (
    "token", "queue.read", "case.read", "case.download", "case.move", "event.post",
    "event.read", "event.download", "event.move", "queue.delete",
)  # fmt: skip
WAYS = {call: tuple(Generation) for call in CALLS} | {"case.move": (Generation.PATCH_AND_EVENT,)}


@dataclass(frozen=True)
class Cell:
    """One failure, at one call, in one way of posting statuses."""

    fault: Fault
    call: str
    generation: Generation

    def __str__(self) -> str:
        return f"{self.fault} at {self.call} ({self.generation})"


@dataclass(frozen=True)
class Chunk:
    """Cells of one call, each with its lane."""

    call: str
    rank: int
    cells: Sequence[tuple[Cell, Lane]]

    def __str__(self) -> str:
        faults = dict.fromkeys(str(cell.fault) for cell, _ in self.cells)
        return f"{self.call}: {', '.join(faults)}"


def matrix() -> list[Cell]:
    """Every cell there is."""
    return [
        Cell(fault, call, generation)
        for call in CALLS
        for fault in Fault
        if applies(fault, call)
        for generation in WAYS[call]
    ]


def chunks() -> list[Chunk]:
    """The same cells, grouped."""
    return [chunk for call in CALLS for chunk in _of_call(call)]


def _of_call(call: str) -> Iterator[Chunk]:
    waiting = [cell for cell in matrix() if cell.call == call]
    rank = 0
    while waiting:
        rank += 1
        taken: list[tuple[Cell, Lane]] = []
        for lane in LANES:
            cell = next((c for c in waiting if c.generation is lane.generation), None)
            if cell is not None:
                waiting.remove(cell)
                taken.append((cell, lane))
        yield Chunk(call, rank, taken)
