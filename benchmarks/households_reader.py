"""`python -m benchmarks.households_reader FILE RUNS`: read and check it, beside bare lxml, in a fresh process.

Batch by batch, no row being kept: what is measured is the verdict. Answers one line of JSON: seconds of
each run, of processor too, the rows accepted, and the most memory we held (MiB).
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from lxml import etree

from benchmarks.measure import peak
from schemas.check import examine
from schemas.registry import contract

FLOW, DEPARTEMENT = "cnaf-beneficiaires", "08"


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
    """Give the verdict of the whole file: bytes, records, every cell, the envelope."""
    return examine(source, contract(FLOW), departement=DEPARTEMENT).report.accepted


def costs(work: Callable[[Path], int], source: Path) -> tuple[float, float]:
    """Seconds, and seconds of processor."""
    started, spent = time.perf_counter(), time.process_time()
    work(source)
    return time.perf_counter() - started, time.process_time() - spent


def main() -> None:
    source, runs = Path(sys.argv[1]), int(sys.argv[2])
    times = [(costs(ours, source), costs(bare, source)) for _ in range(runs)]
    mine, theirs = zip(*times, strict=True)
    print(json.dumps({"ours": mine, "theirs": theirs, "peak": peak(), "rows": ours(source)}))


if __name__ == "__main__":
    main()
