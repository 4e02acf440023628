"""`python -m benchmarks.households_reader FILE RUNS`: read and check it, beside bare lxml, in a fresh process.

Answers one line of JSON: seconds of each run, and the most memory it held (MiB).
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from lxml import etree

from benchmarks.worker import peak
from schemas.check import check
from schemas.registry import contract

FLOW = "cnaf-beneficiaires"


def bare(source: Path) -> int:
    """Parse with our options, and forget each household: nothing is read of it."""
    seen = 0
    events = etree.iterparse(
        str(source),
        tag="InfosFoyerRSA",
        encoding="iso-8859-1",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    for _, element in events:
        seen += 1
        element.clear()
        parent = element.getparent()
        while parent is not None and element.getprevious() is not None:
            del parent[0]
    return seen


def ours(source: Path) -> int:
    """Read and check, as a delivery is."""
    return check(source, contract(FLOW), departement="08").report.accepted


def seconds(work: Callable[[Path], int], source: Path) -> float:
    started = time.perf_counter()
    work(source)
    return time.perf_counter() - started


def main() -> None:
    source, runs = Path(sys.argv[1]), int(sys.argv[2])
    times = [(seconds(ours, source), seconds(bare, source)) for _ in range(runs)]
    said = {"ours": [mine for mine, _ in times], "theirs": [bare for _, bare in times]}
    print(json.dumps({**said, "peak": peak(), "rows": ours(source)}))


if __name__ == "__main__":
    main()
