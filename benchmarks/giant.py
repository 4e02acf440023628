"""A file larger than any memory, over SFTP into the vault, and a tenth of it: the memory must be the same.

The file is sparse at the server (zeros); in the vault it is sealed and takes its whole size on the disk.
Each size has a courier of its own, for the most memory a process held is only told at its end.
"""

import os
import shutil
from pathlib import Path
from typing import Final

from benchmarks.measure import Line, Scale
from benchmarks.sftp import MEGABYTE, standing, told
from benchmarks.sftp_courier import Cost, Verb

_TENTH: Final = 10
_MARGIN: Final = 2_000  # megabytes left to the others on this disk


def measure(folder: Path, scale: Scale) -> list[Line]:
    """Once, for it is long."""
    free = shutil.disk_usage(folder).free // MEGABYTE
    if free < scale.giant + _MARGIN:
        raise SystemExit(
            f"Il faut {scale.giant + _MARGIN} Mo libres dans {folder}, il y en a {free}."
        )
    small = pulled(folder / "dixieme", scale.giant // _TENTH)
    large = pulled(folder / "entier", scale.giant)
    note = f"sans pair ; {told([large])} ; mémoire {small.peak} Mio pour le dixième"
    return [Line("SFTP, un fichier géant", scale.giant, "Mo", large.seconds, "", note=note)]


def pulled(folder: Path, megabytes: int) -> Cost:
    """Pull a file of that size with a courier of its own."""
    with standing(folder) as stand:
        file = stand.home / "depot" / "GEANT.csv.gpg"
        file.touch()
        os.truncate(file, megabytes * MEGABYTE)
        return stand.carry(Verb.PULL)
