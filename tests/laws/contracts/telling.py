"""Check files as loudly as this machine can, and tell all that came of it.

    python -m tests.laws.contracts.telling DOSSIER      (a file is named FLUX.RANG)

Every logger at DEBUG, every warning, the report in its three writings, and of a refusal its traceback.
"""

import logging
import sys
import traceback
import warnings
from dataclasses import replace
from pathlib import Path

from schemas.check import check
from schemas.reading import FileRefused, Report
from schemas.registry import contract
from schemas.reports import to_csv, to_json
from tests.laws.contracts.values import OURS


def tell(report: Report | None) -> None:
    """Write a report in every way there is."""
    if report is not None:
        sys.stdout.write(to_json(report) + to_csv(report) + repr(report))


def main(folder: Path) -> None:
    """Check every file of a folder."""
    logging.basicConfig(level=logging.DEBUG, stream=sys.stdout)
    warnings.simplefilter("always")
    for file in sorted(folder.iterdir()):
        sys.stdout.write(f"\n== {file.name}\n")
        _try(file, file.stem)


def _try(file: Path, flow: str) -> None:
    """Check a file whatever its share of rejects, then as its contract says."""
    for threshold in (1.0, contract(flow).reject_threshold):
        try:
            tell(
                check(
                    file, replace(contract(flow), reject_threshold=threshold), departement=OURS
                ).report
            )
        except FileRefused as refused:
            sys.stdout.write("".join(traceback.format_exception(refused)) + repr(vars(refused)))
            tell(refused.report)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
