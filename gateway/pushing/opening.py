"""Opening an extract that was sealed for ourselves: its recipient takes people, and has no key.

Sealed for our own release key, signed by it, it is what any other extract is at rest and on its way; only here,
once it may leave, is it opened again, in a workroom. Were it left by mistake where files go, nobody there could
read it.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from gateway.pgp import Desks, Keys
from gateway.workroom import workroom

LARGEST = 1 << 30


@dataclass(frozen=True, slots=True)
class Opening:
    """Our own desk, and where it may work."""

    desks: Desks
    keys: Keys
    room: Path | None = None

    def __call__(self, sealed: BinaryIO) -> bytes:
        """The clear extract, in memory. Raises `Refused` if it is not one of ours, whole."""
        sealed.seek(0)
        with workroom(self.room) as room:
            closed, clear = room / "extract.gpg", room / "extract"
            with closed.open("wb") as file:
                shutil.copyfileobj(sealed, file)
            with self.desks.at(self.keys) as desk:
                desk.decrypt(closed, clear, max_bytes=LARGEST)
            return clear.read_bytes()
