"""JSON Lines: one object per row, every column named, null when empty; UTF-8, LF."""

import json

import polars as pl

from gateway.products.product import Product


def write_lines(frame: pl.DataFrame, product: Product) -> bytes:
    """Columns in the order of the product."""
    del product
    rows = frame.iter_rows(named=True)
    lines = (json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
    return "".join(f"{line}\n" for line in lines).encode("utf-8")
