"""Where fuzzing starts from: small files each contract accepts, and the same with some defects."""

from collections.abc import Sequence
from itertools import islice
from random import Random

from schemas.contract import Contract
from tests.laws.contracts.files import paper, rows
from tests.laws.contracts.mutations import value_mutations


def seeds(contract: Contract, *, count: int = 6, seed: int = 0) -> Sequence[bytes]:
    """Write files of one to four rows, every other one with a defect in a row."""
    rng = Random(seed)
    files = []
    for rank in range(count):
        drawn = rows(contract, rng, 1 + rank % 3)
        if rank % 2:
            at = rng.randrange(8)
            drawn.append(next(islice(value_mutations(contract, rng), at, None)).row)
        files.append(paper(contract, drawn, rng).body)
    return files
