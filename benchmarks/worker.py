"""`python -m benchmarks.worker`: open or seal one file at a desk, beside bare gpg, in a fresh process.

Reads an `Errand` (JSON), answers with `Costs` (JSON). Both take the same options and the same keys, in
turns; ours also hashes and counts what comes out. An event loop ticks meanwhile, as in the gateway.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from benchmarks.measure import peak
from gateway.pgp import Desk, Keys
from gateway.pgp.desk import SEALING
from gateway.pgp.home import QUIET, open_home
from gateway.secret import Secret
from gateway.workroom import workroom

TICK = 0.001  # seconds


class Errand(msgspec.Struct, frozen=True):
    """Our secret key and a partner's public one; what to open, or to seal; in what room of ours."""

    own: str
    partner: str
    source: str
    room: str
    seals: bool
    runs: int


class Costs(msgspec.Struct, frozen=True):
    """Seconds of each run; most memory our process held (MiB); longest the loop came late (ms).

    While bare gpg works our process only waits: how late the loop comes then is the machine's doing.
    """

    ours: list[float]
    theirs: list[float]
    peak: int
    late: float
    late_alone: float


def run(errand: Errand) -> Costs:
    source, out = Path(errand.source), Path(errand.room) / "ours"
    limit = 2 * source.stat().st_size
    desk = Desk(Keys("mesure", Secret(errand.own), errand.partner))

    def ours() -> None:
        if errand.seals:
            desk.encrypt(source, out)
        else:
            desk.decrypt(source, out, max_bytes=limit)
        out.unlink()

    mine, bare = [], []
    with workroom() as room, open_home(room) as home:
        own = home.add_own(Secret(errand.own))
        (partner,) = home.add_public(errand.partner)
        options = (
            [*SEALING, "--local-user", own, "--recipient", partner, "--sign", "--encrypt"]
            if errand.seals
            else ["--max-output", str(limit), "--decrypt"]
        )
        command = ["gpg", "--homedir", home.gnupghome, "--batch", "--no-tty", "--yes", *QUIET,
                   "--output", str(Path(errand.room) / "theirs"), *options, "--", str(source)]  # fmt: skip

        def theirs() -> None:
            subprocess.run(command, check=True, capture_output=True)

        for _ in range(errand.runs):
            mine.append(asyncio.run(_watched(ours)))
            bare.append(asyncio.run(_watched(theirs)))
    desk.close()
    return Costs(
        ours=[seconds for seconds, _ in mine],
        theirs=[seconds for seconds, _ in bare],
        peak=peak(),
        late=max(late for _, late in mine) * 1000,
        late_alone=max(late for _, late in bare) * 1000,
    )


async def _watched(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds the work took in its thread, and the longest the loop came late to a tick meanwhile."""
    late, started = 0.0, time.perf_counter()
    task = asyncio.create_task(asyncio.to_thread(work))
    while not task.done():
        before = time.perf_counter()
        await asyncio.sleep(TICK)
        late = max(late, time.perf_counter() - before - TICK)
    await task
    return time.perf_counter() - started, late


if __name__ == "__main__":
    errand = msgspec.json.decode(sys.stdin.buffer.read(), type=Errand)
    sys.stdout.buffer.write(msgspec.json.encode(run(errand)))
