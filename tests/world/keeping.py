"""A house, in memory, that keeps files for real: contracts, links, pseudonyms, sealed frames, a ledger.

    house = keeping(engine)
    house.receive("cd-parcours", path_or_bytes)        # one delivery, accepted
    house.cross()                                      # over the latest files
    house.opened()                                     # every frame of every drawer, in clear

`settled(root)` is the same on disk, with the keys of a furnished house: its commands find it.

Only the envelope is left out: what is received is sealed as it is.
"""

import asyncio
import io
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TypeVar

import polars as pl
from obstore.store import MemoryStore
from sqlalchemy import Engine

from gateway.archive import Archive
from gateway.delivery import Checked, Collected, Counts, Opened, Treated
from gateway.drawers import open_drawers
from gateway.identity.index import empty
from gateway.keyring import Drawer, Keyring
from gateway.ledger.log import bodies, committed_size
from gateway.passage import crossing
from gateway.pseudonym import JOURNEYS, Master, Pseudonymiser
from gateway.retention.keeper import Keeper
from gateway.rules import AVANT_2025
from gateway.secret import Secret
from gateway.settings import load
from gateway.stages.keep import keep
from gateway.stages.link import link
from gateway.stages.pseudonymise import pseudonymise
from gateway.store.database import open_engine
from gateway.store.deliveries import (
    Passport,
    accepted_so_far,
    index_digest,
    index_version,
    latest_partition,
)
from gateway.store.releases import Crossed, latest_crossing
from gateway.vault import Unsealer, Vault, generate_identity
from schemas.check import check
from schemas.registry import contract
from tests.world.records import DAY

MASTER = Secret(bytes(range(32)))
T = TypeVar("T")


class Directly:
    """Steps that are done, and not remembered."""

    async def run(self, name: str, step: Callable[[], Awaitable[T]]) -> T:
        del name
        return await step()


