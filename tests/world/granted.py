"""What a habilitation lets out, said again in plain Python over dicts: the oracle of the law of grants.

It knows no polars, no `Grant` and none of the functions that enforce one. A product whose `arrange` is its
own has a second reading here (`ARRANGED`): one that has none is a mistake the law says.
"""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Final

import fastexcel
import polars as pl

from gateway.habilitation import Direction, Format, Gate, Habilitation, Status
from gateway.products import PRODUCTS, Product
from gateway.products.product import as_it_is

Row = Mapping[str, str | bool | None]
Table = tuple[list[str], list[list[str]]]
REFUSED: Final = None  # nothing leaves
RUNS = "=+-@\t\r\n＝＋－＠"
BLANKS = " \u00a0\u202f\u3000\u200b\ufeff"


def is_open(asked: Habilitation, product: Product, on: date, departement: str) -> bool:
    """Whether anything may leave at all, one sentence of the law per line."""
    return (
        asked.direction is Direction.RECIPIENT
        and asked.product == product.name
        and asked.status is Status.ACTIVE
        and asked.starts <= on <= asked.ends
        and departement in asked.departements
        and all(column in product.columns for column in asked.columns)
        and (asked.format is None or asked.format in product.formats)
    )


def covered(
    rows: Sequence[Row], asked: Habilitation, product: Product, departement: str
) -> tuple[list[str], list[list[str]]]:
    """The cells that must leave, and no other: of whom, which columns, in which order."""
    header = [column for column in product.columns if column in asked.columns]
    followed = [
        row
        for row in rows
        if row["_DEPARTEMENT"] == departement
        and (product.gate is Gate.NOBODY or row["_FOLLOWED"] is True)
    ]
    arranged = ARRANGED[product.name](followed, header)
    cells = [[str(row[column] or "") for column in header] for row in arranged]
    return header, [row for row in cells if any(row)]


def keys(rows: Sequence[Row], product: Product, departement: str) -> frozenset[str] | None:
    """Whom the recipient follows, as the check is told."""
    if product.gate is Gate.NOBODY:
        return None
    return frozenset(
        "\x1f".join(str(row[column] or "") for column in product.key)
        for row in rows
        if row["_DEPARTEMENT"] == departement and row["_FOLLOWED"] is True
    )


def disarmed(table: Table, product: Product) -> Table:
    """A cell of free text that a spreadsheet would run begins with an apostrophe."""
    header, rows = table
    return header, [
        [
            f"'{cell}" if name not in product.shapes and _runs(cell) else cell
            for name, cell in zip(header, row, strict=True)
        ]
        for row in rows
    ]


def _runs(cell: str) -> bool:
    first = cell.lstrip(BLANKS)[:1]
    return first != "" and first in RUNS


Arranged = Callable[[Sequence[Row], Sequence[str]], Sequence[Row]]


def _as_they_are(rows: Sequence[Row], header: Sequence[str]) -> Sequence[Row]:
    del header
    return rows


def _reachable(*ways: str) -> Arranged:
    def kept(rows: Sequence[Row], header: Sequence[str]) -> Sequence[Row]:
        return [row for row in rows if any(row[way] for way in ways if way in header)]

    return kept


def _once(rows: Sequence[Row], *key: str) -> list[Row]:
    first: dict[tuple[str | bool | None, ...], Row] = {}
    for row in rows:
        first.setdefault(tuple(row[name] for name in key), row)
    return [*first.values()]


def _contact_feed(rows: Sequence[Row], header: Sequence[str]) -> Sequence[Row]:
    reached = _reachable(*PRODUCTS["contacts-rdv-insertion"].columns[2:])(rows, header)
    return _once(reached, "_MATRICULE", "_ROLE")


def _users(rows: Sequence[Row], header: Sequence[str]) -> Sequence[Row]:
    if "ID IODAS" not in header:
        return rows
    return sorted(_once(rows, "ID IODAS"), key=lambda row: str(row["ID IODAS"] or ""))


def _said(rows: Sequence[Row], header: Sequence[str]) -> Sequence[Row]:
    said = ("DATE_ORIENTATION", "NATURE_ORIENTATION", "PARCOURS", "ORGANISME_REFERENT")
    there = [name for name in said if name in header]
    return [row for row in rows if any(row[name] for name in there)] if there else rows


def _diary(rows: Sequence[Row], header: Sequence[str]) -> Sequence[Row]:
    columns = PRODUCTS["parcours-carnet-de-bord"].columns
    first = ("PSEUDONYME", "ID_CD", "DATE")
    order = [name for name in dict.fromkeys((*first, *columns)) if name in header]
    return sorted(rows, key=lambda row: [(row[name] is None, str(row[name])) for name in order])


ARRANGED: dict[str, Arranged] = {
    **{name: _as_they_are for name, one in PRODUCTS.items() if one.arrange is as_it_is},
    "contacts-rdv-insertion": _contact_feed,
    "usagers-rdv-insertion": _users,
    "contacts-cd": _reachable("TELEPHONE", "TELEPHONE_2", "COURRIEL"),
    "orientation-pe": _said,
    "parcours-carnet-de-bord": _diary,
}


def read(body: bytes, kind: Format) -> Table:
    """A finished file as its recipient opens it; no row of JSON Lines is no header."""
    if kind is Format.CSV:
        header, *rows = csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), delimiter=";")
        return header, rows
    if kind is Format.JSONL:
        lines = [json.loads(line) for line in body.decode().splitlines()]
        return [*lines[0]] if lines else [], [
            [cell or "" for cell in one.values()] for one in lines
        ]
    if kind is Format.PARQUET:
        frame = pl.read_parquet(io.BytesIO(body))
    else:
        frame = fastexcel.read_excel(body).load_sheet(0, dtypes="string").to_polars()
    return frame.columns, [[cell or "" for cell in row] for row in frame.rows()]
