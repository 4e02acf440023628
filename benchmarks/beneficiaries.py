"""A monthly file of beneficiaries read and checked, beside bare lxml that reads nothing of it.

In a process of its own, so that the memory told is that of the reading and nothing else's.
"""

import json
import statistics
import subprocess
import sys
from pathlib import Path

from benchmarks.households import write_households
from benchmarks.measure import Line, Scale

NAME = "Bénéficiaires (XML), lire et contrôler"
PEER = "lxml.iterparse seul, mêmes options, rien de lu"


def measure(folder: Path, scale: Scale) -> list[Line]:
    """Sixty thousand households are a file of 365 MB."""
    source = write_households(folder / "RSABEM.xml", scale.households)
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.households_reader", str(source), str(scale.runs)],
        capture_output=True,
        check=True,
    )
    said = json.loads(done.stdout)
    ours, spent = (statistics.median(each) for each in zip(*said["ours"], strict=True))
    theirs, alone = (statistics.median(each) for each in zip(*said["theirs"], strict=True))
    note = (
        f"{source.stat().st_size / 1e6:.0f} Mo, {scale.households} foyers ; mémoire {said['peak']} Mio ; "
        f"processeur {spent:.2f} s, pair {alone:.2f} s"
    )
    return [Line(NAME, said["rows"], "personnes", ours, PEER, theirs, note)]
