"""Comparing the whole database with the published folder, entry by entry.

Publication reads again only the last, unfinished bundle: a row changed behind an older one would go
unseen until the folder had to be rebuilt. This looks at all of them, and is for a nightly round.
The folder is believed as far as `verify` believed it: verify it first.
"""

from pathlib import Path

from sqlalchemy import Engine

from gateway.ledger.errors import LedgerBroken
from gateway.ledger.folder import read_hashes
from gateway.ledger.log import bodies
from gateway.ledger.tiles import At, width_at
from gateway.ledger.tree import WIDTH, leaf_hash
from gateway.ledger.verify import Progress, Verification


def check_database(
    engine: Engine, folder: Path, verified: Verification, *, progress: Progress | None = None
) -> int:
    """Return how many entries are the same on both sides; LedgerBroken names the first that is not."""
    size = verified.checkpoint.size
    hashes: list[bytes] = []
    for number, body in enumerate(bodies(engine, 0, size)):
        tile, position = divmod(number, WIDTH)
        if position == 0:
            hashes = read_hashes(folder, At(0, tile, width_at(size, 0, tile)))
        if leaf_hash(body) != hashes[position]:
            message = f"l'entrée {number} de la base n'est pas celle publiée"
            raise LedgerBroken(message, first=number)
        if progress and (number + 1 == size or position == WIDTH - 1):
            progress(number + 1, size)
    return size
