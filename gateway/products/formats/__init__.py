"""How a frame of text becomes the bytes of a file: the same frame, the same bytes, anywhere.

1. Before anything is written, every cell is looked at (`gateway.products.cells`), whatever the format.
2. All cells are text: leading zeros, long numbers and dates stay as they are.
3. No file carries the hour it was made, the machine, or a name of ours that changes.
"""

from collections.abc import Callable, Mapping

import polars as pl

from gateway.habilitation import Format
from gateway.products.cells import safe
from gateway.products.formats.columnar import write_parquet
from gateway.products.formats.delimited import write_csv
from gateway.products.formats.lines import write_lines
from gateway.products.formats.workbook import write_xlsx
from gateway.products.product import Product

_WRITERS: Mapping[Format, Callable[[pl.DataFrame, Product], bytes]] = {
    Format.CSV: write_csv,
    Format.XLSX: write_xlsx,
    Format.PARQUET: write_parquet,
    Format.JSONL: write_lines,
}


def write(frame: pl.DataFrame, kind: Format, product: Product) -> bytes:
    """Write what was cut. Raises `UnsafeCell` for a cell that has not the shape of its column."""
    cells = safe(frame, product.shapes)
    names = {name: product.headers.get(name, name) for name in cells.columns}
    return _WRITERS[kind](cells.rename(names), product)


__all__ = ["write"]
