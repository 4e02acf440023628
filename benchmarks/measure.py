"""Two ways of one work, run in turns: medians and their ratio.

A time alone says what the machine was doing; a ratio of two times taken in turns says something of us.
"""

import os
import re
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

Work = Callable[[], object]
_MOST_HELD = re.compile(r"VmHWM:\s*([0-9]+) kB")


@dataclass(frozen=True, slots=True)
class Scale:
    """How much work, how many times."""

    rows: int
    people: int
    megabytes: int
    entries: int
    week: int
    runs: int
    attachment: int  # megabytes; HubEE takes 1 000 at most
    sealed: int  # megabytes of an OpenPGP file
    messages: int
    sftp_megabytes: int
    sftp_files: int
    giant: int  # megabytes
    households: int
    named: int  # people given a pseudonym


FULL = Scale(
    rows=1_000_000,
    people=500_000,
    named=1_000_000,
    megabytes=50,
    entries=20_000,
    week=5_000,
    runs=3,
    attachment=1_000,
    sealed=200,
    messages=300,
    sftp_megabytes=200,
    sftp_files=1_000,
    giant=10_000,
    households=60_000,
)
QUICK = Scale(
    rows=2_000,
    people=5_000,
    named=5_000,
    megabytes=2,
    entries=500,
    week=40,
    runs=1,
    attachment=8,
    sealed=4,
    messages=6,
    sftp_megabytes=4,
    sftp_files=20,
    giant=40,
    households=200,
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table. `count` units of work; no `theirs` where nobody does the same work."""

    name: str
    count: int
    unit: str
    ours: float
    peer: str
    theirs: float | None = None
    note: str = ""

    @property
    def rate(self) -> float:
        """Units a second."""
        return self.count / self.ours

    @property
    def ratio(self) -> float | None:
        """How many times faster than the peer we are; under 1, slower."""
        return None if self.theirs is None else self.theirs / self.ours


def race(runs: int, ours: Work, theirs: Work) -> tuple[float, float]:
    """Median seconds of both, measured in turns."""
    times = [(timed(ours), timed(theirs)) for _ in range(runs)]
    return statistics.median(t[0] for t in times), statistics.median(t[1] for t in times)


def timed(work: Work) -> float:
    """Seconds one run takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def write_rows(path: Path, megabytes: int) -> Path:
    """A file that compresses about as a file of contacts does; nobody is in it."""
    line = "{};DEMANDEUR;{};exemple{}@example.org;0601{};\n"
    with path.open("w", encoding="ascii") as out:
        while out.tell() < megabytes << 20:
            drawn = os.urandom(64 * 6).hex()
            parts = (drawn[at : at + 12] for at in range(0, len(drawn), 12))
            out.writelines(line.format(p[:7], p[:11], p[3:8], p[6:]) for p in parts)
    return path


def thousands(number: float) -> str:
    """French thousands."""
    return f"{number:,.0f}".replace(",", " ")


def peak() -> int:
    """MiB: the most this process has held, and each of those it started that still live.

    Not `ru_maxrss`: it begins with what the process that started us held.
    """
    return sum(map(_most_held, ["self", *_children()])) >> 10


def _children() -> Iterator[str]:
    for task in Path("/proc/self/task").iterdir():
        with suppress(FileNotFoundError):  # a thread that ended meanwhile
            yield from (task / "children").read_text("ascii").split()


def _most_held(pid: str) -> int:
    found = _MOST_HELD.search(Path(f"/proc/{pid}/status").read_text("ascii"))
    return int(found.group(1)) if found else 0
