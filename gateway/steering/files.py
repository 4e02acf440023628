"""An edition as CSV and JSON: one line per number, and why one is not there.

`etat`: `publié`, `arrondi` (a stock, to a multiple of the threshold), `secret`. A label that a spreadsheet
would run begins with an apostrophe.
"""

import csv
import io
from pathlib import Path

from gateway.indicators import Edition
from gateway.indicators.edition import spelled
from gateway.products.cells import disarm
from gateway.products.indicateurs import COLUMNS, lines
from gateway.steering.desk import Issue
from gateway.steering.page import to_page


def to_csv(edition: Edition, number: int) -> str:
    """`;`, UTF-8, LF; a hidden number is empty, its state says so."""
    body = io.StringIO()
    writer = csv.writer(body, delimiter=";", lineterminator="\n")
    writer.writerow(COLUMNS)
    for cells in lines(edition, number):
        writer.writerow([disarm(cell) for cell in cells])
    return body.getvalue()


def to_json(edition: Edition, number: int) -> str:
    """One document; its digest is in the ledger."""
    return spelled({**edition.document(), "edition": number, "sha256": edition.digest()}) + "\n"


def write_files(issue: Issue, into: Path) -> list[Path]:
    """Write the three files of an edition, each whole or not at all; the second time, the same bytes."""
    into.mkdir(parents=True, exist_ok=True)
    edition, number = issue.edition, issue.number
    name = f"indicateurs_{edition.departement}_{number:03}"
    bodies = {
        f"{name}.csv": to_csv(edition, number),
        f"{name}.json": to_json(edition, number),
        f"{name}.html": to_page(edition, number),
    }
    for file, body in bodies.items():
        aside = into / f".{file}.part"
        aside.write_text(body, encoding="utf-8", newline="\n")
        aside.replace(into / file)
    return [into / file for file in bodies]
