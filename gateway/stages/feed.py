"""What each product may read, one function each: the only place where identifiers meet a product.

`contacts`: the identities of the last accepted contact file, nothing of the journeys.
`risk`: signals (pseudonyms), and the CD's own `ID_CD` for the people of its own file. A signal goes
back only to the CD that follows the person: the identifiers joined are those of its last file.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl
from sqlalchemy import Engine

from gateway.archive import Archive
from gateway.errors import NotAuthorised
from gateway.habilitation import Grant
from gateway.identity.index import SUBJECT
from gateway.identity.resolve import PERSON
from gateway.products import PRODUCTS, Feed
from gateway.pseudonym import JOURNEYS, Pseudonymiser
from gateway.secret import Secret
from gateway.store.deliveries import Partition, latest_partition
from gateway.store.releases import Crossed, latest_crossing

CONTACTS, CD = "cnaf-contacts", "cd-parcours"


@dataclass(frozen=True, slots=True)
class Larder:
    """Where products are fed from."""

    engine: Engine
    journeys: Archive
    identities: Archive
    master: Secret[bytes]

    def feeds(self) -> Mapping[str, Feed]:
        """Product name → what feeds it, written by hand."""
        return {"contacts-rdv-insertion": self.contacts, "risque-rupture": self.risk}

    def contacts(self, grant: Grant, departement: str, period: date) -> tuple[bytes, int]:
        """The contact feed of a département."""
        del period  # the last full set, whenever it was sent
        people = self.identities.read(self._partition(departement, CONTACTS).identities)
        return _counted(PRODUCTS["contacts-rdv-insertion"].builder(people, grant=grant))

    def risk(self, grant: Grant, departement: str, period: date) -> tuple[bytes, int]:
        """The people of a CD's own file who may be dropping out, as of the crossing of `period`."""
        with self.engine.begin() as connection:
            crossed = latest_crossing(connection, departement, period)
        if crossed is None:
            raise NotAuthorised("aucun croisement de cette période : rien à publier")
        signals, people = self.journeys.read(crossed.signals), self.followed(crossed)
        body = PRODUCTS["risque-rupture"].builder(signals, people, as_of=period, grant=grant)
        return _counted(body)

    def followed(self, crossed: Crossed) -> pl.DataFrame:
        """ID_CD and what a crossing says of each person (`Crossing.people`), for the CD's last file."""
        if not crossed.people:
            raise NotAuthorised("croisement d'une version antérieure : il sera refait")
        people = self.journeys.read(crossed.people)
        persons = self.identities.read(crossed.persons)
        identities = self.identities.read(self._partition(crossed.departement, CD).identities)
        known = identities.select(SUBJECT, "ID_CD").unique().join(persons, on=SUBJECT)
        of = Pseudonymiser(self.master, JOURNEYS).of_series
        return (
            known.select(of(known.get_column(PERSON)).alias("PERSONNE"), "ID_CD")
            .unique()
            .join(people, on="PERSONNE", how="inner")
            .sort("ID_CD")
        )

    def _partition(self, departement: str, flow: str) -> Partition:
        with self.engine.begin() as connection:
            partition = latest_partition(connection, departement, flow)
        if partition is None:
            raise NotAuthorised(f"aucun fichier {flow} accepté : rien à publier")
        return partition


def _counted(body: bytes) -> tuple[bytes, int]:
    return body, max(body.count(b"\n") - 1, 0)
