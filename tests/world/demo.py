"""The demo as a process of its own, in a place of its own, with every logger at DEBUG.

Its memory folder and its temporary folder are the stage's: what is left there was left by it.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from schemas.generator import Truth
from tests.house.tree import ROOT

PATIENCE = 120
# Only a process that says so itself writes at DEBUG, and keeps its rooms where we can look.
_LOUD = """\
import logging, sys
from pathlib import Path
from gateway import workroom
workroom.SHARED_MEMORY = Path(sys.argv.pop(1))
logging.basicConfig(level=logging.DEBUG)
logging.getLogger("sqlalchemy.engine").setLevel(logging.DEBUG)
from gateway.cli.root import main
main()
"""


@dataclass(frozen=True)
class Stage:
    """Where one demo plays. Paths are short: gpg-agent opens sockets in the rooms."""

    root: Path

    @property
    def var(self) -> Path:
        return self.root / "var"

    @property
    def partners(self) -> Path:
        return self.root / "var-partenaires"

    @property
    def memory(self) -> Path:
        return self.root / "shm"

    @property
    def temporary(self) -> Path:
        return self.root / "tmp"

    def rooms(self) -> list[Path]:
        """Rooms that stand, and whatever else was left where clear text may be."""
        halls = [*self.memory.iterdir()]
        return [p for hall in halls for p in hall.iterdir() if p.is_dir()]

    def leftovers(self) -> list[Path]:
        """Rooms, and whatever else is left that is not a lock: those say who held them, nothing more."""
        left = [path for path in self.temporary.rglob("*") if path.is_file()]
        return [*self.rooms(), *(path for path in left if not _is_lock(path))]

    def start(self, samples: Path) -> subprocess.Popen[bytes]:
        """Start the demo; its output goes to `said`, line after line of every run."""
        # A variable for the child alone: only the settings read the environment.
        command = ["env", f"TMPDIR={self.temporary}", f"PYTHONPATH={ROOT}"]
        command += [sys.executable, "-c", _LOUD, str(self.memory), "demo"]
        command += ["--samples", str(samples), "--var", str(self.var)]
        with (self.root / "said").open("ab") as said:
            return subprocess.Popen(command, stdout=said, stderr=said, cwd=ROOT)

    @property
    def said(self) -> bytes:
        return (self.root / "said").read_bytes()


def _is_lock(path: Path) -> bool:
    if path.suffix != ".verrou" or not path.parent.name.endswith("-verrous"):
        return False
    said: dict[str, object] = json.loads(path.read_text("utf-8"))
    return said.keys() == {"pid", "hote", "depuis"}


@dataclass(frozen=True)
class Played:
    """A demo that ended."""

    stage: Stage
    code: int


@contextmanager
def stage() -> Iterator[Stage]:
    root = Path(tempfile.mkdtemp(prefix="law-", dir="/tmp"))
    here = Stage(root)
    here.memory.mkdir()
    here.temporary.mkdir()
    try:
        yield here
    finally:
        shutil.rmtree(root)


def play(here: Stage, samples: Path) -> Played:
    return Played(here, here.start(samples).wait(PATIENCE))


def kill_in_clear(here: Stage, samples: Path) -> list[Path]:
    """Kill -9 the demo while a clear file stands in a room; tell what it left."""
    process = here.start(samples)
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        if any((room / "clear").exists() for room in here.rooms()):
            process.kill()
            process.wait()
            return here.leftovers()
        time.sleep(0.001)
    raise AssertionError(f"no clear file was seen before the end (code {process.poll()})")


def hostile(samples: Path, truth: Truth, into: Path) -> Path:
    """The same week, among files made to make somebody repeat what they hold."""
    shutil.copytree(samples, into, dirs_exist_ok=True)
    surname, first = min(truth.names), min(truth.first_names)
    nir, phone = min(truth.nirs15), min(truth.phones)
    mail, number = min(truth.emails), min(truth.matricules)
    pe, cd = into / "pe", into / "cd"
    whole = (pe / "PECG.xml").read_text("iso-8859-1")
    journeys = next(cd.glob("CD-PARCOURS_*.csv"))
    rows = journeys.read_text("utf-8-sig").splitlines(keepends=True)
    written: dict[Path, bytes] = {
        # names
        pe / f"PECG_{surname}_{first}.xml": whole.replace("PECG<", f"{nir}<").encode(
            "iso-8859-1", "replace"
        ),
        pe / f"PECG-{nir}.xml": whole[: len(whole) // 2].encode("iso-8859-1"),
        cd / f"CD-PARCOURS_{surname}.csv": "".join(rows).encode(),
        # an envelope that quotes people
        pe / "PECG-2.xml": whole.replace("<nb-dossiers>", f"<nb-dossiers>{nir}").encode(
            "iso-8859-1"
        ),
        pe / "PECG-3.xml": whole.replace("<dossier>", f"<{surname} {first}=>", 1).encode(
            "iso-8859-1", "replace"
        ),
        pe / "PECG-4.xml": whole.replace(
            "<fichier-PE-CG>", f'<!DOCTYPE f [<!ENTITY m{number} "{nir}">]><fichier-PE-CG>'
        ).encode("iso-8859-1"),
        # people where codes, dates and headers are expected
        _next(journeys, 2): "".join([rows[0].replace("ROLE", surname), *rows[1:]]).encode(),
        _next(journeys, 3): "".join([rows[0], *(_shifted(row) for row in rows[1:])]).encode(),
        _next(journeys, 4): "".join([*rows, f'"{surname};{nir};{mail};{phone}\n']).encode(),
        _next(journeys, 5): "".join(rows).encode() + f"{surname};{nir}".encode() + b"\xff\xfe\n",
        into / "cnaf" / "coordonnees-allocataire-2.txt": f"{nir};{surname};{mail}\n".encode(
            "iso-8859-15"
        )
        * 20,
    }
    for path, body in written.items():
        path.write_bytes(body)
    return into


def _next(journeys: Path, number: int) -> Path:
    return journeys.with_name(journeys.name.replace("_000001_", f"_{number:06}_"))


def _shifted(row: str) -> str:
    cells = row.rstrip("\n").split(";")
    return ";".join(cells[3:] + cells[:3]) + "\n"
