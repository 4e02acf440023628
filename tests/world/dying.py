"""A gateway killed while it tells a sender: before the place has anything, or once the place has all.

`python -m tests.world.dying ROOT MOMENT`: the database, the place and the signing key are in ROOT.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from connectors.contract import Arrival, Notice
from connectors.folder import FolderSource
from gateway.clerk import Clerk
from gateway.pgp import Desks, Keys
from gateway.secret import Secret
from gateway.stages.acknowledge import acknowledge
from gateway.stages.keep import keep
from gateway.store.database import open_engine
from gateway.vault import Unsealer, generate_identity, open_folder
from tests.world.records import collected, passport, treated

BEFORE, AFTER, NEVER = "before", "after", "never"


class Dying(FolderSource):
    """A place at whose door the process dies."""

    moment = NEVER

    @property
    def carries_files(self) -> bool:
        return True

    async def acknowledge(self, arrival: Arrival, notices: Sequence[Notice]) -> Sequence[str]:
        if self.moment == BEFORE:
            os.kill(os.getpid(), signal.SIGKILL)
        told = await FolderSource.acknowledge(self, arrival, notices)
        if self.moment == AFTER:
            os.kill(os.getpid(), signal.SIGKILL)
        return told


async def tell(root: Path, moment: str) -> None:
    Dying.moment = moment
    engine = open_engine(f"sqlite:///{root / 'passerelle.sqlite'}")
    pair = generate_identity()
    drawer = Unsealer(open_folder(root / "coffre"), [pair.secret])
    key = Secret((root / "signing.key").read_text())
    clerk = Clerk(engine, Keys("clerk", key, ""), Desks(), drawer, pair.public, pair.secret)
    kept = keep(engine, passport(), collected(), treated())
    place = Dying(root / "place", "cd")
    (arrival,) = await place.arrivals()
    await acknowledge(clerk, passport(), kept, place, arrival)


if __name__ == "__main__":
    asyncio.run(tell(Path(sys.argv[1]), sys.argv[2]))
