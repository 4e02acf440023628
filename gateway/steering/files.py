"""An edition as CSV and JSON: one line per number, and why one is not there.

`etat`: `publié`, `arrondi` (a stock, to a multiple of the threshold), `secret`. A label that a spreadsheet
would run begins with an apostrophe.
"""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from gateway.indicators import Edition
from gateway.indicators.catalogue import BY_NAME
from gateway.indicators.edition import spelled
from gateway.indicators.publishing import Row, Table
from gateway.products.cells import is_formula
from gateway.steering.desk import Issue
from gateway.steering.page import to_page

COLUMNS = (
    "departement", "edition", "indicateur", "periode", "vue", "ligne", "mesure", "valeur", "etat",
)  # fmt: skip
TOTAL, SECRET = "total", "secret"


def to_csv(edition: Edition, number: int) -> str:
    """`;`, UTF-8, LF; a hidden number is empty, its state says so."""
    body = io.StringIO()
    writer = csv.writer(body, delimiter=";", lineterminator="\n")
    writer.writerow(COLUMNS)
    for table in edition.tables:
        for cells in _lines(table):
            safe = [f"'{cell}" if is_formula(cell) else cell for cell in cells]
            writer.writerow([edition.departement, number, table.indicator, table.period, *safe])
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


def _lines(table: Table) -> Iterator[tuple[str, str, str, str, str]]:
    indicator = BY_NAME[table.indicator]
    if table.is_secret:
        yield "", "", TOTAL, "", SECRET
    for row in table.rows:
        yield from _row(row, indicator.classes, rounded=indicator.is_stock)


def _row(
    row: Row, classes: tuple[str, ...], *, rounded: bool
) -> Iterator[tuple[str, str, str, str, str]]:
    view = row.view.lower()
    state = "arrondi" if rounded else "publié"
    if row.total is not None:
        yield view, row.label, TOTAL, str(row.total), state
    for name, count in zip(classes, row.counts, strict=True):
        said = ("", SECRET) if count is None else (str(count), state)
        yield view, row.label, name, *said
    for name, days in row.measures.items():
        yield view, row.label, f"{name} (jours)", f"{days:g}", "publié"
