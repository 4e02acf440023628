"""Whatever fails, wherever it fails, each file is received once, or somebody can be shown why not."""

from collections.abc import Callable

import pytest

from connectors.sandbox.hubee.faults import Fault, applies
from tests.trials.cells import CALLS, Chunk, chunks, matrix
from tests.trials.street import Street
from tests.trials.trial import attempt


@pytest.mark.parametrize("chunk", chunks(), ids=str)
def test_each_file_is_received_once_whatever_fails(
    chunk: Chunk, here: Street, record_property: Callable[[str, object], None]
) -> None:
    wrong = here.run(attempt(here, chunk.cells))
    record_property("cells", len(chunk.cells))
    assert not wrong, "\n".join(wrong)


def test_no_cell_is_left_out() -> None:
    tried = [cell for chunk in chunks() for cell, _ in chunk.cells]
    assert sorted(map(str, tried)) == sorted(map(str, matrix()))
    pairs = {(fault, call) for fault in Fault for call in CALLS if applies(fault, call)}
    assert {(cell.fault, cell.call) for cell in tried} == pairs
