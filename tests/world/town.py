"""A whole town: partners in the sandbox, a real gateway before them, both in this process, in one folder.

    async with town(folder, week_of(samples)) as here:
        await here.rounds()
        here.page(delivery)     # what the ledger tells of one delivery, in order

1. Real parts: gpg, SFTP and HubEE on loopback, SQLite (or PostgreSQL), durable execution.
2. Clear text may only be in `rooms`, a folder of this town alone, so that what is left there is ours.
3. A `Fate` is everything that became of one delivery, on both sides.
"""

import dataclasses
import json
import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Row

from gateway import workroom
from gateway.app import House
from gateway.cli.sandbox import describe
from gateway.demo.opening import open_received
from gateway.demo.result import Document, collect_result
from gateway.demo.scenery import Scenery, furnish, prepare
from gateway.doors.durable import Durable, Patience
from gateway.keyring import Keyring
from gateway.ledger import published_entry
from gateway.ledger.checkpoint import open_checkpoint
from gateway.ledger.folder import read_checkpoint, read_key
from gateway.rounds import Round, Telling, go_round, running
from gateway.sandbox.ceremony import enrol, habilitate
from gateway.sandbox.stand import Standing, stand
from gateway.sandbox.week import Week, read_week
from gateway.settings import load
from gateway.store.deliveries import all_deliveries, find_delivery
from gateway.store.releases import all_releases
from tests.world.liars import HubeePartner, Pen, SftpPartner

QUICK = Patience(tries=3, first_wait=0.05)
MOST_ROUNDS = 6


def week_of(samples: Path, *, without: Sequence[str] = (), empty: bool = False) -> Week:
    """Read a generated week; leave out some of its files, or all of them."""
    week = read_week(samples)
    kept = [p for p in week.parcels if not empty and p.path.name not in without]
    return dataclasses.replace(week, parcels=tuple(kept))


@dataclass(frozen=True)
class Fate:
    """What became of one delivery: its row, its page of the ledger, and what its sender can see."""

    row: Row[Any]
    page: Sequence[dict[str, Any]]
    answers: Mapping[str, dict[str, Any]]
    heard: Sequence[tuple[str, str]]
    waits: bool

    @property
    def acts(self) -> list[str]:
        return [entry["act"] for entry in self.page]


@dataclass
class Town:
    """The week as it goes. `sent` maps a file's name, as its place shows it, to (delivery, reference)."""

    scenery: Scenery
    week: Week
    standing: Standing
    house: House
    durable: Durable
    keyring: Keyring
    rooms: Path
    pe: SftpPartner
    cd: SftpPartner
    cnaf: HubeePartner
    sent: dict[str, tuple[str, Mapping[str, str]]] = field(default_factory=dict)

    async def round(self, tell: Telling = lambda _phase, _started: None) -> Round:
        """Make one round, to its end; `tell` hears each phase as its walks are started."""
        done = await go_round(self.house, self.durable, tell)
        for sighting in done.sightings:
            arrival = sighting.arrival
            self.sent[arrival.name] = (sighting.passport.delivery, arrival.reference)
        return done

    async def rounds(self) -> int:
        """Make rounds until one starts nothing; give how many walks were started in all."""
        started = 0
        for _ in range(MOST_ROUNDS):
            done = await self.round()
            assert not done.silences
            started += done.started
            if not done.started:
                return started
        raise AssertionError(f"still something to do after {MOST_ROUNDS} rounds")

    def deliveries(self) -> Sequence[Row[Any]]:
        with self.house.engine.begin() as connection:
            return all_deliveries(connection)

    def releases(self) -> Sequence[Row[Any]]:
        with self.house.engine.begin() as connection:
            return all_releases(connection)

    def ledger(self) -> list[dict[str, Any]]:
        """Every published entry, in order."""
        return read_ledger(self.house.ledger_folder)

    def page(self, subject: str) -> list[dict[str, Any]]:
        """What the ledger tells of one delivery or release."""
        return [entry for entry in self.ledger() if entry["subject"] == subject]

    def fate(self, name: str) -> Fate:
        """What became of the delivery that arrived under this name."""
        delivery, reference = self.sent[name]
        with self.house.engine.begin() as connection:
            row = find_delivery(connection, delivery)
        assert row is not None
        page = self.page(delivery)
        if row.partner == "cnaf":
            heard = self.cnaf.hears(reference["case"])
            waits = self.cnaf.waits(reference["case"])
            return Fate(row, page, {}, heard, waits)
        sender = self.pe if row.partner == "pe" else self.cd
        return Fate(row, page, sender.answers(delivery), [], sender.waits(name))

    def document(self) -> Document:
        return collect_result(self.house, self.week.departement)

    def opened(self) -> dict[str, list[Path]]:
        """Every release, opened by its recipient with its own key."""
        return open_received(self.scenery, self.keyring)

    async def failures(self) -> Mapping[str, str]:
        return await self.durable.failures()

    def left_rooms(self) -> list[str]:
        """Rooms not removed, desks that only wait apart."""
        self.house.desks.rest()
        return sorted(p.name for hall in self.rooms.iterdir() for p in hall.iterdir() if p.is_dir())


