"""Reads a finished file again, with other code than what wrote it: (header, rows of text).

1. A file that cannot be read to its last byte as its format says is refused.
2. So is one that holds what no row shows: another sheet, a text no cell bears, a remark, a part or a
   label of the file that we never write, a value that is not text.
Raises `NotAuthorised`; a message never carries a value.
"""

import csv
import io
import json
from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from gateway.errors import NotAuthorised
from gateway.habilitation import Format
from gateway.products.spreadsheet import read_sheet

Table = tuple[list[str], list[list[str]]]
UNREADABLE = "l'extrait contrôlé est illisible"


def read_back(body: bytes, kind: Format) -> Table:
    """The header and the rows of a file of that format; empty text for nothing."""
    try:
        return _READERS[kind](body)
    except (ValueError, TypeError, csv.Error, pl.exceptions.PolarsError) as error:
        raise NotAuthorised(UNREADABLE) from error


def _delimited(body: bytes) -> Table:
    text = body.decode("utf-8-sig")
    table = list(csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True))
    if not table:
        raise NotAuthorised("l'extrait contrôlé est vide, en-tête compris")
    return table[0], table[1:]


def _spreadsheet(body: bytes) -> Table:
    table = read_sheet(body)
    return table[0], table[1:]


def _columnar(body: bytes) -> Table:
    said = pl.read_parquet_metadata(io.BytesIO(body))
    frame = pl.read_parquet(io.BytesIO(body))
    if set(said) - {"ARROW:schema"} or any(kind != pl.String for kind in frame.dtypes):
        raise ValueError("a label, or a column that is not text")
    return frame.columns, [[cell or "" for cell in row] for row in frame.rows()]


def _lines(body: bytes) -> Table:
    """The header is that of the first row; another one on another row is a row of another width."""
    text = body.decode("utf-8")
    if text and not text.endswith("\n"):
        raise ValueError("the last line is cut")
    rows = [json.loads(line, object_pairs_hook=_pairs) for line in text.split("\n")[:-1]]
    header = [name for name, _ in rows[0]] if rows else []
    if any([name for name, _ in row] != header for row in rows):
        raise NotAuthorised(
            "l'extrait contrôlé a des lignes plus courtes ou plus longues que l'en-tête"
        )
    return header, [[cell for _, cell in row] for row in rows]


def _pairs(pairs: list[tuple[str, Any]]) -> list[tuple[str, str]]:
    """The members of one object as they come, repeated ones too."""
    if any(not isinstance(cell, str | None) for _, cell in pairs):
        raise ValueError("a value that is not text")
    return [(name, cell or "") for name, cell in pairs]


_READERS: Mapping[Format, Callable[[bytes], Table]] = {
    Format.CSV: _delimited,
    Format.XLSX: _spreadsheet,
    Format.PARQUET: _columnar,
    Format.JSONL: _lines,
}
