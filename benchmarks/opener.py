"""`python -m benchmarks.opener`: open one CMS message in a fresh process, and say what it cost.

Reads which (`Task`, JSON) and answers with a `Cost` (JSON). The event loop runs meanwhile, as in the
gateway: `lag` is the longest it waited for its turn.
"""

import asyncio
import resource
import sys
import time
from pathlib import Path

import msgspec

from benchmarks.receiver import Cost, processor
from gateway import cms
from gateway.secret import Secret

BEAT = 0.005


class Task(msgspec.Struct, frozen=True):
    """A message, and what opens it. Not `signed`: encrypted only, as openssl alone would open it."""

    source: str
    out: str
    key: str
    certificate: str
    signer: str
    signed: bool
    limit: int


class Opened(msgspec.Struct, frozen=True):
    """What it cost, and the longest wait of the event loop (milliseconds)."""

    cost: Cost
    lag: float


async def run(task: Task) -> Opened:
    own = cms.load_identity(Secret(task.key), task.certificate, None)
    pinned = [cms.Declared.of(task.signer)]
    terms = cms.Terms(own, pinned, task.limit, signature=task.signed, integrity=task.signed)
    waits: list[float] = [0.0]
    heart = asyncio.create_task(_beat(waits))
    before, started = processor(resource.RUSAGE_SELF), time.perf_counter()
    await asyncio.to_thread(cms.open_message, Path(task.source), Path(task.out), terms)
    seconds, used = time.perf_counter() - started, processor(resource.RUSAGE_SELF) - before
    heart.cancel()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    return Opened(Cost(seconds, used, peak), max(waits) * 1000)


async def _beat(waits: list[float]) -> None:
    while True:
        before = time.perf_counter()
        await asyncio.sleep(BEAT)
        waits.append(time.perf_counter() - before - BEAT)


if __name__ == "__main__":
    task = msgspec.json.decode(sys.stdin.buffer.read(), type=Task)
    sys.stdout.buffer.write(msgspec.json.encode(asyncio.run(run(task))))
