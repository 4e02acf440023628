"""What travels over SFTP, next to OpenSSH's own `sftp` on the same OpenSSH server, with the same cipher.

Ours runs in a process that is already there, as a service is; a run opens a connection, lists, carries
and closes. The peer writes clear bytes, hashes nothing, flushes nothing and reads nothing back.
"""

import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from benchmarks.measure import Line, Scale, timed
from benchmarks.sftp_courier import Address, Cost, Errand, Verb
from gateway.vault import generate_identity
from tests.world.sshd import Sshd, openssh_server

PEER: Final = "sftp d'OpenSSH, en clair"
MEGABYTE: Final = 1_000_000
SMALL: Final = 10_000  # bytes
_T = TypeVar("_T")
_CIPHER: Final = "aes256-gcm@openssh.com"  # the one we prefer; its own choice is slower


@dataclass(frozen=True, slots=True)
class Stand:
    """A server on this machine, its home, our courier, and a folder where the peer puts what it gets."""

    server: Sshd
    home: Path
    got: Path
    courier: "subprocess.Popen[bytes]"

    def carry(self, verb: Verb, folder: str = "depot", file: Path | None = None) -> Cost:
        """Send the courier."""
        address = Address(
            self.server.port,
            self.server.username,
            str(self.server.client_key_path),
            self.server.host_key,
        )
        vault, recipient = self.got.with_name("coffre"), generate_identity().public
        errand = Errand(verb, address, folder, str(file or ""), str(vault), recipient)
        if self.courier.stdin is None or self.courier.stdout is None:
            raise RuntimeError("the courier has no ears")
        os.sync()
        self.courier.stdin.write(msgspec.json.encode(errand) + b"\n")
        self.courier.stdin.flush()
        return msgspec.json.decode(self.courier.stdout.readline(), type=Cost)

    def sftp(self, orders: Sequence[str]) -> float:
        """Give the same work to the peer."""
        known, batch = self.got.with_name("known"), self.got.with_name("batch")
        known.write_text(f"[127.0.0.1]:{self.server.port} {self.server.host_key}\n")
        batch.write_text("".join(f"{order}\n" for order in orders))
        asked = ["sftp", "-q", "-F", "none", "-c", _CIPHER, "-P", str(self.server.port)]
        asked += ["-i", str(self.server.client_key_path), "-o", "IdentitiesOnly=yes"]
        asked += ["-o", f"UserKnownHostsFile={known}", "-b", str(batch)]
        asked += [f"{self.server.username}@127.0.0.1"]
        os.sync()
        return timed(lambda: subprocess.run(asked, check=True, stdout=subprocess.DEVNULL))


@contextmanager
def standing(folder: Path) -> Iterator[Stand]:
    """Yield a server, `depot/`, `petits/` and `retrait/` empty, and a courier that waits."""
    home, got = folder / "chez-eux", folder / "recus"
    for place in (home / "depot", home / "petits", home / "retrait", got):
        place.mkdir(parents=True)
    command = [sys.executable, "-m", "benchmarks.sftp_courier"]
    with (
        openssh_server(folder / "sshd", home) as server,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as courier,
    ):
        yield Stand(server, home, got, courier)


def measure(folder: Path, scale: Scale) -> list[Line]:
    """One large file in, the same out, and many small ones in."""
    with standing(folder) as stand:
        large = _noise(stand.home / "depot" / "GRAND.csv.gpg", scale.sftp_megabytes * MEGABYTE)
        for number in range(scale.sftp_files):
            _noise(stand.home / "petits" / f"PETIT{number:05}.csv.gpg", SMALL)
        return [*_large(stand, scale, large), _small(stand, scale)]


def _large(stand: Stand, scale: Scale, large: Path) -> Iterator[Line]:
    out, size = stand.home / "retrait" / "MESURE.csv.gpg", scale.sftp_megabytes
    get = [f"get depot/{large.name} {stand.got}/"]
    put = [f"put {large} retrait/{out.name}"]

    def pushed(verb: Verb) -> Callable[[], Cost]:
        return lambda: _afresh(out, lambda: stand.carry(verb, file=large))

    def theirs() -> float:
        return _afresh(out, lambda: stand.sftp(put))

    pulled = _race(scale, lambda: stand.carry(Verb.PULL), lambda: stand.sftp(get))
    yield _line("SFTP, relever dans le coffre", size, "Mo", *pulled)
    yield _line("SFTP, remettre et relire", size, "Mo", *_race(scale, pushed(Verb.PUSH), theirs))
    blind = _race(scale, pushed(Verb.PUSH_BLIND), theirs)
    yield _line("SFTP, remettre sans relire", size, "Mo", *blind)


def _small(stand: Stand, scale: Scale) -> Line:
    names = sorted(path.name for path in (stand.home / "petits").iterdir())
    orders = [f"get petits/{name} {stand.got}/" for name in names]
    times = _race(scale, lambda: stand.carry(Verb.PULL, "petits"), lambda: stand.sftp(orders))
    return _line("SFTP, relever de petits fichiers", len(names), "fichiers", *times)


def _race(
    scale: Scale, ours: Callable[[], Cost], theirs: Callable[[], float]
) -> tuple[list[Cost], list[float]]:
    turns = [(ours(), theirs()) for _ in range(scale.runs)]
    return [turn[0] for turn in turns], [turn[1] for turn in turns]


def _line(name: str, count: int, unit: str, ours: list[Cost], theirs: list[float]) -> Line:
    seconds = statistics.median(cost.seconds for cost in ours)
    return Line(name, count, unit, seconds, PEER, statistics.median(theirs), told(ours))


def told(costs: list[Cost]) -> str:
    """What a run cost besides time."""
    used = statistics.median(cost.processor for cost in costs)
    lag, idle = (max(values) for values in zip(*((c.lag, c.idle_lag) for c in costs), strict=True))
    peak = max(cost.peak for cost in costs)
    note = f"boucle retardée de {lag:.0f} ms au plus, {idle:.0f} au repos"
    return f"{note} ; mémoire {peak} Mio ; processeur {used:.2f} s".replace(".", ",")


def _afresh(path: Path, act: Callable[[], _T]) -> _T:
    path.unlink(missing_ok=True)
    return act()


def _noise(path: Path, size: int) -> Path:
    with path.open("wb") as out:
        for start in range(0, size, MEGABYTE):
            out.write(os.urandom(min(MEGABYTE, size - start)))
    return path
