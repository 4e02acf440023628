"""The composition root: the one file that knows concrete classes. It builds everything and decides nothing.

`open_house(settings)` gives a `House`: its posts (what to look at), its walks (what durable execution
calls) and its notary (the ledger). Leaving it closes every connection.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path

from sqlalchemy import Engine

from connectors.contract import Outlet
from connectors.hubee import HubeeOutlet
from gateway.archive import Archive
from gateway.delivery import Acknowledged
from gateway.doors.accounts import Accounts
from gateway.doors.lookout import Entrance, Post
from gateway.errors import Misconfigured
from gateway.habilitation import Direction, Habilitation
from gateway.habilitation import load as load_habilitation
from gateway.keyring import Drawer, Keyring, Use
from gateway.ledger.keys import load_signer
from gateway.ledger.publish import publish
from gateway.ledger.receipt import receipt
from gateway.passage import crossing, reception, release
from gateway.passage.steps import Steps
from gateway.passage.treatment import Treatment
from gateway.pgp import Desks, Keys
from gateway.places import Door, open_outlet, open_sources
from gateway.rules import AVANT_2025
from gateway.settings import FlowLine, Partner, Settings, credentials_folder
from gateway.stages.extract import Extraction
from gateway.stages.feed import Larder
from gateway.stages.unseal import OpenPgpPair
from gateway.store.database import open_engine
from gateway.store.deliveries import Passport
from gateway.store.locks import account_locks
from gateway.store.releases import Crossed
from gateway.vault import Bucket, ObjectStore, Unsealer, Vault, open_bucket, open_folder
from gateway.workroom import forbid_core_dumps, sweep
from schemas.registry import contract


@dataclass(frozen=True, slots=True)
class Drawers:
    """The four vaults, each with its own key; what may only write holds no private key."""

    reception: Vault
    reception_opener: Unsealer
    journeys: Archive
    identities: Archive
    releases: Vault
    releases_opener: Unsealer


@dataclass(frozen=True, slots=True)
class House:
    """Everything built, ready to walk."""

    settings: Settings
    engine: Engine
    keyring: Keyring
    drawers: Drawers
    posts: tuple[Post, ...]
    outlets: Mapping[str, Outlet]
    habilitations: tuple[Habilitation, ...]
    notary: release.Notary
    larder: Larder
    accounts: Accounts
    desks: Desks
    # One delivery of a département at a time: its identity index has one writer.
    turns: dict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    @property
    def ledger_folder(self) -> Path:
        """Where the ledger is published."""
        return self.settings.ledger_folder

    @property
    def crossing(self) -> crossing.Crossing:
        """What a crossing needs."""
        return crossing.Crossing(
            self.engine,
            self.drawers.journeys,
            self.drawers.identities,
            self.larder.master,
            AVANT_2025,
        )

    async def receive(self, passport: Passport, key: str, steps: Steps) -> Acknowledged:
        """Walk one delivery."""
        post = self.post(passport)
        partner = self.settings.partner(passport.partner)
        line = _line(partner, passport.flow, passport.departement)
        return await reception.receive(passport, key, self._reception(post, line), steps)

    async def cross(self, departement: str, as_of: str, key: str, steps: Steps) -> Crossed:
        """Walk one crossing."""
        day = date.fromisoformat(as_of)
        return await crossing.walk(key, departement, day, self.crossing, steps)

    async def publish(
        self, habilitation: str, departement: str, period: str, key: str, steps: Steps
    ) -> str:
        """Walk one release."""
        house = self._release(habilitation, departement)
        return await release.release(key, date.fromisoformat(period), house, steps)

    def post(self, passport: Passport) -> Post:
        """Where this delivery waits. Raises `Misconfigured`."""
        theirs = [post for post in self.posts if post.partner == passport.partner]
        named = [post for post in theirs if post.name == passport.post]
        # An earlier version did not write which post; a partner then had one.
        entered = [p for p in theirs if any(e.flow == passport.flow for e in p.entrances)]
        if not (named or entered):
            raise Misconfigured(f"{passport.partner} n'est plus relevé")
        return (named or entered)[0]

    def recipient(self, habilitation: Habilitation) -> Partner:
        """The partner a habilitation names by its SIRET. Raises `Misconfigured`."""
        siret = habilitation.organisation.siret
        for partner in self.settings.partners:
            if partner.siret == siret:
                return partner
        raise Misconfigured(f"habilitation {habilitation.id} : aucun partenaire de ce SIRET")

    def _reception(self, post: Post, line: FlowLine) -> reception.Reception:
        room = self._room()
        treatment = Treatment(
            engine=self.engine,
            contract=contract(line.flow),
            reception=self.drawers.reception_opener,
            journeys=self.drawers.journeys,
            identities=self.drawers.identities,
            pair=self._pair(post.partner, line),
            master=self.larder.master,
            room=room,
            limit=line.max_bytes,
        )
        return reception.Reception(
            self.engine,
            post.source,
            self.drawers.reception,
            line.max_bytes,
            treatment,
            partial(post.seen.recall, post.source),
            partial(self.accounts.check_held, post),
            self.turns[line.departement],
        )

    def _pair(self, partner: str, line: FlowLine) -> OpenPgpPair | None:
        if line.envelope == "hubee":
            return None
        return OpenPgpPair(self._keys(self.settings.partner(partner), Use.RECEPTION), self.desks)

    def _keys(self, partner: Partner, use: Use) -> Keys:
        """What is laid out on the desk of this partner for this use, and nothing else."""
        archived = use is Use.RELEASE and partner.openpgp.archive
        return Keys(
            f"{partner.alias}/{use}",
            self.keyring.openpgp(use),
            self.keyring.partner(partner.key_name),
            self.keyring.openpgp_passphrase(use),
            self.keyring.openpgp_archive() if archived else "",
            partner.openpgp.policy,
        )

    def _release(self, habilitation: str, departement: str) -> release.Release:
        chosen = next(h for h in self.habilitations if h.id == habilitation)
        partner = self.recipient(chosen)
        extraction = Extraction(
            habilitation=chosen,
            recipient=partner.alias,
            departement=departement,
            keys=self._keys(partner, Use.RELEASE),
            desks=self.desks,
            vault=self.drawers.releases,
            feeds=self.larder.feeds(),
            room=self._room(),
            engine=self.engine,
        )
        return release.Release(
            self.engine,
            extraction,
            extraction.grant,
            self.drawers.releases_opener,
            self.outlets[partner.alias],
            self.notary,
            self._room(),
        )

    def _room(self) -> Path | None:
        room = self.settings.main.paths.room
        return self.settings.path(room) if room else None


@asynccontextmanager
async def open_house(settings: Settings) -> AsyncIterator[House]:
    """Build the house; sweep what a killed process left; close everything on leaving."""
    forbid_core_dumps()
    # At DEBUG it writes remote paths, which are the sender's names.
    logging.getLogger("asyncssh").setLevel(logging.WARNING)
    settings.var.mkdir(mode=0o700, parents=True, exist_ok=True)
    room = settings.main.paths.room
    sweep(settings.path(room) if room else None)
    keyring = Keyring(settings.path(settings.main.paths.keys), credentials_folder())
    keyring.check()
    drawers = _drawers(_stores(settings), keyring)
    engine = open_engine(settings.database_url)
    habilitations = tuple(load_habilitation(path) for path in settings.habilitations)
    larder = Larder(engine, drawers.journeys, drawers.identities, keyring.pseudonym_master())
    async with AsyncExitStack() as stack:
        locks = account_locks(settings.database_url, settings.var)
        stack.callback(locks.close)
        posts = await _posts(stack, settings)
        receiving = {
            partner.alias: open_outlet(settings, partner)
            for partner in settings.partners
            if _receives(partner, habilitations)
        }
        for outlet in receiving.values():
            if isinstance(outlet, HubeeOutlet):
                stack.push_async_callback(outlet.close)
        stack.callback(engine.dispose)
        yield House(
            settings=settings,
            engine=engine,
            keyring=keyring,
            drawers=drawers,
            posts=posts,
            outlets=receiving,
            habilitations=habilitations,
            notary=_notary(settings, keyring, engine, settings.ledger_folder),
            larder=larder,
            accounts=Accounts(locks, posts),
            desks=_desks(stack),
        )


def _desks(stack: AsyncExitStack) -> Desks:
    desks = Desks()
    stack.push_async_callback(asyncio.to_thread, desks.close)  # it waits for gpg-agent
    return desks


def _stores(settings: Settings) -> Callable[[Drawer], ObjectStore]:
    place = settings.main.vault
    if not place.url:
        folder = settings.var / "coffre"
        return lambda drawer: open_folder(folder / drawer)
    bucket = Bucket(
        url=place.url,
        endpoint=place.endpoint,
        region=place.region,
        credentials_file=settings.path(place.credentials_file),
        ca_file=settings.path(place.ca_file) if place.ca_file else None,
        allow_http=place.allow_http,
    )
    return lambda drawer: open_bucket(bucket, drawer)


async def _posts(stack: AsyncExitStack, settings: Settings) -> tuple[Post, ...]:
    """The posts of each partner that sends; their connections are closed with the house."""
    return tuple(
        [
            _post(partner, door)
            for partner in settings.partners
            if partner.flows
            for door in await stack.enter_async_context(open_sources(settings, partner))
        ]
    )


def _post(partner: Partner, door: Door) -> Post:
    flows = set(door.kinds.values())
    lines = [line for line in partner.flows if not flows or line.flow in flows]
    return Post(
        partner.alias,
        door.source,
        tuple(_entrance(line) for line in lines),
        alias=door.alias,
        kinds=door.kinds,
        account=door.account,
        poll_minutes=door.poll_minutes,
    )


def _drawers(open_drawer: Callable[[Drawer], ObjectStore], keyring: Keyring) -> Drawers:
    stores = {drawer: open_drawer(drawer) for drawer in Drawer}

    def vault(drawer: Drawer) -> Vault:
        return Vault(stores[drawer], [keyring.age_recipient(drawer)])

    def opener(drawer: Drawer) -> Unsealer:
        return Unsealer(stores[drawer], [keyring.age_identity(drawer)])

    return Drawers(
        reception=vault(Drawer.RECEPTION),
        reception_opener=opener(Drawer.RECEPTION),
        journeys=Archive(vault(Drawer.JOURNEYS), opener(Drawer.JOURNEYS)),
        identities=Archive(vault(Drawer.IDENTITY), opener(Drawer.IDENTITY)),
        releases=vault(Drawer.RELEASES),
        releases_opener=opener(Drawer.RELEASES),
    )


def _notary(settings: Settings, keyring: Keyring, engine: Engine, folder: Path) -> release.Notary:
    origin = settings.main.ledger.origin
    signer = load_signer(origin, keyring.ledger_key())
    return release.Notary(
        publish=lambda: publish(engine, folder, signer, origin=origin),
        receipt=lambda index: receipt(folder, index),
    )


def _entrance(line: FlowLine) -> Entrance:
    return Entrance(line.flow, line.departement, contract(line.flow))


def _receives(partner: Partner, habilitations: tuple[Habilitation, ...]) -> bool:
    return any(
        h.organisation.siret == partner.siret and h.direction is Direction.RECIPIENT
        for h in habilitations
    )


def _line(partner: Partner, flow: str, departement: str) -> FlowLine:
    for line in partner.flows:
        if line.flow == flow and line.departement == departement:
            return line
    raise Misconfigured(f"{partner.alias} n'envoie plus {flow} pour {departement}")
