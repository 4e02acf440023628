"""From a revocation to the end of every gesture of the release it stops, on a slow line to a real OpenSSH.

Nobody does the same work: there is no peer. What the issue asks is a minute.
"""

import asyncio
import statistics
from pathlib import Path

from benchmarks.measure import Line, Scale
from gateway.store.database import open_engine
from tests.world.revoked import MEBIBYTE, Seen, slow_release


def measure(folder: Path, scale: Scale) -> list[Line]:
    """The median delay, and the longest; nothing may be delivered after it."""
    seen = [asyncio.run(_stopped(folder / str(run))) for run in range(scale.runs)]
    if any(one.visible or one.ended is None for one in seen):
        raise RuntimeError("something was delivered after its habilitation was revoked")
    delays = [one.delay for one in seen]
    note = f"rien de livré, rien de laissé ; au plus {max(delays) * 1000:.0f} ms ; demandé : 60 s"
    return [
        Line(
            "Révocation en plein envoi", 1, "publication", statistics.median(delays), "", note=note
        )
    ]


async def _stopped(folder: Path) -> Seen:
    folder.mkdir()
    engine = open_engine(f"sqlite:///{folder / 'base.sqlite'}")
    try:
        async with slow_release(folder, engine) as scene:
            return await scene.revoked_midway(4 * MEBIBYTE)
    finally:
        engine.dispose()
