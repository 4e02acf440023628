"""`python -m benchmarks.receiver`: collect one attachment in a fresh process, and say what it cost.

Reads where from (`Errand`, JSON) and answers with a `Cost` (JSON). Collecting is the whole of the
stage: from the network into the vault, sealed, flushed, named.
"""

import asyncio
import resource
import sys
import time
from pathlib import Path

import msgspec

from benchmarks.hub import KIND, PROCESS
from benchmarks.measure import peak
from connectors.contract import Arrival
from connectors.hubee import HubeeSettings, HubeeSource
from connectors.secret import Secret
from gateway.delivery import Collected
from gateway.stages.collect import collect
from gateway.vault import Vault, open_folder


class Where(msgspec.Struct, frozen=True):
    """A hub, and what opens it."""

    base: str
    client_id: str
    secret: str

    def source(self) -> HubeeSource:
        settings = HubeeSettings(
            alias="mesure",
            token_url=f"{self.base}/oauth2/token",
            api_url=f"{self.base}/teledossiers/v1",
            client_id=self.client_id,
            client_secret=Secret(self.secret),
            process_code=PROCESS,
            attachment_types=(KIND,),
            author="Passerelle, mesure",
        )
        return HubeeSource(settings)


class Errand(msgspec.Struct, frozen=True):
    """Which arrival of which hub, into which vault, for the holder of which key."""

    where: Where
    key: str
    vault: str
    recipient: str


class Cost(msgspec.Struct, frozen=True):
    """Seconds that passed, seconds of processor, most memory held (MiB)."""

    seconds: float
    processor: float
    peak: int = 0


async def run(errand: Errand) -> Cost:
    vault = Vault(open_folder(Path(errand.vault)), [errand.recipient])
    async with errand.where.source() as source:
        (arrival,) = [a for a in await source.arrivals() if a.key == errand.key]
        cost, digest = await _collect(arrival, source, vault)
    vault.delete(digest)  # bytes already held would not be named again
    return cost


async def _collect(arrival: Arrival, source: HubeeSource, vault: Vault) -> tuple[Cost, str]:
    before, started = processor(resource.RUSAGE_SELF), time.perf_counter()
    got = await collect("mesure", arrival, source, vault=vault, limit=arrival.size or 0)
    seconds = time.perf_counter() - started
    if not isinstance(got, Collected) or got.size != arrival.size:
        raise RuntimeError("nothing whole was received: its time would say nothing")
    return Cost(seconds, processor(resource.RUSAGE_SELF) - before, peak()), got.digest


def processor(kind: int) -> float:
    """Seconds of processor this process, or its children, used so far."""
    used = resource.getrusage(kind)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    errand = msgspec.json.decode(sys.stdin.buffer.read(), type=Errand)
    sys.stdout.buffer.write(msgspec.json.encode(asyncio.run(run(errand))))
