"""The products as one département reads them: under its own names, where its settings give some."""

from collections.abc import Mapping, Sequence

from gateway.products import PRODUCTS, Product, usagers_rdv_insertion
from gateway.settings.users_lists import UsersList


def products_of(lists: Sequence[UsersList], departement: str) -> Mapping[str, Product]:
    """Every product by its name. Raises `Misconfigured` for a column that is not one of ours."""
    products = dict(PRODUCTS)
    for wanted in lists:
        if wanted.departement == departement:
            headers = {header.column: header.name for header in wanted.headers}
            named = usagers_rdv_insertion.named_as(wanted.sheet, headers)
            products[named.name] = named
    return products
