"""CSV: `;`, a header, and the byte order mark and line ends the product's readers expect."""

import csv
import io

import polars as pl

from gateway.products.product import Product


def write_csv(frame: pl.DataFrame, product: Product) -> bytes:
    """UTF-8; an empty cell for null, quotes only where a cell needs them."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator=product.dialect.line_terminator)
    writer.writerow(frame.columns)
    writer.writerows(frame.iter_rows())
    return text.getvalue().encode("utf-8-sig" if product.dialect.bom else "utf-8")
