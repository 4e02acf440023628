"""`python -m benchmarks.linkage`: how well people are linked, beside others. Nothing is written or asserted.

FEBRL 4 and Splink come from the peers' own environment (`make peers`); without it they are left out.
"""

import argparse
import os
import tempfile
from pathlib import Path

from benchmarks import febrl, french
from benchmarks.measure import thousands
from benchmarks.truth import table

SIZES = (100_000, 1_000_000)


def main() -> None:
    """Print every table."""
    asked = argparse.ArgumentParser(prog="python -m benchmarks.linkage")
    asked.add_argument("--quick", action="store_true", help="une petite population seulement")
    asked.add_argument("--seul", choices=("febrl", "population"), help="une seule des deux mesures")
    options = asked.parse_args()
    print(f"Charge de la machine : {os.getloadavg()[0]:.1f} sur {os.cpu_count()} cœurs\n")
    if options.seul != "population":
        _febrl()
    if options.seul != "febrl":
        for size in SIZES[:1] if options.quick else SIZES:
            title = f"Population française, {thousands(size)} personnes, 3 % de jumeaux"
            print(table(title, french.measured(size)), flush=True)


def _febrl() -> None:
    if not febrl.PEERS.exists():
        print("FEBRL 4 et Splink : `make peers` d'abord.\n")
        return
    with tempfile.TemporaryDirectory(prefix="febrl-") as place:
        folder = Path(place)
        sides = febrl.fetched(folder)
        found = febrl.measured(sides, folder)
        print(
            table("FEBRL 4, nom, prénom et date de naissance", found, febrl.PUBLISHED), flush=True
        )
        found = febrl.measured(febrl.opened(sides), folder)
        print(table("FEBRL 4, monde ouvert (3 750 × 3 750, 2 500 liens)", found), flush=True)


if __name__ == "__main__":
    main()
