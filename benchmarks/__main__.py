"""`python -m benchmarks`: measure, and print the table. Nothing is written, nothing is asserted."""

import argparse
import platform
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import polars

from benchmarks import (
    api,
    beneficiaries,
    contract,
    crossing,
    desks,
    giant,
    growth,
    indicators,
    journal,
    names,
    opening,
    receiving,
    revocation,
    sealing,
    sftp,
    week,
)
from benchmarks.measure import FULL, QUICK, Line, Scale, thousands

Measure = Callable[[Path, Scale], list[Line]]
MEASURES: Mapping[str, Measure] = {
    "contrat": contract.measure,
    "beneficiaires": beneficiaries.measure,
    "pseudonymes": names.measure,
    "indicateurs": indicators.measure,
    "openpgp": sealing.measure_openpgp,
    "cms": opening.measure,
    "openpgp-gros": desks.measure_large,
    "openpgp-petits": desks.measure_small,
    "coffre": sealing.measure_vault,
    "hubee": receiving.measure,
    "api": api.measure,
    "sftp": sftp.measure,
    "journal": journal.measure,
    "revocation": revocation.measure,
    "semaine": week.measure,
}
# Only when it is asked for: too large for a table made every day.
APART: Mapping[str, Measure] = {
    "dix-go": giant.measure,
    "contrat-croissance": growth.measure,
    "croisement": crossing.measure,
    "croisement-croissance": crossing.growth,
}
HEADER = ("mesure", "quantité", "nous", "débit", "pair, dans la même course", "pair", "rapport")


def main() -> None:
    """Measure what was asked, all of it otherwise."""
    asked = argparse.ArgumentParser(prog="python -m benchmarks", description="Mesure les débits.")
    asked.add_argument("--quick", action="store_true", help="de toutes petites tailles")
    known = {**MEASURES, **APART}
    asked.add_argument("--seule", choices=known, action="append", help="une mesure (répétable)")
    options = asked.parse_args()
    scale = QUICK if options.quick else FULL
    print(f"Python {platform.python_version()}, polars {polars.__version__}, {platform.machine()}")
    taken = f"Médianes de {scale.runs} courses" if scale.runs > 1 else "Une seule course"
    print(f"{taken}, chacun son tour, en secondes.")
    print("Rapport : temps du pair divisé par le nôtre ; au-dessus de 1, nous allons plus vite.\n")
    print(row(HEADER) + "\n" + row(["---"] * len(HEADER)))
    for name in options.seule or MEASURES:
        with tempfile.TemporaryDirectory(prefix="mesure-") as folder:
            for line in known[name](Path(folder), scale):
                print(row(cells(line)), flush=True)


def cells(line: Line) -> tuple[str, ...]:
    """One line, in French."""
    return (
        line.name,
        f"{thousands(line.count)} {line.unit}",
        f"{line.ours:.3f}".replace(".", ","),
        f"{thousands(line.rate)} {line.unit}/s",
        " ; ".join(filter(None, (line.peer, line.note))),
        "" if line.theirs is None else f"{line.theirs:.3f}".replace(".", ","),
        "" if line.ratio is None else f"× {line.ratio:.2f}".replace(".", ","),
    )


def row(parts: tuple[str, ...] | list[str]) -> str:
    """A line of a table that docs/mesures.md can hold as it is."""
    return f"| {' | '.join(parts)} |"


if __name__ == "__main__":
    main()
