"""`python -m benchmarks.opener`: open one CMS message in a fresh process, and say what it cost.

Reads which (`Task`, JSON) and answers with what it cost (`Opened`, JSON). The event loop runs
meanwhile, as in the gateway: `lag` is the longest it waited for its turn, `idle` the same while nothing
was being opened, which says what the machine was doing.
"""

import asyncio
import sys
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.measure import peak
from gateway import cms
from gateway.secret import Secret

BEAT = 0.005
IDLE_SECONDS = 1.0


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
    """Seconds, seconds of processor, most memory (MiB), longest waits of the event loop (milliseconds)."""

    seconds: float
    processor: float
    peak: int
    lag: float = 0.0
    idle: float = 0.0


async def run(task: Task) -> Opened:
    own = cms.load_identity(Secret(task.key), task.certificate, None)
    pinned = [cms.Declared.of(task.signer)]
    terms = cms.Terms(own, pinned, task.limit, signature=task.signed, integrity=task.signed)
    idle = await _longest_wait(asyncio.sleep(IDLE_SECONDS))
    before, started = time.process_time(), time.perf_counter()
    opening = asyncio.to_thread(cms.open_message, Path(task.source), Path(task.out), terms)
    lag = await _longest_wait(opening)
    seconds, used = time.perf_counter() - started, time.process_time() - before
    return Opened(seconds, used, peak(), lag, idle)


async def _longest_wait(work: Coroutine[Any, Any, object]) -> float:
    waits: list[float] = [0.0]
    heart = asyncio.create_task(_beat(waits))
    await work
    heart.cancel()
    return max(waits) * 1000


async def _beat(waits: list[float]) -> None:
    while True:
        before = time.perf_counter()
        await asyncio.sleep(BEAT)
        waits.append(time.perf_counter() - before - BEAT)


if __name__ == "__main__":
    task = msgspec.json.decode(sys.stdin.buffer.read(), type=Task)
    sys.stdout.buffer.write(msgspec.json.encode(asyncio.run(run(task))))
