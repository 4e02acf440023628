"""What each product may read, one function each: the only place where identifiers meet a product.

A feed gives the sheet of a product, of everybody, and decides nothing: `gateway.products.cutting` does.
What a recipient may read is found once more by `followers`, for the check of the finished file.

`contacts`: the identities of the last accepted contact file, and what its instructions say of consent.
`users`: who the people of the CD's own file are, and the contacts of whom they are linked with.
`risk`: signals (pseudonyms), and the CD's own `ID_CD` for the people of its own file. A signal goes
back only to the CD that follows the person: the identifiers joined are those of its last file.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl
from sqlalchemy import Engine

from gateway.archive import Archive
from gateway.errors import NotAuthorised
from gateway.habilitation import Grant
from gateway.identity.index import SUBJECT, complete, empty
from gateway.identity.resolve import PERSON
from gateway.named import named
from gateway.products import Feed, contacts_rdv_insertion, risque_rupture, usagers_rdv_insertion
from gateway.products.consent import said_in
from gateway.pseudonym import Master
from gateway.stages.provisions import Provisions, last_accepted
from gateway.store.deliveries import index_digest, partitions_of
from gateway.store.releases import Crossed, latest_crossing

CONTACTS, CD, INSTRUCTIONS = "cnaf-contacts", "cd-parcours", "cnaf-instructions"
OF_THE_CD = ("risque-rupture", "usagers-rdv-insertion", "contacts-cd", "parcours-carnet-de-bord")


@dataclass(frozen=True, slots=True)
class Larder:
    """Where products are fed from."""

    engine: Engine
    journeys: Archive
    identities: Archive
    master: Master

    def feeds(self) -> Mapping[str, Feed]:
        """Product name → what feeds it, written by hand."""
        return {
            "contacts-rdv-insertion": self.contacts,
            "risque-rupture": self.risk,
            "usagers-rdv-insertion": self.users,
            **self._provisions().feeds(),
        }

    def gates(self) -> Mapping[str, Callable[[str], frozenset[str]]]:
        """Product name → the keys its recipient may read in a département, found by another path."""
        return {
            "contacts-rdv-insertion": self.households_sent,
            **dict.fromkeys(OF_THE_CD, self.of_the_cd),
            **self._provisions().gates(),
        }

    def followers(self, product: str, grant: Grant, departement: str) -> frozenset[str] | None:
        """The keys the recipient may read (`control.key_of`); None where the product speaks of nobody."""
        grant.check_covers(departement)
        gate = self.gates().get(product)
        return None if gate is None else gate(departement)

    def contacts(self, grant: Grant, departement: str, period: date) -> pl.DataFrame:
        """The contacts of a département: the last full set, whenever it was sent."""
        del grant, period
        people = self._identities(departement, CONTACTS)
        return contacts_rdv_insertion.sheet(people, departement, self.consent(departement))

    def risk(self, grant: Grant, departement: str, period: date) -> pl.DataFrame:
        """Who may be dropping out, as of the crossing of `period`; followed, who is in the CD's file."""
        del grant
        crossed = self._crossed(departement, period)
        return risque_rupture.sheet(
            self.told(crossed),
            self.followed(crossed),
            as_of=period,
            departement=crossed.departement,
        )

    def users(self, grant: Grant, departement: str, period: date) -> pl.DataFrame:
        """Who they are and where to reach them, as the crossing of `period` links the files of today."""
        del grant
        persons = self.identities.read(self._crossed(departement, period).persons)
        reached = usagers_rdv_insertion.reached(
            self._identities(departement, CONTACTS), self.consent(departement)
        )
        people = usagers_rdv_insertion.joined(
            self._identities(departement, CD), reached, self._index(departement), persons
        )
        return usagers_rdv_insertion.sheet(people, departement)

    def consent(self, departement: str) -> pl.DataFrame:
        """What the instructions of a département say of phones and e-mails (`consent.said_in`)."""
        with self.engine.begin() as connection:
            files = partitions_of(connection, departement, INSTRUCTIONS)
        return said_in([self.identities.read(file.identities) for file in files])

    def households_sent(self, departement: str) -> frozenset[str]:
        """The MATRICULE that the last contact file names."""
        return frozenset(self._identities(departement, CONTACTS).get_column("MATRICULE"))

    def of_the_cd(self, departement: str) -> frozenset[str]:
        """What the conseil départemental calls the people of its own last file."""
        return frozenset(self._identities(departement, CD).get_column("ID_CD"))

    def followed(self, crossed: Crossed) -> pl.DataFrame:
        """ID_CD and what a crossing says of each person (`Crossing.people`), for the CD's last file."""
        if not crossed.people:
            raise NotAuthorised("croisement d'une version antérieure : il sera refait")
        persons = self.identities.read(crossed.persons)
        people = self._named(crossed.people, persons)
        identities = self._identities(crossed.departement, CD)
        known = identities.select(SUBJECT, "ID_CD").unique().join(persons, on=SUBJECT)
        of = named(self.engine, self.journeys, self.master).of
        return (
            known.select(of(known.get_column(PERSON)).alias("PERSONNE"), "ID_CD")
            .unique()
            .join(people, on="PERSONNE", how="inner")
            .sort("ID_CD")
        )

    def told(self, crossed: Crossed) -> pl.DataFrame:
        """The signals of a crossing (`telling.SIGNALS`)."""
        return self._named(crossed.signals, self.identities.read(crossed.persons))

    def _provisions(self) -> Provisions:
        return Provisions(self.engine, self.journeys, self.identities, self.master, self.consent)

    def _named(self, digest: str, persons: pl.DataFrame) -> pl.DataFrame:
        """A frame of a crossing under the names in force, whatever epoch it was sealed in."""
        ours = named(self.engine, self.journeys, self.master)
        return ours.read(digest, persons.get_column(PERSON))

    def _crossed(self, departement: str, period: date) -> Crossed:
        with self.engine.begin() as connection:
            crossed = latest_crossing(connection, departement, period)
        if crossed is None:
            raise NotAuthorised("aucun croisement de cette période : rien à publier")
        return crossed

    def _identities(self, departement: str, flow: str) -> pl.DataFrame:
        """What the last accepted file of a flow keeps of who is in it."""
        return self.identities.read(last_accepted(self.engine, departement, flow).identities)

    def _index(self, departement: str) -> pl.DataFrame:
        with self.engine.begin() as connection:
            digest = index_digest(connection, departement)
        return complete(self.identities.read(digest)) if digest else empty()
