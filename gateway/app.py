"""The composition root: the one file that knows concrete classes. It builds everything and decides nothing.

`open_house(settings)` gives a `House`: its posts (what to look at), its walks (what durable execution
calls) and its notary (the ledger). Leaving it closes every connection.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

from sqlalchemy import Engine

from connectors.contract import Outlet
from gateway.again import read_again
from gateway.antivirus import Clamd
from gateway.clerk import Clerk
from gateway.delivery import Acknowledged
from gateway.doors.accounts import Accounts
from gateway.doors.lookout import Post
from gateway.doors.silence import hold_changed
from gateway.drawers import Drawers, open_drawers
from gateway.dressing import products_of
from gateway.errors import Misconfigured, NotAuthorised, Unavailable
from gateway.habilitation import Habilitation
from gateway.keyring import Drawer, Keyring, Use
from gateway.ledger.keys import load_signer
from gateway.ledger.publish import publish
from gateway.ledger.receipt import receipt
from gateway.masterkey import open_master
from gateway.openings import open_outlets, open_posts
from gateway.pairs import cms_pair, openpgp_desk, own_desk
from gateway.passage import crossing, reception, release
from gateway.passage.rejects import Returning
from gateway.passage.steps import Steps
from gateway.passage.treatment import Treatment
from gateway.passage.withdrawing import Withdrawing
from gateway.pgp import Desks, Keys
from gateway.places import antivirus_of
from gateway.pseudonym import fingerprint_of
from gateway.pushing import Opening
from gateway.retention.keeper import Keeper
from gateway.settings import FlowLine, Partner, Settings, credentials_folder
from gateway.stages.admit import Terms
from gateway.stages.extract import Extraction
from gateway.stages.feed import Larder
from gateway.stages.unseal import CmsPair, OpenPgpPair
from gateway.store.database import open_engine
from gateway.store.deliveries import Passport
from gateway.store.epochs import recognise
from gateway.store.habilitations import current, every_current
from gateway.store.locks import account_locks
from gateway.store.releases import Crossed
from gateway.workroom import forbid_core_dumps, sweep
from schemas.registry import ours


@dataclass(frozen=True, slots=True)
class House:
    """Everything built, ready to walk."""

    settings: Settings
    engine: Engine
    keyring: Keyring
    drawers: Drawers
    posts: tuple[Post, ...]
    outlets: Mapping[str, Outlet]
    notary: release.Notary
    larder: Larder
    accounts: Accounts
    antivirus: Clamd | None
    desks: Desks
    withdrawing: Withdrawing
    # One delivery of a département at a time: its identity index has one writer.
    turns: dict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    @property
    def ledger_folder(self) -> Path:
        """Where the ledger is published."""
        return self.settings.ledger_folder

    def habilitations(self, on: date) -> Sequence[Habilitation]:
        """The last version of each habilitation, as it stands on a day. Raises `Misconfigured`."""
        with self.engine.begin() as connection:
            return every_current(connection, on)

    @property
    def crossing(self) -> crossing.Crossing:
        """What a crossing needs."""
        return crossing.Crossing(
            self.engine,
            self.drawers.journeys,
            self.drawers.identities,
            self.larder.master,
        )

    @property
    def keeper(self) -> Keeper:
        """What a retention and an erasure need."""
        drawers = self.drawers
        return Keeper(
            self.engine, drawers.journeys, drawers.identities, self.larder.master, drawers.erase
        )

    async def can_scan(self) -> bool:
        """Whether what comes would be scanned now; with the antivirus off, nothing is waited for."""
        try:
            await asyncio.to_thread(self.antivirus.ping) if self.antivirus else None
        except Unavailable:
            return False
        return True

    @property
    def clerk(self) -> Clerk:
        """Who makes the notices of a delivery."""
        return Clerk(
            self.engine,
            Keys(
                "passerelle/notices",
                self.keyring.openpgp(Use.RELEASE),
                "",
                self.keyring.openpgp_passphrase(Use.RELEASE),
            ),
            self.desks,
            self.drawers.releases_opener,
            self.keyring.age_recipient(Drawer.RELEASES),
            self.keyring.age_identity(Drawer.RELEASES),
        )

    async def receive(self, passport: Passport, key: str, steps: Steps) -> Acknowledged:
        """Walk one delivery."""
        post = self.post(passport)
        partner = self.settings.partner(passport.partner)
        line = _line(partner, passport.flow, passport.departement)
        return await reception.receive(passport, key, self._reception(post, line, passport), steps)

    async def replay(self, replay: str, steps: Steps) -> Acknowledged:
        """Walk one replay."""
        again = await asyncio.to_thread(read_again, self.engine, replay, ours().named)
        partner = self.settings.partner(again.passport.partner)
        line = _line(partner, again.passport.flow, again.passport.departement)
        house = self._reception(self.post(again.passport), line, again.passport)
        return await reception.replay(again.passport, again.held, house, steps)

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

    def _reception(self, post: Post, line: FlowLine, passport: Passport) -> reception.Reception:
        room, pair = self._room(), self._pair(post.partner, line)
        treatment = Treatment(
            engine=self.engine,
            terms=self._terms(line, passport),
            reception=self.drawers.reception_opener,
            journeys=self.drawers.journeys,
            identities=self.drawers.identities,
            pair=pair,
            antivirus=self.antivirus,
            master=self.larder.master,
            room=room,
            limit=line.max_bytes,
            returning=self._returning(post.partner, pair),
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
            self.clerk,
            self.settings.main.admission.quarantine_days,
            self.settings.partner(post.partner).siret,
        )

    def _terms(self, line: FlowLine, passport: Passport) -> Terms:
        environment = self.settings.main.admission.environment
        agreed = ours().named(line.flow, passport.name)
        if line.reject_threshold is not None:
            agreed = replace(agreed, reject_threshold=line.reject_threshold)
        return Terms(agreed, line.sequence, line.same_period, environment)

    def _pair(self, partner: str, line: FlowLine) -> OpenPgpPair | CmsPair | None:
        if line.envelope == "hubee":
            return None
        if line.envelope == "cms":
            return cms_pair(self.engine, self.keyring, self.settings.partner(partner))
        return OpenPgpPair(self._keys(partner, Use.RECEPTION), self.desks)

    def _keys(self, partner: str, use: Use) -> Keys:
        return openpgp_desk(self.engine, self.keyring, self.settings.partner(partner), use)

    def _sealing(self, partner: Partner) -> Keys:
        """For whom its extracts are sealed: for ourselves, where it takes people and has no key."""
        if partner.rdv_insertion is not None:
            return own_desk(self.keyring, partner.alias)
        return self._keys(partner.alias, Use.RELEASE)

    def _returning(self, partner: str, pair: OpenPgpPair | CmsPair | None) -> Returning | None:
        if not isinstance(pair, OpenPgpPair):  # no key of theirs to give lines back to
            return None
        # To its sender alone: our archive has no part in it.
        keys = replace(self._keys(partner, Use.RELEASE), name=f"{partner}/rejects", archive="")
        return Returning(keys, self.desks, self.drawers.releases)

    def _release(self, habilitation: str, departement: str) -> release.Release:
        standing = partial(self._standing, habilitation)
        partner = self.recipient(standing())
        extraction = Extraction(
            habilitation=standing,
            recipient=partner.alias,
            departement=departement,
            keys=self._sealing(partner),
            desks=self.desks,
            vault=self.drawers.releases,
            feeds=self.larder.feeds(),
            followers=self.larder.followers,
            products=products_of(self.settings.main.users_lists, departement),
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
            partial(hold_changed, self.engine, partner.alias, partner.alias),
        )

    def _standing(self, habilitation: str) -> Habilitation:
        """A habilitation as it stands now: what was revoked a moment ago is revoked here."""
        with self.engine.begin() as connection:
            found = current(connection, habilitation, datetime.now(UTC).date())
        if found is None:
            raise NotAuthorised(f"aucune habilitation {habilitation}")
        return found

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
    drawers = open_drawers(settings, keyring)
    engine = open_engine(settings.database_url)
    master = open_master(settings, keyring)
    recognise(engine, fingerprint_of(master))
    larder = Larder(engine, drawers.journeys, drawers.identities, master)
    async with AsyncExitStack() as stack:
        locks = account_locks(settings.database_url, settings.var)
        stack.callback(locks.close)
        posts = await open_posts(stack, settings, engine)
        desks = _desks(stack)
        receiving = open_outlets(stack, settings, engine, _openings(settings, keyring, desks))
        stack.callback(engine.dispose)
        yield House(
            settings=settings,
            engine=engine,
            keyring=keyring,
            drawers=drawers,
            posts=posts,
            outlets=receiving,
            notary=_notary(settings, keyring, engine, settings.ledger_folder),
            larder=larder,
            accounts=Accounts(locks, posts),
            antivirus=antivirus_of(settings),
            desks=desks,
            withdrawing=Withdrawing(engine, receiving),
        )


def _desks(stack: AsyncExitStack) -> Desks:
    desks = Desks()
    stack.push_async_callback(asyncio.to_thread, desks.close)  # it waits for gpg-agent
    return desks


def _openings(settings: Settings, keyring: Keyring, desks: Desks) -> Callable[[str], Opening]:
    written = settings.main.paths.room
    room = settings.path(written) if written else None
    return lambda alias: Opening(desks, own_desk(keyring, alias), room)


def _notary(settings: Settings, keyring: Keyring, engine: Engine, folder: Path) -> release.Notary:
    origin = settings.main.ledger.origin
    signer = load_signer(origin, keyring.ledger_key())
    return release.Notary(
        publish=lambda: publish(engine, folder, signer, origin=origin),
        receipt=lambda index: receipt(folder, index),
    )


def _line(partner: Partner, flow: str, departement: str) -> FlowLine:
    for line in partner.flows:
        if line.flow == flow and line.departement == departement:
            return line
    raise Misconfigured(f"{partner.alias} n'envoie plus {flow} pour {departement}")
