"""Our own frames of people, under one name each: that of the epoch in force when they are read.

While an epoch changes, frames of both stand side by side (`gateway.rekeying` rewrites them one by one):
whoever joins two of them reads both through here, or would find nobody in common.
"""

from dataclasses import dataclass

import polars as pl
from sqlalchemy import Engine

from gateway.archive import Archive
from gateway.pseudonym import JOURNEYS, Domain, Master, Pseudonymiser, carried_over
from gateway.store.epochs import in_force


@dataclass(frozen=True, slots=True)
class Named:
    """The drawer of journeys, in one domain. Made once for whatever is joined together."""

    archive: Archive
    master: Master
    domain: Domain

    def of(self, subjects: pl.Series) -> pl.Series:
        """The names of these people, row by row."""
        return Pseudonymiser(self.master, self.domain).of_series(subjects)

    def read(self, digest: str, subjects: pl.Series) -> pl.DataFrame:
        """A frame, whatever epoch it was sealed in; `subjects`: everybody who may be in it."""
        return carried_over(self.archive.read(digest), subjects, self.master, self.domain)


def named(engine: Engine, journeys: Archive, master: Master) -> Named:
    """Our frames under the names in force now."""
    return Named(journeys, master, in_force(engine, JOURNEYS))
