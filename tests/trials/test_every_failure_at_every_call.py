"""Whatever fails, wherever it fails, each file is received once, or somebody can be shown why not."""

from collections.abc import Callable

import pytest

from connectors.sandbox.hubee.faults import Fault, applies
from tests.trials.cells import CALLS, OUTAGES, Chunk, chunks, matrix, prepare
from tests.trials.street import Street
from tests.trials.trial import live


@pytest.mark.parametrize("chunk", chunks(), ids=str)
def test_each_file_is_received_once_whatever_fails(
    chunk: Chunk, here: Street, record_property: Callable[[str, object], None]
) -> None:
    wrong = here.run(_try(here, chunk))
    record_property("cells", len(chunk.cells))
    assert not wrong, "\n".join(wrong)


async def _try(here: Street, chunk: Chunk) -> list[str]:
    here.begin()
    return await live(here, [await prepare(here, cell, lane) for cell, lane in chunk.cells])


def test_no_cell_is_left_out() -> None:
    tried = [cell for chunk in chunks() for cell, _ in chunk.cells]
    assert sorted(map(str, tried)) == sorted(map(str, matrix()))
    pairs = {(fault, call) for fault in Fault for call in CALLS if applies(fault, call)}
    assert {(cell.fault, cell.call) for cell in tried if not cell.outage} == pairs
    assert {(f, c) for f, c in pairs if f in OUTAGES} == {
        (cell.fault, cell.call) for cell in tried if cell.outage
    }
