"""A large release on its slow way to a real OpenSSH server, and a habilitation revoked in its middle.

async with slow_release(folder, engine) as scene:
    seen = await scene.revoked_midway()
    seen.delay       # seconds between the revocation and the end of every gesture of the release
"""

import asyncio
import io
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from sqlalchemy import Engine

from connectors.sftp import SftpOutlet
from connectors.sftp_settings import SftpSettings
from gateway.errors import NotAuthorised, Stopped
from gateway.habilitation import Status
from gateway.passage.release import Notary, Release, release
from gateway.store.habilitations import decide_state
from gateway.store.releases import Extracted
from gateway.vault import Unsealer, Vault, generate_identity, open_folder
from tests.world.habilitations import LONG, example, grant_now, stored
from tests.world.records import DAY, extracted
from tests.world.relay import Relay, relayed
from tests.world.shelves import Shelves, final_files, other_files
from tests.world.sshd import openssh_server

T = TypeVar("T")
MEBIBYTE: Final = 1 << 20
# Seconds the line takes for each 32 KiB: about three mebibytes a second.
SLOW: Final = 0.01


class Directly:
    """Steps that are done, and not remembered."""

    async def run(self, name: str, step: Callable[[], Awaitable[T]]) -> T:
        assert name
        return await step()


@dataclass(frozen=True)
class Seen:
    """What a revocation did. `sent`: bytes that still went up the line once the release had ended."""

    ended: BaseException | None
    delay: float
    sent: int
    visible: Mapping[str, bytes]
    leftovers: list[str]


@dataclass(frozen=True)
class Slow:
    """One house, one recipient, one slow line."""

    engine: Engine
    house: Release
    key: str
    habilitation: str
    shelves: Shelves
    relay: Relay

    async def delivered(self) -> str:
        """Walk it to its end."""
        return await release(self.key, DAY, self.house, Directly())

    async def revoked_midway(
        self, passed: int = 2 * MEBIBYTE, status: Status = Status.REVOKED
    ) -> Seen:
        """Revoke once so many bytes went up, and see what becomes of it."""
        walking = asyncio.create_task(self.delivered())
        while self.relay.up < passed and not walking.done():
            await asyncio.sleep(0.005)
        decide = partial(decide_state, by="camille", motive="essai")
        await asyncio.to_thread(decide, self.engine, self.habilitation, status)
        revoked = time.monotonic()
        (ended,) = await asyncio.gather(walking, return_exceptions=True)
        delay, up = time.monotonic() - revoked, self.relay.up
        await asyncio.sleep(0.3)
        return Seen(
            ended if isinstance(ended, NotAuthorised | Stopped) else None,
            delay,
            self.relay.up - up,
            final_files(self.shelves.retrait),
            list(other_files(self.shelves.retrait)),
        )


@asynccontextmanager
async def slow_release(
    folder: Path, engine: Engine, *, size: int = 16 * MEBIBYTE, delay: float = SLOW
) -> AsyncIterator[Slow]:
    """A release of random bytes under a habilitation that stands, and the way to its recipient."""
    standing = stored(engine, example(**LONG))
    shelves = Shelves.made_under(folder / "partner")
    with openssh_server(folder / "sshd", shelves.root) as server:
        async with relayed(server.port) as relay:
            relay.delay = delay
            settings = SftpSettings(
                partner="rdv-insertion",
                host="127.0.0.1",
                port=relay.port,
                username=server.username,
                client_key_path=server.client_key_path,
                host_keys=(server.host_key,),
                stable_seconds=0,
            )
            async with SftpOutlet(settings) as outlet:
                house, key = _house(folder, engine, standing.id, outlet, os.urandom(size))
                yield Slow(engine, house, key, standing.id, shelves, relay)


def _house(
    folder: Path, engine: Engine, habilitation: str, outlet: SftpOutlet, body: bytes
) -> tuple[Release, str]:
    identity, store = generate_identity(), open_folder(folder / "vault")
    sealed = Vault(store, [identity.public]).put(io.BytesIO(body))
    made: Extracted = extracted(
        habilitation=habilitation,
        habilitation_digest=grant_now(engine, habilitation).snapshot,
        sealed=sealed.digest,
        sealed_size=sealed.size,
    )
    notary = Notary(publish=lambda: None, receipt=lambda index: f"receipt {index}")
    house = Release(
        engine,
        lambda _key, _day: made,
        partial(grant_now, engine, habilitation),
        Unsealer(store, [identity.secret]),
        outlet,
        notary,
    )
    return house, made.id
