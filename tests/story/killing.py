"""A demo of its own process group, killed at moments chosen by what it has already made durable.

1. Progress is read in the durable notebook and at the recipients' places, never in the program; the
   notebook again only when its files changed, or we would take a core from those we watch.
2. The group is first frozen; it is killed only if, frozen, it still stands at that moment.
3. `kill -9` of the group takes the partners' sandbox with it.
"""

import fcntl
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

SECONDS = 120
# A file written so recently may be written again without its date showing it.
FRESH_NS = 20_000_000
HALL = Path("/dev/shm") / f"passerelle-{os.geteuid()}"


@dataclass(frozen=True)
class Progress:
    """The steps finished by each walk; the releases at their recipients' and the rooms in use, now."""

    steps: dict[str, list[str]]
    demo: "Demo"
    pid: int

    @property
    def delivered(self) -> int:
        return len(list(self.demo.delivered()))

    @property
    def rooms(self) -> int:
        return len(_rooms_held_by(self.pid))

    def of(self, walk: str) -> list[list[str]]:
        return [steps for key, steps in self.steps.items() if key.startswith(walk)]


Moment = Callable[[Progress], bool]


def treating(now: Progress) -> bool:
    """Clear text is in a room."""
    return any(steps == ["collect"] for steps in now.of("reception")) and now.rooms > 0


def kept_not_acknowledged(now: Progress) -> bool:
    return any(steps[-1:] == ["keep"] for steps in now.of("reception"))


def crossing(now: Progress) -> bool:
    return any(steps in ([], ["cross"]) for steps in now.of("croisement"))


def extracting(now: Progress) -> bool:
    return any(not steps for steps in now.of("publication"))


def authorised_not_delivered(now: Progress) -> bool:
    waiting = [steps for steps in now.of("publication") if "authorise" in steps]
    return bool(waiting) and now.delivered < len(waiting)


def delivered_not_recorded(now: Progress) -> bool:
    walks = now.of("publication")
    recorded = sum("record" in steps for steps in walks)
    return any("authorise" in steps for steps in walks) and now.delivered > recorded


@dataclass
class Demo:
    """`passerelle demo` on one folder, as many times as it takes."""

    samples: Path
    var: Path
    dead_rooms: set[str] = field(default_factory=set)

    def plays(self) -> None:
        """Play to the end."""
        process = self._started()
        said, _ = process.communicate(timeout=SECONDS)
        assert process.returncode == 0, said

    def killed_at(self, moment: Moment) -> bool:
        """Kill at this moment; False when the end came first."""
        process = self._started()
        now, seen = None, None
        while process.poll() is None:
            written = self._written()
            if now is None or written != seen:
                now, seen = self.progress(process.pid), written
            if now is not None and moment(now):
                os.killpg(process.pid, signal.SIGSTOP)
                if self._stands_at(moment, process.pid):
                    self._kill(process)
                    return True
                os.killpg(process.pid, signal.SIGCONT)
            time.sleep(0.001)
        process.communicate()
        return False

    def killed_after(self, seconds: float) -> None:
        """Kill whatever it is doing by then."""
        process = self._started()
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
        self._kill(process)

    def _started(self) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "gateway", "demo"]
        return subprocess.Popen(
            [*command, "--samples", str(self.samples), "--var", str(self.var)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def _kill(self, process: subprocess.Popen[str]) -> None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        self.dead_rooms |= set(_dead_rooms())

    def _written(self) -> object:
        """What is no longer the same once the notebook is written to."""
        found = []
        for name in ("travaux.sqlite", "travaux.sqlite-wal"):
            with suppress(FileNotFoundError):
                found.append((self.var / "etat" / name).stat())
        now = time.time_ns()
        if any(now - file.st_mtime_ns < FRESH_NS for file in found):
            return now
        return [(file.st_size, file.st_mtime_ns) for file in found]

    def _stands_at(self, moment: Moment, pid: int) -> bool:
        now = self.progress(pid)
        return now is not None and moment(now)

    def progress(self, pid: int) -> Progress | None:
        """None while the notebook cannot be read: not there yet, or being written."""
        notebook = self.var / "etat" / "travaux.sqlite"
        if not notebook.exists():
            return None
        try:
            with closing(sqlite3.connect(f"file:{notebook}?mode=ro", uri=True, timeout=0)) as read:
                walks = read.execute("SELECT workflow_uuid FROM workflow_status").fetchall()
                finished = read.execute(
                    "SELECT workflow_uuid, function_name FROM operation_outputs ORDER BY function_id"
                ).fetchall()
        except sqlite3.OperationalError:
            return None
        steps: dict[str, list[str]] = {walk: [] for (walk,) in walks}
        for walk, step in finished:
            steps.setdefault(walk, []).append(step)
        return Progress(steps, self, pid)

    def delivered(self) -> Iterator[Path]:
        """Releases as they stand at their recipients'."""
        partners = self.var.with_name(f"{self.var.name}-partenaires")
        yield from (self.var / "remise" / "rdv-insertion").glob("*.csv.gpg")
        yield from (partners / "sftp" / "partners" / "cd" / "retrait").glob("*.csv.gpg")

    def unswept_rooms(self) -> set[str]:
        """Rooms left by a killed process and still there."""
        return {name for name in self.dead_rooms if (HALL / name).exists()}


def _rooms_held_by(pid: int) -> set[str]:
    held = set()
    for descriptor in Path(f"/proc/{pid}/fd").glob("*"):
        with suppress(OSError):
            path = descriptor.readlink()
            if path.parent.parent == HALL:
                held.add(path.parent.name)
    return held


def _dead_rooms() -> Iterator[str]:
    for room in HALL.iterdir() if HALL.exists() else ():
        with suppress(OSError), (room / ".alive").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield room.name
