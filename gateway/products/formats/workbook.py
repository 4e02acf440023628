"""XLSX: one sheet, every cell a text, no formula, no link, no date of making: the same frame, the same bytes.

It is made in memory: the library's other way writes clear text to temporary files.
"""

import io
from datetime import datetime

import polars as pl
import xlsxwriter

from gateway.products.cells import UnsafeCell
from gateway.products.product import Product

MOST_ROWS = 1_048_576  # of a sheet, header included
LONGEST_CELL = 32_767  # characters; a longer one would be left out without a word
MADE = datetime(2000, 1, 1)  # noqa: DTZ001 - what the format holds has no zone
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}


def write_xlsx(frame: pl.DataFrame, product: Product) -> bytes:
    """The header, then the rows; an empty cell for null. Raises `UnsafeCell` for what a sheet cannot hold."""
    if frame.height >= MOST_ROWS:
        raise UnsafeCell(f"{frame.height} rows are more than a sheet holds")
    body = io.BytesIO()
    workbook = xlsxwriter.Workbook(body, _OPTIONS)
    workbook.set_properties({"created": MADE})
    text = workbook.add_format({"num_format": "@"})
    sheet = workbook.add_worksheet(product.sheet_name)
    for at, cells in enumerate([tuple(frame.columns), *frame.iter_rows()]):
        for place, cell in enumerate(cells):
            if cell and sheet.write_string(at, place, cell, text) != 0:
                raise UnsafeCell(
                    f"a cell of {frame.columns[place]} is longer than {LONGEST_CELL} characters"
                )
    workbook.close()
    return body.getvalue()
