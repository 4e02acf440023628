"""Gateways as processes of their own: started by a preloaded one, watched, killed."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from tests.house.tree import ROOT

T = TypeVar("T")


@dataclass
class Gateway:
    """One process. `ended` gives its exit code: negative when a signal ended it."""

    pid: int
    said: Path
    ended: "asyncio.Future[int]"

    def kill(self) -> None:
        """`kill -9`, now."""
        os.kill(self.pid, signal.SIGKILL)

    def words(self) -> str:
        """Everything it wrote."""
        return self.said.read_text("utf-8")


@dataclass
class Starter:
    """Starts gateways, one at a time."""

    process: asyncio.subprocess.Process

    async def start(self, said: Path, *words: str | Path, grace: float | None = None) -> Gateway:
        """Start `passerelle <words>`; what it writes goes to `said`. `grace`: see `preloaded`."""
        assert self.process.stdin is not None
        order = json.dumps([str(said), grace, *map(str, words)])
        self.process.stdin.write(f"{order}\n".encode())
        await self.process.stdin.drain()
        pid = await self._number()
        return Gateway(pid, said, asyncio.ensure_future(self._number()))

    async def _number(self) -> int:
        assert self.process.stdout is not None
        return int(await self.process.stdout.readline())


@dataclass
class Nursery:
    """Starters, and the loop they belong to."""

    runner: asyncio.Runner
    starters: Sequence[Starter]

    def run(self, trial: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(trial)


@asynccontextmanager
async def starter() -> AsyncIterator[Starter]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.trials.preloaded",
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield Starter(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()