@dataclass
class Keeping:
    """The house, and the folder where a file stands while it is read."""

    engine: Engine
    folder: Path
    departement: str = "08"
    stores: Mapping[Drawer, MemoryStore] = field(
        default_factory=lambda: {drawer: MemoryStore() for drawer in Drawer}
    )
    received: int = 0
    master: Master = field(default_factory=lambda: MASTER)
    archives: dict[Drawer, Archive] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.archives:
            return
        key = generate_identity()
        self.archives = {
            drawer: Archive(Vault(store, [key.public]), Unsealer(store, [key.secret]))
            for drawer, store in self.stores.items()
        }

    @property
    def keeper(self) -> Keeper:
        return Keeper(
            self.engine,
            self.archives[Drawer.JOURNEYS],
            self.archives[Drawer.IDENTITY],
            self.master,
            lambda drawer, digest: self.archives[drawer].vault.delete(digest),
        )

    @property
    def crossing(self) -> crossing.Crossing:
        journeys, identities = self.archives[Drawer.JOURNEYS], self.archives[Drawer.IDENTITY]
        return crossing.Crossing(self.engine, journeys, identities, self.master, AVANT_2025)

    def receive(
        self, flow: str, body: bytes, *, as_of: date = DAY, leaving_out: pl.Expr | None = None
    ) -> str:
        """Accept one file, without the rows of whom it must leave out; give its delivery."""
        self.received += 1
        sent = datetime(2022, 6, 16, 8, self.received, tzinfo=UTC)
        passport = Passport(
            f"{flow}-{self.received:016x}",
            flow,
            flow.partition("-")[0],
            self.departement,
            "nom",
            sent_at=sent,
        )
        path = self.folder / "recu"
        path.write_bytes(body)
        reading = check(path, contract(flow), departement=self.departement)
        if leaving_out is not None:
            reading = replace(reading, rows=reading.rows.filter(~leaving_out))
        treated = self._treated(passport, Checked(Opened(path, "", ""), reading, "off"), as_of)
        held = self.archives[Drawer.RECEPTION].vault.put(io.BytesIO(body))
        collected = Collected(passport.delivery, held.digest, len(body), 0.1)
        assert not keep(self.engine, passport, collected, treated).stale
        return passport.delivery

    def _treated(self, passport: Passport, checked: Checked, as_of: date) -> Treated:
        terms, identities = contract(passport.flow), self.archives[Drawer.IDENTITY]
        with self.engine.begin() as connection:
            version = index_version(connection, self.departement)
            digest = index_digest(connection, self.departement)
            history = accepted_so_far(connection, passport.partner, passport.flow)
        index = identities.read(digest) if digest else empty()
        assert passport.sent_at is not None
        linked = link(
            checked,
            index,
            version,
            flow=passport.flow,
            partner=passport.partner,
            as_of=as_of,
            sent=passport.sent_at,
        )
        named = pseudonymise(linked, terms, self.master)
        return Treated(
            delivery=passport.delivery,
            plaintext="",
            facts=self.archives[Drawer.JOURNEYS].write(named.facts),
            identities=identities.write(named.identities),
            index=identities.write(linked.index),
            base_version=version,
            counts=Counts.of(checked.reading.report),
            reference_date=as_of,
            contract_version=terms.version,
            report="",
            history=history,
            kind=checked.reading.kind or "",
        )

    def cross(self, as_of: date = DAY) -> Crossed:
        """Cross the latest files, unless it was done of these very ones."""
        found = crossing.inputs(self.crossing, self.departement)
        assert found is not None
        key = f"croisement:{self.departement}@{as_of}:{found.digest}"
        walk = crossing.walk(key, self.departement, as_of, self.crossing, Directly())
        asyncio.run(walk)
        with self.engine.begin() as connection:
            crossed = latest_crossing(connection, self.departement, as_of)
        assert crossed is not None
        return crossed

    def told(self, as_of: date = DAY) -> set[tuple[object, ...]]:
        """What the crossing says, by ID_CD: everything but who and which file."""
        signals = self.archives[Drawer.JOURNEYS].read(self.cross(as_of).signals)
        with self.engine.begin() as connection:
            part = latest_partition(connection, self.departement, "cd-parcours")
        assert part is not None
        people = self.archives[Drawer.IDENTITY].read(part.identities)
        of = Pseudonymiser(self.master, JOURNEYS).of_series
        named = people.select(of(people["SUBJECT"]).alias("PERSONNE"), "ID_CD").unique()
        wanted = ("ID_CD", "REGLE", "RESULTAT", "MOTIF", "DEPUIS", "JOURS", "SUPPRESSEUR")
        joined = signals.join(named, on="PERSONNE", how="left")
        return set(joined.select(c for c in wanted if c in joined.columns).iter_rows())

    def opened(self) -> Mapping[str, bytes]:
        """Every object that stands in a drawer, in clear."""
        found: dict[str, bytes] = {}
        for drawer, archive in self.archives.items():
            for digest in archive.vault.digests():
                body = io.BytesIO()
                archive.unsealer.unseal_into(digest, body)
                frame = drawer in (Drawer.JOURNEYS, Drawer.IDENTITY)
                found[f"{drawer}/{digest}"] = (
                    archive.read(digest).write_json().encode() if frame else body.getvalue()
                )
        return found

    def ledger(self) -> list[str]:
        """Every entry, as it is written."""
        return [body.decode() for body in bodies(self.engine, 0, committed_size(self.engine))]


def settled(root: Path) -> Keeping:
    """The house whose settings are in this folder (`furnished.furnish`)."""
    settings = load(root / "config" / "gateway.toml")
    keyring = Keyring(settings.path(settings.main.paths.keys))
    drawers = open_drawers(settings, keyring)
    archives = {
        Drawer.RECEPTION: Archive(drawers.reception, drawers.reception_opener),
        Drawer.JOURNEYS: drawers.journeys,
        Drawer.IDENTITY: drawers.identities,
        Drawer.RELEASES: Archive(drawers.releases, drawers.releases_opener),
    }
    engine, master = open_engine(settings.database_url), keyring.pseudonym_master()
    return Keeping(engine, root, master=master, archives=archives)
