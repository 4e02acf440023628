"""What the products of a département, of Pôle emploi and of everybody are fed from: a sheet each, uncut.

1. Who is who is read in the crossing that feeds a release (`Crossed.persons`): a link undone by then is not
   followed. Files are those the crossing could see: none that speaks of a later day.
2. A sheet speaks of everybody the crossing knows, followed or not: `gateway.products.cutting` chooses.
3. Pôle emploi follows whom its last file names under one identifier of its own, once linked.
4. Names for a recipient are made here, in its own domain and the epoch in force; ours never leave.
5. `of_pe` finds once more whom Pôle emploi may read, from the identity index: for the control of the file.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl
from sqlalchemy import Engine

from gateway.archive import Archive
from gateway.errors import NotAuthorised
from gateway.habilitation import Grant
from gateway.identity.index import SUBJECT, complete
from gateway.identity.resolve import PERSON
from gateway.indicators import Granularity
from gateway.indicators.edition import again, ever_published
from gateway.named import Named, named
from gateway.products import (
    Feed,
    contacts_cd,
    indicateurs,
    orientation_pe,
    parcours_carnet_de_bord,
    risque_rupture_pe,
)
from gateway.pseudonym import Master, Pseudonymiser
from gateway.store.deliveries import Partition, index_digest, latest_partition
from gateway.store.epochs import domain_of
from gateway.store.indicators import editions_of
from gateway.store.releases import Crossed, last_crossing, latest_crossing

CD: Final = "cd-parcours"
PE: Final = "pe-parcours"
CONTACTS: Final = "cnaf-contacts"
CNAF, MONTHLY = "cnaf-beneficiaires", "M"
_WHO = "PERSONNE"
# What each side calls the person, in the identity index.
_IDENTITY = {
    "NIR13": "NIR",
    "BIRTH_NAME": "NOM_NAISSANCE",
    "USED_NAME": "NOM_USAGE",
    "FIRST": "PRENOM",
    "BIRTH": "DATE_NAISSANCE",
    "MATRICULE": "NUMERO_CAF",
}


@dataclass(frozen=True, slots=True)
class _Opened:
    """One crossing, opened. `persons`: SUBJECT, PERSON; `index`: every subject ever known."""

    crossed: Crossed
    persons: pl.DataFrame
    index: pl.DataFrame
    ours: Named

    def people(self) -> pl.DataFrame:
        """PERSON of everybody, once."""
        return self.persons.select(pl.col(PERSON).unique())

    def renamed(self, frame: pl.DataFrame, of: str) -> pl.DataFrame:
        """A frame whose PERSONNE is our name of a `of` (SUBJECT or PERSON): now the person's own id."""
        ids = self.persons.select(pl.col(of).alias("_OF"), PERSON).unique()
        names = ids.select(self.ours.of(ids.get_column("_OF")).alias("_OUR"), PERSON)
        return (
            frame.rename({_WHO: "_OUR"})
            .join(names, on="_OUR", how="inner", maintain_order="left")
            .drop("_OUR")
            .rename({PERSON: _WHO})
        )


