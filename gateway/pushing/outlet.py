"""The outlet of a recipient that takes people: the extract is opened, and pushed batch after batch.

1. Called once the release has its entry in the ledger; each batch asks again whether it may leave, so that a
   revocation stops what is left.
2. What was pushed is written batch by batch: killed, it goes on from there. The batch under way may be sent
   twice, no more; RDV-Insertion recognises people.
3. Delivered says "queued there": what fails later is told to nobody by them.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Protocol

import msgspec
from sqlalchemy import Engine

from connectors.contract import Piece, Receipt
from connectors.errors import ConnectorError, Denied
from connectors.rdv_insertion import Pushed, User
from connectors.rdv_insertion.settings import MOST_USERS
from gateway.errors import NotAuthorised
from gateway.pushing.opening import Opening
from gateway.pushing.users import batches, users_of
from gateway.store.pushes import (
    Batch,
    check_may_push,
    done_of,
    keep_done,
    keep_failed,
    keep_stopped,
)
from gateway.store.releases import find_release

MANIFEST = ".manifeste.json"


class Pusher(Protocol):
    """Who takes one batch."""

    async def push(self, users: Sequence[User]) -> Pushed:
        """Give people. Raises `Unreachable`, `Denied`."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


class _Manifest(msgspec.Struct, frozen=True):
    publication: str


@dataclass(frozen=True, slots=True)
class PushOutlet:
    """See `Outlet`. `alias` names the recipient; `named`: by département, its header → our column."""

    alias: str
    engine: Engine
    pusher: Pusher
    opening: Opening
    named: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    async def close(self) -> None:
        """Close the connections."""
        await self.pusher.close()

    async def prepare(self, pieces: Sequence[Piece]) -> str:
        """Nothing can be brought there that its recipient does not see. See `Outlet`."""
        self._release(pieces)
        return ""

    async def deliver(self, pieces: Sequence[Piece], prepared: str) -> Receipt:
        """See `Outlet`. Raises `NotAuthorised` besides, in the middle too."""
        if prepared:
            raise Denied(f"{self.alias}: something else was prepared")
        release, body = self._release(pieces), pieces[0].body
        named = await asyncio.to_thread(self._named, release)
        users = users_of(await asyncio.to_thread(self.opening, body), named)
        everyone = list(batches(users, MOST_USERS))
        done = await asyncio.to_thread(self._done, release)
        for number, some in enumerate(everyone):
            if number not in done:
                await self._push(Batch(release, number, len(some)), some, of=len(everyone))
        body.seek(0)
        sealed = body.read()
        digest = sha256(sealed).hexdigest()
        return Receipt(
            f"rdv-insertion:{self.alias}", digest, len(sealed), len(done) == len(everyone)
        )

    async def _push(self, batch: Batch, users: Sequence[User], *, of: int) -> None:
        try:
            await asyncio.to_thread(self._check, batch.release)
        except NotAuthorised:
            await asyncio.to_thread(keep_stopped, self.engine, batch, of=of)
            raise
        try:
            pushed = await self.pusher.push(users)
        except ConnectorError as error:
            kind = type(error).__name__
            await asyncio.to_thread(keep_failed, self.engine, batch, kind)
            raise
        kinds = tuple(one.kind for one in pushed.refused)
        kept = Batch(batch.release, batch.number, batch.rows, kinds)
        await asyncio.to_thread(keep_done, self.engine, kept, of=of)

    def _release(self, pieces: Sequence[Piece]) -> str:
        """Which release these pieces are, as the manifest says: people are pushed for nothing else."""
        bodies = [piece.body for piece in pieces[1:] if piece.name.endswith(MANIFEST)]
        try:
            bodies[0].seek(0)
            return msgspec.json.decode(bodies[0].read(), type=_Manifest).publication
        except (IndexError, msgspec.DecodeError):
            raise Denied(f"{self.alias}: takes people of a release, and no file") from None

    def _done(self, release: str) -> frozenset[int]:
        with self.engine.begin() as connection:
            return done_of(connection, release)

    def _named(self, release: str) -> Mapping[str, str]:
        with self.engine.begin() as connection:
            row = find_release(connection, release)
        return self.named.get(row.departement, {}) if row is not None else {}

    def _check(self, release: str) -> None:
        with self.engine.begin() as connection:
            check_may_push(connection, release)
