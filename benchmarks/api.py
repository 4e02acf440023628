"""The API over TLS, next to bare aiohttp serving the same bytes over the same TLS with no check at all.

1. Small requests by `wrk`, 32 connections kept open: one that reads nothing but memory, one that reads the
   database. Both are authenticated (the token is verified once, known by its hash), counted and logged.
2. A large download by `curl`: the habilitation is looked at again twice a second, the ledger is written.

Each server is a process of its own, asked in turn with the very same headers: short turns and many of them, for
a machine that slows down for a while slows both. Without `wrk` or `curl`: `apt-get install wrk curl`.
"""

import re
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from benchmarks.api_server import Stand
from benchmarks.measure import Line, Scale, race

MEGABYTE: Final = 1_000_000
REQUESTS: Final = 10_000
SECONDS: Final = 2
TURNS: Final = 3  # where others take one
PEER: Final = "aiohttp nu, même TLS, mêmes octets, aucun contrôle"
_RATE: Final = re.compile(r"Requests/sec:\s*([0-9.]+)")
_WRONG: Final = re.compile(r"Non-2xx")


def measure(folder: Path, scale: Scale) -> list[Line]:
    """Three lines; those of an absent tool say how to get it."""
    size = scale.attachment * MEGABYTE
    for name in ("ours", "bare"):
        (folder / name).mkdir()
    with standing("ours", folder / "ours", size) as ours:
        (folder / "bare" / "petit.json").write_bytes(fetched(ours, ours.small))
        with standing("bare", folder / "bare", size) as bare:
            return [
                requests("API, petite requête", ours, bare, ours.small, scale),
                requests("API, lire une publication", ours, bare, ours.reading, scale),
                download(ours, bare, scale),
            ]


def requests(name: str, ours: Stand, bare: Stand, path: str, scale: Scale) -> Line:
    """So many requests, by their rate."""
    if shutil.which("wrk") is None:
        return Line(name, 0, "requêtes", 1.0, "", note="wrk absent : apt-get install wrk")
    bare = msgspec.structs.replace(bare, headers=ours.headers)
    rates = [(rate(ours, path), rate(bare, bare.small)) for _ in range(TURNS * scale.runs)]
    mine, theirs = (statistics.median(each) for each in zip(*rates, strict=True))
    return Line(name, REQUESTS, "requêtes", REQUESTS / mine, PEER, REQUESTS / theirs)


def rate(stand: Stand, path: str) -> float:
    """Requests a second, all of them answered well."""
    said = [word for name, value in stand.headers.items() for word in ("-H", f"{name}: {value}")]
    command = ["wrk", "-t1", "-c32", f"-d{SECONDS}s", *said, stand.url + path]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = _RATE.search(told)
    if found is None or _WRONG.search(told):
        raise RuntimeError(f"{path} was not always answered: its rate would say nothing")
    return float(found.group(1))


def download(ours: Stand, bare: Stand, scale: Scale) -> Line:
    """One large file, thrown away as it comes."""
    if shutil.which("curl") is None:
        note = "curl absent : apt-get install curl"
        return Line("API, télécharger", 0, "Mo", 1.0, "", note=note)
    mine, theirs = race(TURNS * scale.runs, partial(drained, ours), partial(drained, bare))
    return Line("API, télécharger", scale.attachment, "Mo", mine, PEER, theirs)


def drained(stand: Stand) -> None:
    subprocess.run([*_curl(stand), "--output", "/dev/null", stand.url + stand.large], check=True)


def fetched(stand: Stand, path: str) -> bytes:
    return subprocess.run(
        [*_curl(stand), stand.url + path], stdout=subprocess.PIPE, check=True
    ).stdout


def _curl(stand: Stand) -> list[str]:
    said = [word for name, value in stand.headers.items() for word in ("-H", f"{name}: {value}")]
    return ["curl", "-sS", "--fail", "--cacert", stand.authority, *said]


@contextmanager
def standing(kind: str, folder: Path, size: int) -> Iterator[Stand]:
    """A server in a process of its own, until this ends."""
    command = [sys.executable, "-m", "benchmarks.api_server", kind, str(folder), str(size)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the server does not speak")
        yield msgspec.json.decode(process.stdout.readline(), type=Stand)
        process.stdin.close()
