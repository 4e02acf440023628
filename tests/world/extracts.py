"""A sheet as its recipient gets it: cut by a grant, written in its format, as an extraction does."""

from datetime import date

import polars as pl

from gateway.habilitation import Format, Grant, compile_grant
from gateway.products import PRODUCTS, cut, write
from tests.world.habilitations import example, offer_of

EXAMPLES = {
    "contacts-rdv-insertion": "contacts-rdv-insertion",
    "risque-rupture": "risque-rupture-cd",
}


def grant_of(name: str, columns: tuple[str, ...], on: date, *, kind: Format | None = None) -> Grant:
    """The published example of a product, compiled for one day with these columns."""
    habilitation = example(EXAMPLES.get(name, name), columns=columns, format=kind)
    return compile_grant(habilitation, offer_of(habilitation), on)


def made(
    sheet: pl.DataFrame, name: str, grant: Grant, on: date, *, departement: str = "08"
) -> bytes:
    """The bytes that would leave. Raises `NotAuthorised`, `UnsafeCell`."""
    product = PRODUCTS[name]
    return write(cut(sheet, product, grant, departement, on), grant.format, product)
