"""What a retention and an erasure need of the house: the drawers where people are, and who may erase."""

from dataclasses import dataclass

import polars as pl
from sqlalchemy import Engine

from gateway.archive import Archive
from gateway.keyring import Drawer
from gateway.pseudonym import JOURNEYS, Master, Pseudonymiser
from gateway.store.discards import Erase
from gateway.store.epochs import history


@dataclass(frozen=True, slots=True)
class Keeper:
    """The database, the two drawers of frames, and how an object of any drawer is erased."""

    engine: Engine
    journeys: Archive
    identities: Archive
    master: Master
    erase: Erase

    def archive(self, drawer: Drawer) -> Archive:
        """The drawer of a frame."""
        return {Drawer.JOURNEYS: self.journeys, Drawer.IDENTITY: self.identities}[drawer]

    def names(self, subjects: pl.Series) -> pl.Series:
        """The names these subjects have in the journeys, in every epoch a frame may still be of."""
        with self.engine.begin() as connection:
            epochs = history(connection, JOURNEYS.recipient, JOURNEYS.purpose)
        domains = [JOURNEYS.at(epoch) for epoch in epochs]
        return pl.concat(Pseudonymiser(self.master, one).of_series(subjects) for one in domains)
