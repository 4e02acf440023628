"""Where a grant is enforced on a sheet: nothing else of the gateway chooses a row or a column.

1. In force on the day, for this product, over this département: otherwise nothing at all.
2. Rows: those of the département, and of people the recipient follows (the gate of the product). A row
   that says neither is nobody's.
3. Columns: those granted, in the order of the product.
4. Then the product arranges what is left: it cannot bring back what was cut. A row with nothing in it
   is not a row.

Each guard is one function of this file: the law of grants takes them away one by one and must fail.
"""

from datetime import date

import polars as pl

from gateway.habilitation import Gate, Grant
from gateway.products.product import DEPARTEMENT, FOLLOWED, OWN, Product, granted


def cut(
    sheet: pl.DataFrame, product: Product, grant: Grant, departement: str, on: date
) -> pl.DataFrame:
    """What the grant opens of a sheet, all text, arranged. Raises `NotAuthorised`."""
    check_in_force(grant, on)
    check_covers(grant, departement)
    columns = open_columns(product, grant)
    rows = sheet.filter(of_departement(departement) & of_followed(product.gate))
    own = [name for name in sheet.columns if name.startswith(OWN)]
    kept = rows.select(*columns, *own).drop(DEPARTEMENT, FOLLOWED)
    arranged = product.arrange(kept).select(columns)
    return arranged.filter(pl.any_horizontal(pl.all().fill_null("") != ""))


def check_in_force(grant: Grant, on: date) -> None:
    """Raise `NotAuthorised` outside the days of the grant."""
    grant.check_in_force(on)


def check_covers(grant: Grant, departement: str) -> None:
    """Raise `NotAuthorised` for a département outside the grant."""
    grant.check_covers(departement)


def open_columns(product: Product, grant: Grant) -> list[str]:
    """The columns that may leave. Raises `NotAuthorised` for a grant of another product, or of none."""
    return granted(product, grant)


def of_departement(departement: str) -> pl.Expr:
    """The rows of one département; a row without one is of none."""
    return (pl.col(DEPARTEMENT) == departement).fill_null(value=False)


def of_followed(gate: Gate) -> pl.Expr:
    """The rows of whom the recipient follows; all of them where the product speaks of nobody."""
    if gate is Gate.NOBODY:
        return pl.lit(value=True)
    return pl.col(FOLLOWED).fill_null(value=False)
