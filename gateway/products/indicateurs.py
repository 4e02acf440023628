"""The last published edition of the indicators of a département: one row per number, and why one is hidden.

1. Only what was published: small counts were hidden then, for ever, and nothing is counted here.
2. It speaks of no person: nobody's rows, so no relationship with its recipient to check.
3. `etat`: `publié`, `arrondi` (a stock, to a multiple of the threshold), `secret` (the number is empty).
"""

from collections.abc import Iterator

import polars as pl

from gateway.habilitation import Format, Gate
from gateway.indicators import Edition
from gateway.indicators.catalogue import BY_NAME
from gateway.indicators.publishing import Row, Table
from gateway.products.product import DEPARTEMENT, FOLLOWED, Dialect, Ground, Product

NAME = "indicateurs"
COLUMNS = (
    "departement", "edition", "indicateur", "periode", "vue", "ligne", "mesure", "valeur", "etat",
)  # fmt: skip
TOTAL, SECRET = "total", "secret"


def lines(edition: Edition, number: int) -> Iterator[tuple[str, ...]]:
    """Every number of an edition, in the order of its tables: the cells of `COLUMNS`."""
    for table in edition.tables:
        for cells in _cells(table):
            yield edition.departement, str(number), table.indicator, table.period, *cells


def sheet(edition: Edition, number: int) -> pl.DataFrame:
    """The same as a sheet; an empty cell is null."""
    rows = [[cell or None for cell in line] for line in lines(edition, number)]
    return pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String), orient="row").with_columns(
        pl.lit(edition.departement).alias(DEPARTEMENT), pl.lit(value=True).alias(FOLLOWED)
    )


def _cells(table: Table) -> Iterator[tuple[str, str, str, str, str]]:
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


PRODUCT = Product(
    name=NAME,
    title="Dernière édition publiée des indicateurs",
    columns=COLUMNS,
    flows=(),
    stands_on=(Ground.EDITION,),
    file_pattern="INDICATEURS_{departement}_{jour:%Y%m%d}",
    gate=Gate.NOBODY,
    formats=(Format.CSV, Format.JSONL),
    shapes={
        "departement": "[0-9][0-9AB][0-9]?",
        "edition": "[0-9]+",
        "valeur": "[0-9]+([.][0-9]+)?(e[+][0-9]+)?",
        "etat": "publié|arrondi|secret",
    },
    nirs=(),
    dialect=Dialect(bom=False, line_terminator="\n"),
)