@asynccontextmanager
async def town(
    folder: Path,
    week: Week,
    *,
    settings: str = "",
    limits: Mapping[str, int] | None = None,
    patience: Patience = QUICK,
    antivirus: str = 'mode = "off"',
) -> AsyncIterator[Town]:
    """Stand the partners up, send the week, open the house. `limits`: partner → largest file it may send."""
    with _rooms() as rooms:
        scenery, _ = prepare(folder, week)
        async with stand(scenery.sandbox, week, scenery.gateway_key.read_text()) as standing:
            keyring = furnish(scenery, week, describe(standing, week))
            main = scenery.config.read_text("utf-8").replace('mode = "off"', antivirus)
            scenery.config.write_text(main + settings, "utf-8")
            for alias, limit in (limits or {}).items():
                _limit(scenery.config.parent / "partners" / f"{alias}.toml", limit)
            with _pens(scenery) as pens:
                known = load(scenery.config)
                enrol(known, scenery.declared)
                habilitate(known, scenery.drafts)
                async with running(known, patience) as (house, durable):
                    yield Town(
                        scenery=scenery,
                        week=week,
                        standing=standing,
                        house=house,
                        durable=durable,
                        keyring=keyring,
                        rooms=rooms,
                        pe=SftpPartner(standing.places.folder("pe", ""), pens["pe"]),
                        cd=SftpPartner(standing.places.folder("cd", ""), pens["cd"]),
                        cnaf=HubeePartner(standing.hub),
                    )


def _limit(paper: Path, limit: int) -> None:
    flows = re.sub(
        r"(?m)^(departement = .*)$", rf"\1\nmax_bytes = {limit}", paper.read_text("utf-8")
    )
    paper.write_text(flows, "utf-8")


def read_ledger(folder: Path) -> list[dict[str, Any]]:
    """Every entry of a published ledger."""
    raw = read_checkpoint(folder)
    if raw is None:
        return []
    size = open_checkpoint(raw, read_key(folder)).checkpoint.size
    return [json.loads(published_entry(folder, index)) for index in range(size)]


@contextmanager
def _pens(scenery: Scenery) -> Iterator[dict[str, Pen]]:
    key = scenery.gateway_key.read_text()
    pens = {alias: Pen(alias, scenery.sandbox, key) for alias in ("pe", "cd")}
    try:
        yield pens
    finally:
        for pen in pens.values():
            pen.close()


@contextmanager
def _rooms() -> Iterator[Path]:
    """Give clear text a place of its own: on the shared one, the rooms of other processes come and go."""
    shared = workroom.SHARED_MEMORY
    place = Path(tempfile.mkdtemp(prefix="town-", dir=shared))
    workroom.SHARED_MEMORY = place
    try:
        yield place
    finally:
        workroom.SHARED_MEMORY = shared
        shutil.rmtree(place)
