"""`python -m benchmarks.sftp_courier`: carry over SFTP in a process of its own, and say what it cost.

Reads one errand a line (JSON) and answers each with a cost (JSON). A pull is the stage `collect`: from
the network into the vault, hashed, sealed, flushed, named. A push reads back what it left.
"""

import asyncio
import gc
import resource
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from benchmarks.measure import peak
from benchmarks.receiver import processor
from connectors.contract import Arrival, Piece
from connectors.sftp import SftpOutlet, SftpSource
from connectors.sftp_settings import SftpFolders, SftpSettings, Verify
from gateway.delivery import Collected
from gateway.stages.collect import collect
from gateway.vault import Vault, open_folder

AT_ONCE: Final = 32  # files under way at the same time
TICK: Final = 0.001
_IDLE_SECONDS: Final = 0.3


class Address(msgspec.Struct, frozen=True):
    """A server, and what opens it."""

    port: int
    username: str
    key_path: str
    host_key: str

    def settings(self, depot: str, verify: Verify) -> SftpSettings:
        return SftpSettings(
            partner="mesure",
            host="127.0.0.1",
            port=self.port,
            username=self.username,
            client_key_path=Path(self.key_path),
            host_keys=(self.host_key,),
            folders=SftpFolders(depot=depot),
            verify=verify,
            stable_seconds=0,
        )


class Verb(StrEnum):
    PULL = "pull"  # all that `folder` holds, into the vault of this folder
    PUSH = "push"  # the file `file`, under a name of its own, read back
    PUSH_BLIND = "push-blind"  # the same, its size alone looked at


class Errand(msgspec.Struct, frozen=True):
    verb: Verb
    address: Address
    folder: str = "depot"
    file: str = ""
    vault: str = ""
    recipient: str = ""


class Cost(msgspec.Struct, frozen=True):
    """Seconds that passed and of processor; most memory held (MiB); longest wait of the event loop (ms)."""

    seconds: float
    processor: float
    peak: int
    lag: float
    idle_lag: float


@dataclass
class Ticker:
    """Something else the event loop has to do: how late it is done, at worst."""

    latest: float = 0.0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self.latest = 0.0
        task = asyncio.create_task(self._tick())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _tick(self) -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(TICK)
            self.latest = max(self.latest, time.perf_counter() - before - TICK)


async def run(errand: Errand) -> Cost:
    """Carry once. What was kept is forgotten after: bytes already held would not be sealed again."""
    idle, busy = Ticker(), Ticker()
    async with idle.running():  # what the machine does to a loop that does nothing
        await asyncio.sleep(_IDLE_SECONDS)
    used, started = processor(resource.RUSAGE_SELF), time.perf_counter()
    async with busy.running():
        digests = await _carried(errand)
        seconds = time.perf_counter() - started
    used = processor(resource.RUSAGE_SELF) - used
    for digest in digests:
        _vault(errand).delete(digest)
    return Cost(seconds, used, peak(), busy.latest * 1000, idle.latest * 1000)


async def _carried(errand: Errand) -> list[str]:
    if errand.verb is Verb.PULL:
        return await _pulled(errand)
    verify = Verify.DIGEST if errand.verb is Verb.PUSH else Verify.SIZE
    outlet = SftpOutlet(errand.address.settings(errand.folder, verify))
    with _opened(errand) as body:
        pieces = [Piece("MESURE.csv.gpg", body)]
        receipt = await outlet.deliver(pieces, await outlet.prepare(pieces))
    if receipt.already_there:
        raise RuntimeError("nothing was sent: its time would say nothing")
    return []


async def _pulled(errand: Errand) -> list[str]:
    source = SftpSource(errand.address.settings(errand.folder, Verify.DIGEST))
    vault, room = _vault(errand), asyncio.Semaphore(AT_ONCE)

    async def one(arrival: Arrival) -> str:
        async with room:
            got = await collect("mesure", arrival, source, vault=vault, limit=arrival.size or 0)
        if not isinstance(got, Collected) or got.size != arrival.size:
            raise RuntimeError("nothing whole was received: its time would say nothing")
        return got.digest

    async with source.connected():
        return await asyncio.gather(*map(one, await source.arrivals()))


def _opened(errand: Errand) -> BinaryIO:
    return Path(errand.file).open("rb")


def _vault(errand: Errand) -> Vault:
    return Vault(open_folder(Path(errand.vault)), [errand.recipient])


if __name__ == "__main__":
    gc.freeze()  # what is imported is not looked through again, as in the service (`gateway.cli.root`)
    for line in sys.stdin.buffer:
        told = asyncio.run(run(msgspec.json.decode(line, type=Errand)))
        sys.stdout.buffer.write(msgspec.json.encode(told) + b"\n")
        sys.stdout.buffer.flush()
