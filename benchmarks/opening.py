"""A large CMS message, next to `openssl cms`, which holds the whole of it in memory.

Both read and write files of the same folder, both in fresh processes, whose most memory is told. Ours
also hashes what comes out, and is measured at a tenth of the size too: the memory must be the same.
"""

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from benchmarks.measure import Line, Scale
from benchmarks.opener import Opened, Task
from gateway import cms
from gateway.secret import KeyPair

MEGABYTE = 1_000_000
TENTH = 10
BLOCK = 1 << 20


def measure(folder: Path, scale: Scale) -> list[Line]:
    """Decrypt alone, then decrypt and verify."""
    if shutil.which("openssl") is None:
        raise RuntimeError("openssl is needed: it writes the messages")
    size = scale.attachment * MEGABYTE
    return [
        _line("CMS, déchiffrer", Bench.made(folder / "a", signed=False), scale, size),
        _line("CMS, déchiffrer et vérifier", Bench.made(folder / "b", signed=True), scale, size),
    ]


@dataclass(frozen=True, slots=True)
class Bench:
    """A folder where a partner and we have keys."""

    folder: Path
    us: KeyPair
    signed: bool

    @classmethod
    def made(cls, folder: Path, *, signed: bool) -> "Bench":
        folder.mkdir()
        us = cms.generate_certificate("Passerelle de mesure")
        (folder / "us.crt").write_text(us.public)
        (folder / "us.key").write_text(us.secret.reveal())
        _openssl(folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                 "/CN=Partenaire de mesure", "-keyout", "them.key", "-out", "them.crt")  # fmt: skip
        return cls(folder, us, signed)

    def write(self, name: str, size: int) -> None:
        """A message of so much clear content, streamed as large ones are."""
        clear = self.folder / "clear"
        with clear.open("wb") as out:
            for start in range(0, size, BLOCK):
                out.write(os.urandom(min(BLOCK, size - start)))
        if self.signed:
            _openssl(self.folder, "cms", "-sign", "-binary", "-nodetach", "-stream", "-outform",
                     "DER", "-signer", "them.crt", "-inkey", "them.key", "-in", "clear", "-out",
                     "signed")  # fmt: skip
            (self.folder / "signed").replace(clear)
        _openssl(self.folder, "cms", "-encrypt", "-binary", "-stream", "-outform", "DER",
                 "-aes-256-cbc", "-in", "clear", "-out", name, "us.crt")  # fmt: skip
        clear.unlink()

    def ours(self, name: str, size: int) -> Opened:
        """Open it in a fresh process; what is opened is consumed, so a second name of it is given."""
        source, out = self.folder / "source", self.folder / "ours"
        os.link(self.folder / name, source)
        task = Task(str(source), str(out), self.us.secret.reveal(), self.us.public,
                    (self.folder / "them.crt").read_text(), self.signed, size)  # fmt: skip
        done = subprocess.run([sys.executable, "-m", "benchmarks.opener"], check=True,
                              input=msgspec.json.encode(task), stdout=subprocess.PIPE)  # fmt: skip
        if out.stat().st_size != size:
            raise RuntimeError("nothing whole came out: its time would say nothing")
        out.unlink()
        return msgspec.json.decode(done.stdout, type=Opened)

    def theirs(self, name: str) -> Opened:
        """The same by openssl, one command after the other."""
        asked = [["-decrypt", "-binary", "-recip", "us.crt", "-inkey", "us.key", "-in", name]]
        if self.signed:
            asked.append(
                ["-verify", "-binary", "-noverify", "-certfile", "them.crt", "-in", "step0"]
            )
        costs = [
            _measured(self.folder, ["cms", *words, "-inform", "DER", "-out", f"step{number}"])
            for number, words in enumerate(asked)
        ]
        for number in range(len(asked)):
            (self.folder / f"step{number}").unlink()
        return Opened(
            sum(cost.seconds for cost in costs),
            sum(cost.processor for cost in costs),
            max(cost.peak for cost in costs),
        )


def _line(name: str, bench: Bench, scale: Scale, size: int) -> Line:
    bench.write("small", size // TENTH)
    small = bench.ours("small", size // TENTH)
    bench.write("large", size)
    ours, theirs = [], []
    for _ in range(scale.runs):
        ours.append(bench.ours("large", size))
        theirs.append(bench.theirs("large"))
    for message in ("small", "large"):
        (bench.folder / message).unlink()
    peak, lag = max(one.peak for one in ours), max(one.lag for one in ours)
    idle = max(one.idle for one in ours)
    seconds, used = _median(ours)
    peer, spent = _median(theirs)
    note = (
        f"mémoire {peak} Mio, {small.peak} pour le dixième, pair {max(c.peak for c in theirs)} ; "
        f"processeur {used:.2f} s, pair {spent:.2f} s ; boucle retenue "
        f"{lag:.0f} ms au plus, {idle:.0f} au repos"
    )
    return Line(name, scale.attachment, "Mo", seconds, "openssl cms", peer, note.replace(".", ","))


def _median(costs: Sequence[Opened]) -> tuple[float, float]:
    return (
        statistics.median(cost.seconds for cost in costs),
        statistics.median(cost.processor for cost in costs),
    )


def _openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


def _measured(folder: Path, words: Sequence[str]) -> Opened:
    started = time.perf_counter()
    process = subprocess.Popen(["openssl", *words], cwd=folder, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError("the peer failed: its time would say nothing")
    seconds = time.perf_counter() - started
    return Opened(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss >> 10)
