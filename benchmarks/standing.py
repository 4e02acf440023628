"""A HubEE in a process of its own, with attachments of given sizes waiting on its disk."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from benchmarks.receiver import Where

BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Hub:
    """A hub that stands, and the keys of its arrivals, smallest first."""

    process: "subprocess.Popen[str]"
    where: Where
    keys: Sequence[str]

    def lie_once(self) -> None:
        """The next download announces a digest that is not its own."""
        if self.process.stdin is None:
            raise RuntimeError("the hub does not listen")
        self.process.stdin.write("lie\n")
        self.process.stdin.flush()
        _heard(self.process)


@contextmanager
def standing(folder: Path, *sizes: int) -> Iterator[Hub]:
    """Yield a hub that has one attachment of each size, of noise."""
    files = [_write_noise(folder / f"piece-{size}", size) for size in sizes]
    command = [sys.executable, "-m", "benchmarks.hub", str(folder / "hub"), *map(str, files)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        where = msgspec.json.decode(_heard(process), type=Where)
        for file in files:
            file.unlink()
        yield Hub(process, where, asyncio.run(_keys(where)))


async def _keys(where: Where) -> list[str]:
    async with where.source() as source:
        return [a.key for a in sorted(await source.arrivals(), key=lambda a: a.size or 0)]


def _write_noise(path: Path, size: int) -> Path:
    with path.open("wb") as out:
        for start in range(0, size, BLOCK):
            out.write(os.urandom(min(BLOCK, size - start)))
    return path


def _heard(process: "subprocess.Popen[str]") -> str:
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        raise RuntimeError("the hub does not answer")
    return line
