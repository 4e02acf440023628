"""A house that keeps generated people, and its extracts as an extraction makes them: fed, cut, written, checked.

house = provisioned(folder)
rows = extract(house, "contacts-cd")        # read back from the CSV, "" for an empty cell
"""

import csv
import io
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from gateway.habilitation import Format, Grant, compile_grant
from gateway.keyring import Drawer
from gateway.products import PRODUCTS
from gateway.products.making import make
from gateway.stages.feed import Larder
from gateway.store.database import open_engine
from schemas.generator.everything import write_everything
from schemas.generator.wishes import Wishes
from tests.world.databases import sqlite_url
from tests.world.habilitations import example, offer_of
from tests.world.keeping import Keeping
from tests.world.records import DAY

FLOWS = ("cd-parcours", "pe-parcours", "cnaf-contacts", "cnaf-beneficiaires", "cnaf-instructions")
TODAY = date(2022, 7, 1)
Rows = list[dict[str, str]]


def files(folder: Path, *, people: int = 60, seed: int = 3) -> dict[str, bytes]:
    """The first generated file of each flow."""
    told = write_everything(folder, Wishes("08", people=people, seed=seed, as_of=DAY))
    paths = {one.flow: one.path for one in reversed(told.written)}
    return {flow: (folder / paths[flow]).read_bytes() for flow in FLOWS}


def keep(folder: Path, received: dict[str, bytes], *, crossed: bool = True) -> Keeping:
    """A house that received these files, in their order, and crossed them."""
    house = Keeping(open_engine(sqlite_url(folder)), folder)
    for flow, body in received.items():
        house.receive(flow, body)
    if crossed:
        house.cross()
    return house


def larder(house: Keeping) -> Larder:
    journeys, identities = house.archives[Drawer.JOURNEYS], house.archives[Drawer.IDENTITY]
    return Larder(house.engine, journeys, identities, house.master)


def grant_for(name: str, **changes: Any) -> Grant:
    """The published example of a product, compiled for `TODAY` in CSV."""
    habilitation = example(name, **{"format": Format.CSV, **changes})
    return compile_grant(habilitation, offer_of(habilitation), TODAY)


def fed(house: Keeping, name: str, **changes: Any) -> pl.DataFrame:
    """The sheet of a product, uncut."""
    return larder(house).feeds()[name](grant_for(name, **changes), "08", DAY)


def extract(house: Keeping, name: str, **changes: Any) -> Rows:
    """What its recipient would read. Raises `NotAuthorised`, `UnsafeCell`."""
    return read(body_of(house, name, **changes))


def body_of(house: Keeping, name: str, **changes: Any) -> bytes:
    """The bytes that would be sealed."""
    grant, product = grant_for(name, **changes), PRODUCTS[name]
    allowed = larder(house).followers(name, grant, "08")
    return make(fed(house, name, **changes), product, grant, "08", on=TODAY, allowed=allowed).body


def read(body: bytes) -> Rows:
    """The rows of a CSV of ours."""
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline=""), delimiter=";"))
