"""How a check grows: rows by tens, each file in a process of its own, its time and its memory.

Rows are handed on and forgotten (`examine`): what grows is the 16 bytes a row that repetitions need.
`python -m benchmarks.growth FILE` examines one file, and prints seconds and mebibytes.
"""

import subprocess
import sys
from pathlib import Path

from benchmarks.contract import write_contacts
from benchmarks.measure import FULL, Line, Scale, peak, timed
from schemas.check import examine
from schemas.registry import contract

STEPS = (10_000, 100_000, 1_000_000, 10_000_000)


def measure(folder: Path, scale: Scale) -> list[Line]:
    """From ten thousand rows to ten million."""
    return [_step(folder, rows) for rows in STEPS if scale is FULL or rows <= STEPS[1]]


def _step(folder: Path, rows: int) -> Line:
    source = write_contacts(folder, rows)
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.growth", str(source)],
        check=True,
        capture_output=True,
        text=True,
    )
    seconds, before, most = done.stdout.split()
    note = f"mémoire {most} Mio, dont {before} avant de lire ; fichier de {source.stat().st_size >> 20} Mio"
    source.unlink()
    return Line("Contrôle, croissance", rows, "lignes", float(seconds), "sans pair", None, note)


def _examine(source: Path) -> None:
    known = contract("cnaf-contacts")
    before = peak()
    seconds = timed(lambda: examine(source, known, departement="08"))
    print(f"{seconds:.3f} {before} {peak()}")


if __name__ == "__main__":
    _examine(Path(sys.argv[1]))