@dataclass(frozen=True, slots=True)
class Provisions:
    """Where they are fed from. `consent`: département → what its instructions say (`consent.said_in`)."""

    engine: Engine
    journeys: Archive
    identities: Archive
    master: Master
    consent: Callable[[str], pl.DataFrame]

    def feeds(self) -> Mapping[str, Feed]:
        """Product name → what feeds it, written by hand."""
        return {
            contacts_cd.NAME: self.contacts,
            orientation_pe.NAME: self.orientations,
            risque_rupture_pe.NAME: self.risk,
            parcours_carnet_de_bord.NAME: self.facts,
            indicateurs.NAME: self.indicators,
        }

    def gates(self) -> Mapping[str, Callable[[str], frozenset[str]]]:
        """Product name → the keys its recipient may read, found by another path."""
        return {orientation_pe.NAME: self.of_pe, risque_rupture_pe.NAME: self.of_pe}

    def contacts(self, grant: Grant, departement: str, period: date) -> pl.DataFrame:
        """The contacts of everybody the last contact file names, without those that were refused."""
        del grant
        opened = self._open(departement, period)
        part = last_accepted(self.engine, departement, CONTACTS)
        told = self.identities.read(part.identities)
        known = told.join(opened.persons, on=SUBJECT, how="inner", maintain_order="left")
        return contacts_cd.sheet(
            opened.people().join(self._own(opened), on=PERSON, how="left"),
            known,
            self.consent(departement),
            departement=departement,
            reference=part.reference_date,
        )

    def orientations(self, grant: Grant, departement: str, period: date) -> pl.DataFrame:
        """What the département decided for each person, and how Pôle emploi finds them."""
        del grant
        opened = self._open(departement, period)
        followed = pl.col("IDENTIFIANT_PE").is_not_null() & pl.col("ID_CD").is_not_null()
        people = (
            opened.people()
            .join(self._own(opened), on=PERSON, how="left")
            .join(self._called_by_pe(opened), on=PERSON, how="left")
            .join(self._identities(opened), on=PERSON, how="left")
            .join(self._communes(opened), on=PERSON, how="left")
            .with_columns(followed.alias("SUIVI"))
            .rename({PERSON: _WHO})
        )
        return orientation_pe.sheet(
            people, self._said(opened, CD), departement=departement, on=opened.crossed.as_of
        )

    def risk(self, grant: Grant, departement: str, period: date) -> pl.DataFrame:
        """The signals that rest on Pôle emploi's own file, as of the crossing of `period`."""
        del grant
        opened = self._open(departement, period)
        everybody = opened.persons.get_column(PERSON)
        signals = opened.ours.read(opened.crossed.signals, everybody)
        facts = self._said(opened, CD).filter(pl.col("DATE") <= opened.crossed.as_of)
        return risque_rupture_pe.sheet(
            opened.renamed(signals, PERSON),
            self._called_by_pe(opened).rename({PERSON: _WHO}),
            orientation_pe.orientations(facts),
            departement=departement,
        )

    def facts(self, grant: Grant, departement: str, period: date) -> pl.DataFrame:
        """The dated facts of everybody, under the recipient's own names."""
        opened = self._open(departement, period)
        with self.engine.begin() as connection:
            domain = domain_of(connection, *grant.pseudonym_domain)
        people = opened.people().join(self._own(opened), on=PERSON, how="left")
        names = Pseudonymiser(self.master, domain).of_series(people.get_column(PERSON))
        cd, pe = self._required(opened, CD), self._find(opened, PE)
        named_people = people.with_columns(names.alias("PSEUDONYME")).rename({PERSON: _WHO})
        return parcours_carnet_de_bord.sheet(
            named_people,
            self._told(opened, cd),
            self._told(opened, pe) if pe else None,
            departement=departement,
        )

    def indicators(self, grant: Grant, departement: str, period: date) -> pl.DataFrame:
        """The last edition that was published; nothing is counted here."""
        del grant, period
        with self.engine.begin() as connection:
            editions = editions_of(connection, departement)
        if not editions:
            raise NotAuthorised("aucune édition publiée : passerelle indicators publish")
        last = editions[-1]
        tables = ever_published(one.tables for one in editions)
        edition = again(
            departement, last.as_of, last.threshold, Granularity(last.granularity), tables.values()
        )
        return indicateurs.sheet(edition, last.number)

    def of_pe(self, departement: str) -> frozenset[str]:
        """What Pôle emploi calls the people of its last file whom the département's own subjects name."""
        with self.engine.begin() as connection:
            crossed = last_crossing(connection, departement)
            digest = index_digest(connection, departement)
        if crossed is None or not crossed.persons or digest is None:
            return frozenset()
        index = self.identities.read(digest).select(SUBJECT, "FLOW").rows()
        ours = {subject for subject, flow in index if flow == CD}
        person_of = dict(self.identities.read(crossed.persons).select(SUBJECT, PERSON).rows())
        part = last_accepted(self.engine, departement, PE)
        called = self.identities.read(part.identities).select(SUBJECT, "IDENTIFIANT_PE").rows()
        return frozenset(
            name for subject, name in called if name and person_of.get(subject) in ours
        )

    def _open(self, departement: str, period: date) -> _Opened:
        with self.engine.begin() as connection:
            crossed = latest_crossing(connection, departement, period)
            digest = index_digest(connection, departement)
        if crossed is None or digest is None:
            raise NotAuthorised("aucun croisement de cette période : rien à publier")
        if not crossed.persons:
            raise NotAuthorised("croisement d'une version antérieure : il sera refait")
        persons = self.identities.read(crossed.persons).select(SUBJECT, PERSON)
        index = complete(self.identities.read(digest))
        return _Opened(crossed, persons, index, named(self.engine, self.journeys, self.master))

    def _own(self, opened: _Opened) -> pl.DataFrame:
        """PERSON, ID_CD of the people of the département's last file."""
        own = self.identities.read(self._required(opened, CD).identities)
        return own.select(SUBJECT, "ID_CD").unique().join(opened.persons, on=SUBJECT).drop(SUBJECT)

    def _called_by_pe(self, opened: _Opened) -> pl.DataFrame:
        """PERSON, IDENTIFIANT_PE; several for one person are none: nobody chose."""
        dossiers = self.identities.read(self._required(opened, PE).identities)
        return _only(dossiers.join(opened.persons, on=SUBJECT), "IDENTIFIANT_PE")

    def _identities(self, opened: _Opened) -> pl.DataFrame:
        """PERSON, and what the département itself calls them: their subject there is the person's."""
        own = opened.index.filter(pl.col("FLOW") == CD)
        return own.select(
            pl.col(SUBJECT).alias(PERSON), *(pl.col(a).alias(b) for a, b in _IDENTITY.items())
        )

    def _communes(self, opened: _Opened) -> pl.DataFrame:
        """PERSON, COMMUNE_RESIDENCE as the CNAF's last monthly file says it to the département."""
        part = self._find(opened, CNAF, kind=MONTHLY)
        if part is None:
            return pl.DataFrame(schema={PERSON: pl.String, "COMMUNE_RESIDENCE": pl.String})
        told = self.identities.read(part.identities).rename({"NUMCOM": "COMMUNE_RESIDENCE"})
        return _only(told.join(opened.persons, on=SUBJECT), "COMMUNE_RESIDENCE")

    def _said(self, opened: _Opened, flow: str) -> pl.DataFrame:
        return self._read(opened, self._required(opened, flow))

    def _told(self, opened: _Opened, part: Partition) -> parcours_carnet_de_bord.Said:
        return parcours_carnet_de_bord.Said(self._read(opened, part), part.reference_date)

    def _read(self, opened: _Opened, part: Partition) -> pl.DataFrame:
        facts = opened.ours.read(part.facts, opened.index.get_column(SUBJECT))
        return opened.renamed(facts, SUBJECT)

    def _required(self, opened: _Opened, flow: str) -> Partition:
        part = self._find(opened, flow)
        if part is None:
            raise NotAuthorised(f"aucun fichier {flow} accepté : rien à publier")
        return part

    def _find(self, opened: _Opened, flow: str, *, kind: str | None = None) -> Partition | None:
        where, until = opened.crossed.departement, opened.crossed.as_of
        with self.engine.begin() as connection:
            return latest_partition(connection, where, flow, kind=kind, until=until)


def last_accepted(engine: Engine, departement: str, flow: str) -> Partition:
    """The last accepted file of a flow. Raises `NotAuthorised`: without one, nothing is published."""
    with engine.begin() as connection:
        part = latest_partition(connection, departement, flow)
    if part is None:
        raise NotAuthorised(f"aucun fichier {flow} accepté : rien à publier")
    return part


def _only(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    """PERSON, and the one value a file gives for them; none when it gives several."""
    least, most = pl.col(column).min(), pl.col(column).max()
    return (
        frame.drop_nulls(column)
        .group_by(PERSON)
        .agg(pl.when(least == most).then(least).alias(column))
        .drop_nulls(column)
    )
