"""The crossing of a whole country's worth of rows, beside a bare join of the same files by DuckDB.

1. Partitioned as the gateway keeps journeys: one département at a time, each in three Parquet files. Ours
   reads them, describes everybody, evaluates the sixteen core rules with suppressors, and holds what is
   told with its evidence; DuckDB reads the same columns and joins the three on the person, no more.
2. Each in a process of its own; both have the two cores. Peak memory is the process's, libraries included.
3. How people are linked is measured apart (`linkage`): here they are named already.

`python -m benchmarks.crossing FOLDER` crosses one folder, and prints seconds, mebibytes and counts.
"""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import polars as pl

from benchmarks.journeys import AS_OF, FLOWS, REFERENCES, Part, Size, write
from benchmarks.measure import FULL, Line, Scale, peak, timed
from gateway.rules import cross
from gateway.rules.journeys import PEOPLE, Journeys, Received
from gateway.rules.situation.cnaf import FILE, FILE_DAY

WHOLE = Size(cnaf=2_000_000, pe=3_000_000, cd=2_000_000, partitions=100)
SMALL = Size(cnaf=20_000, pe=30_000, cd=20_000, partitions=4)
# Rows in all: the population of one partition grows, then their number.
STEPS = (Size(3_000, 4_000, 3_000, 1), Size(30_000, 40_000, 30_000, 1),
         Size(300_000, 400_000, 300_000, 1), Size(3_000_000, 4_000_000, 3_000_000, 10))  # fmt: skip
# Where `make peers` installs DuckDB, with Splink.
PEERS = Path(".peers/bin/python")
ONE = Size(2_000_000, 3_000_000, 2_000_000, 1)


def measure(folder: Path, scale: Scale) -> list[Line]:
    """By départements, then as one département that would hold everybody."""
    sizes = (("100 départements", WHOLE), ("un seul", ONE)) if scale is FULL else (("4", SMALL),)
    return [_line(f"Croisement, {name}", folder / name, size, scale.runs) for name, size in sizes]


def growth(folder: Path, scale: Scale) -> list[Line]:
    """From ten thousand rows to ten million."""
    steps = STEPS if scale is FULL else STEPS[:2]
    return [
        _line(f"Croisement, {step}", folder / str(step), size, 1) for step, size in enumerate(steps)
    ]


def _line(name: str, folder: Path, size: Size, runs: int) -> Line:
    write(folder, size)
    rows = size.cnaf + size.pe + size.cd
    ours, theirs = [], []
    for _ in range(runs):
        ours.append(_said([sys.executable, "-m", "benchmarks.crossing", str(folder)]))
        if PEERS.exists():
            theirs.append(
                _said([str(PEERS), str(Path(__file__).with_name("duckdb_peer.py")), str(folder)])
            )
    best = min(ours)
    note = f"mémoire {best[1]:.0f} Mio ; {best[2]:.0f} personnes jugées, {best[3]:.0f} signaux"
    if not theirs:
        return Line(name, rows, "lignes", best[0], "DuckDB (make peers)", None, note)
    beside = min(theirs)
    note += f" ; DuckDB {beside[1]:.0f} Mio"
    return Line(name, rows, "lignes", best[0], "jointure DuckDB seule", beside[0], note)


def _said(command: list[str]) -> tuple[float, ...]:
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return tuple(float(word) for word in done.stdout.split())


def _cross(folder: Path) -> None:
    people = signals = 0

    def work() -> None:
        nonlocal people, signals
        for part in sorted(folder.iterdir()):
            found = cross(journeys_of(Part(part)), as_of=AS_OF)
            people += found.people.height
            signals += found.signals.height

    seconds = timed(work)
    print(f"{seconds:.3f} {peak()} {people} {signals}")


def journeys_of(part: Part) -> Journeys:
    """One partition as the rules take it: everybody linked by NIR, living in the département, aged 40."""
    read = {flow: pl.read_parquet(part.file(flow)) for flow in FLOWS}
    cd, cnaf, pe = (
        Received(read[flow], REFERENCES[flow], f"{part.folder.name}-{flow}", REFERENCES[flow])
        for flow in ("cd-parcours", "cnaf-beneficiaires", "pe-parcours")
    )
    says = (pl.lit(cnaf.delivery).alias(FILE), pl.lit(cnaf.reference).alias(FILE_DAY))
    cnaf = replace(cnaf, facts=cnaf.facts.with_columns(says))
    known = {"GRADE": "A", "AGE": 40, "DOMICILE_CNAF": True, "DOMICILE_PE": True}
    people = read["cd-parcours"].select(pl.col("PERSONNE").unique())
    return Journeys(
        people.with_columns(
            pl.lit(known[name], kind).alias(name) for name, kind in PEOPLE.items() if name in known
        ),
        cd,
        cnaf,
        pe,
    )


if __name__ == "__main__":
    _cross(Path(sys.argv[1]))
