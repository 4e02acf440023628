"""cut → write → check: the only way from a sheet to the bytes of an extract.

1. What is written is what the grant opens of the sheet, and nothing else of it.
2. The finished bytes are read back by other code before anybody has them.
"""

from datetime import date
from typing import NamedTuple

import polars as pl

from gateway.habilitation import Grant
from gateway.products.control import check_extract
from gateway.products.cutting import cut
from gateway.products.formats import write
from gateway.products.product import Product


class Made(NamedTuple):
    """The bytes of an extract, and how many rows they hold."""

    body: bytes
    rows: int


def make(
    sheet: pl.DataFrame,
    product: Product,
    grant: Grant,
    departement: str,
    *,
    on: date,
    allowed: frozenset[str] | None,
) -> Made:
    """Make one extract. `allowed`: whom the recipient may read, found by another path than the sheet.

    Raises `NotAuthorised`, and `UnsafeCell` for a mistake of ours.
    """
    extract = cut(sheet, product, grant, departement, on)
    body = write(extract, grant.format, product)
    check_extract(body, grant, product, rows=extract.height, on=on, allowed=allowed)
    return Made(body, extract.height)
