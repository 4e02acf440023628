"""An extract as its recipient gets it, by the very path of a release: feed → cut → write → check."""

from datetime import date

import polars as pl

from gateway.habilitation import Format, Grant, Habilitation, compile_grant
from gateway.keyring import Drawer
from gateway.products import PRODUCTS, Made, cut, make, write
from gateway.stages.feed import Larder
from tests.world.habilitations import example, offer_of
from tests.world.keeping import Keeping

EXAMPLES = {"risque-rupture": "risque-rupture-cd"}


def grant_of(name: str, columns: tuple[str, ...], on: date, *, kind: Format | None = None) -> Grant:
    """The published example of a product, compiled for one day with these columns."""
    habilitation = example(EXAMPLES.get(name, name), columns=columns, format=kind)
    return compile_grant(habilitation, offer_of(habilitation), on)


def made(
    sheet: pl.DataFrame, name: str, grant: Grant, on: date, *, departement: str = "08"
) -> bytes:
    """The bytes that would be checked. Raises `NotAuthorised`, `UnsafeCell`."""
    product = PRODUCTS[name]
    return write(cut(sheet, product, grant, departement, on), grant.format, product)


def larder(house: Keeping) -> Larder:
    """Where a house in memory feeds its products from."""
    archives = house.archives
    return Larder(house.engine, archives[Drawer.JOURNEYS], archives[Drawer.IDENTITY], house.master)


def extracted(house: Keeping, habilitation: Habilitation, *, period: date, on: date) -> Made:
    """What one habilitation lets out of a house on one day, checked. Raises `NotAuthorised`."""
    departement = house.departement
    grant = compile_grant(habilitation, offer_of(habilitation), on, departement=departement)
    product, shelves = PRODUCTS[grant.product], larder(house)
    sheet = shelves.feeds()[grant.product](grant, departement, period)
    allowed = shelves.followers(grant.product, grant, departement)
    return make(sheet, product, grant, departement, on=on, allowed=allowed)
