"""What a retention and an erasure need of the house: the drawers where people are, and who may erase."""

from dataclasses import dataclass

import polars as pl
from sqlalchemy import Engine

from gateway.archive import Archive
from gateway.keyring import Drawer
from gateway.pseudonym import JOURNEYS, Pseudonymiser
from gateway.secret import Secret
from gateway.store.discards import Erase


@dataclass(frozen=True, slots=True)
class Keeper:
    """The database, the two drawers of frames, and how an object of any drawer is erased."""

    engine: Engine
    journeys: Archive
    identities: Archive
    master: Secret[bytes]
    erase: Erase

    def archive(self, drawer: Drawer) -> Archive:
        """The drawer of a frame."""
        return {Drawer.JOURNEYS: self.journeys, Drawer.IDENTITY: self.identities}[drawer]

    def names(self, subjects: pl.Series) -> pl.Series:
        """Every name these subjects may have in the journeys."""
        return Pseudonymiser(self.master, JOURNEYS).of_series(subjects)
