"""Erasures and retentions killed by `kill -9` at chosen durable points, each in a process of its own.

`python -m tests.world.dying_keeper CONFIG WORK POINT NTH NOW` and more such fives: prints the signal that
ended each, or 0 for one that lived to its end.

1. The points, before or after what is durable: SEALED (a frame is in its drawer, nothing names it), ENTRY
   (the unit of work is written whole, not committed), WRITTEN (committed), ERASED (an object is erased, its
   note stays).
2. Everything is imported once, by a process that starts no thread; each work is a fork of it.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import Engine, event

from gateway.archive import Archive
from gateway.cli.opened import keeper_of
from gateway.keyring import Drawer
from gateway.retention.erasing import erase_ordered
from gateway.retention.keeper import Keeper
from gateway.retention.keeping import keep_no_longer
from gateway.settings import load
from gateway.store.database import open_engine
from gateway.store.retention import Terms


class Work(StrEnum):
    """What is killed."""

    ERASURE = "erasure"
    RETENTION = "retention"


class Point(StrEnum):
    """Where."""

    SEALED = "sealed"
    ENTRY = "entry"
    WRITTEN = "written"
    ERASED = "erased"


@dataclass
class Countdown:
    """Kills this process the n-th time it reaches its point."""

    point: Point
    left: int

    def reached(self, point: Point) -> None:
        if point is not self.point:
            return
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class Dying(Archive):
    """A drawer whose process may be killed once a frame is in it."""

    count: Countdown

    def write(self, frame: pl.DataFrame) -> str:
        digest = super().write(frame)
        self.count.reached(Point.SEALED)
        return digest


def work(keeper: Keeper, what: Work, now: datetime) -> None:
    """Do one work as `serve` does it."""
    if what is Work.ERASURE:
        erase_ordered(keeper, now)
    else:
        keep_no_longer(keeper, Terms(), now)


def watch_commits(engine: Engine, reached: Callable[[Point], None]) -> None:
    """Tell when a unit of work that wrote in the ledger is about to be committed, and when it is."""
    writing: set[str] = set()

    def execute(_c: Any, _u: Any, statement: str, *_rest: Any) -> None:
        if statement.lower().startswith("insert into ledger"):
            writing.add(statement)

    def commit(_connection: Any) -> None:
        if writing:
            reached(Point.ENTRY)

    def given_back(*_connection: Any) -> None:
        if writing:
            reached(Point.WRITTEN)
        writing.clear()

    event.listen(engine, "before_cursor_execute", execute)
    event.listen(engine, "commit", commit)
    event.listen(engine, "checkin", given_back)


def mortal(config: Path, what: Work, count: Countdown, now: datetime) -> None:
    """Do one work until its point."""
    settings = load(config)
    engine = open_engine(settings.database_url)
    watch_commits(engine, count.reached)
    keeper = keeper_of(settings, engine)

    def erased(drawer: Drawer, digest: str) -> None:
        keeper.erase(drawer, digest)
        count.reached(Point.ERASED)

    journeys, identities = (
        Dying(drawer.vault, drawer.unsealer, count)
        for drawer in (keeper.journeys, keeper.identities)
    )
    dying = replace(keeper, journeys=journeys, identities=identities, erase=erased)
    work(dying, what, now)


def killed(works: Sequence[str]) -> Iterator[int]:
    """Do each work in a fork; give what ended it."""
    for config, what, point, nth, now in zip(*[iter(works)] * 5, strict=True):
        child = os.fork()
        if child == 0:
            count = Countdown(Point(point), int(nth))
            mortal(Path(config), Work(what), count, datetime.fromisoformat(now))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        yield os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    for ended in killed(sys.argv[1:]):
        sys.stdout.write(f"{ended}\n")
        sys.stdout.flush()  # a fork would write it again
