"""A large attachment from HubEE into the vault, next to `curl` then `sha256sum` on the same hub.

The hub is a process of its own, which sends from its disk. Ours runs in a fresh process, whose most
memory is told at the full size and at a sixteenth of it: it must be the same. The peer writes clear
bytes and flushes nothing.
"""

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import msgspec

from benchmarks.measure import Line, Scale
from benchmarks.receiver import Cost, Errand, Where, processor
from benchmarks.standing import Hub, standing
from gateway.vault import generate_identity

PEER = "curl puis sha256sum, en clair"
MEGABYTE = 1_000_000
SIXTEENTH = 16


def measure(folder: Path, scale: Scale) -> list[Line]:
    """Received at once; then with a first transfer that is not what was announced."""
    large = scale.attachment * MEGABYTE
    with standing(folder, large // SIXTEENTH, large) as hub:
        small = receive(folder, hub, hub.keys[0])
        at_once = _race(folder, scale, hub, times=1)
        twice = _race(folder, scale, hub, times=2)
    return [
        _line("HubEE, recevoir", scale, *at_once, f", {small.peak} pour le seizième"),
        _line("HubEE, recevoir en deux fois", scale, *twice, ""),
    ]


def _race(
    folder: Path, scale: Scale, hub: Hub, *, times: int
) -> tuple[list[Cost], list[Cost] | None]:
    theirs = (
        _curl(folder, hub, times) if shutil.which("curl") and shutil.which("sha256sum") else None
    )
    told: tuple[list[Cost], list[Cost]] = [], []
    for _ in range(scale.runs):
        if times > 1:
            hub.lie_once()
        told[0].append(receive(folder, hub, hub.keys[-1]))
        if theirs is not None:
            told[1].append(theirs())
    return told[0], told[1] or None


def _line(name: str, scale: Scale, ours: list[Cost], theirs: list[Cost] | None, small: str) -> Line:
    peak, used = max(cost.peak for cost in ours), _median(ours).processor
    note = f"mémoire {peak} Mio{small} ; processeur {used:.2f} s".replace(".", ",")
    if theirs is None:
        note += " ; curl ou sha256sum absent : pas de pair"
        return Line(name, scale.attachment, "Mo", _median(ours).seconds, "", note=note)
    note += f", pair {_median(theirs).processor:.2f} s".replace(".", ",")
    seconds = _median(ours).seconds, _median(theirs).seconds
    return Line(name, scale.attachment, "Mo", seconds[0], PEER, seconds[1], note)


def _median(costs: list[Cost]) -> Cost:
    seconds = statistics.median(cost.seconds for cost in costs)
    return Cost(seconds, statistics.median(cost.processor for cost in costs))


def receive(folder: Path, hub: Hub, key: str) -> Cost:
    """Collect one arrival in a fresh process, into a vault of this folder."""
    errand = Errand(hub.where, key, str(folder / "coffre"), generate_identity().public)
    os.sync()
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.receiver"],
        input=msgspec.json.encode(errand),
        stdout=subprocess.PIPE,
        check=True,
    )
    return msgspec.json.decode(done.stdout, type=Cost)


def _curl(folder: Path, hub: Hub, times: int) -> Callable[[], Cost]:
    case, attachment = hub.keys[-1].split("/")
    url = f"{hub.where.base}/teledossiers/v1/cases/{case}/attachments/{attachment}"
    header, out = f"Authorization: Bearer {_token(hub.where)}", folder / "recu"

    def theirs() -> Cost:
        os.sync()
        before, started = processor(resource.RUSAGE_CHILDREN), time.perf_counter()
        for _ in range(times):
            asked = ["curl", "-sS", "--fail", "--header", "@-", "--output", str(out), url]
            subprocess.run(asked, input=header, text=True, check=True)
            subprocess.run(["sha256sum", str(out)], stdout=subprocess.DEVNULL, check=True)
        seconds = time.perf_counter() - started
        out.unlink()
        return Cost(seconds, processor(resource.RUSAGE_CHILDREN) - before)

    return theirs


def _token(where: Where) -> str:
    basic = b64encode(f"{where.client_id}:{where.secret}".encode()).decode()
    form = urlencode({"grant_type": "client_credentials", "scope": "SI"}).encode()
    asked = Request(f"{where.base}/oauth2/token", form, {"Authorization": f"Basic {basic}"})
    with urlopen(asked, timeout=10) as answer:
        return str(json.load(answer)["access_token"])
