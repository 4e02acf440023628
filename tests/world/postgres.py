"""A PostgreSQL server of one's own, on loopback, for as long as a `with` lasts.

Data in a fresh temporary folder under a short path; trust authentication, on 127.0.0.1 and a free
port only; durability off, it is thrown away. As root, the server runs as the user `postgres`.
"""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PLACES = ("/usr/lib/postgresql/*/bin", "/usr/local/pgsql/bin", "/usr/local/bin", "/opt/*/bin")
_QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=16MB")


class NoPostgres(Exception):
    """No PostgreSQL server can be started on this machine."""


def has_postgres() -> bool:
    try:
        _binaries()
    except NoPostgres:
        return False
    return True


@contextmanager
def postgres() -> Iterator[str]:
    """Yield the SQLAlchemy URL of an empty database of a new server."""
    binaries = _binaries()
    place = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    try:
        if os.geteuid() == 0:
            shutil.chown(place, "postgres")
        data, port = place / "data", _free_port()
        how = ["-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync", "--locale=C.UTF-8"]
        _run(binaries / "initdb", "-D", data, *how)
        options = " ".join(
            [f"-p {port} -h 127.0.0.1 -k {place}", *(f"-c {word}" for word in _QUICK)]
        )
        start = ("-l", place / "log", "-w", "-t", "60", "-o", options, "start")
        _run(binaries / "pg_ctl", "-D", data, *start)
        try:
            yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"
        finally:
            _run(binaries / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _binaries() -> Path:
    found = [shutil.which("initdb"), *(str(p) for place in _PLACES for p in _glob(place))]
    for candidate in found:
        if candidate and (Path(candidate).parent / "pg_ctl").exists():
            return Path(candidate).parent
    raise NoPostgres(
        "no initdb and pg_ctl found: install the PostgreSQL server (Debian: postgresql)"
    )


def _glob(place: str) -> list[Path]:
    return sorted(Path("/").glob(place.lstrip("/") + "/initdb"), reverse=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _run(program: Path, *arguments: str | Path) -> None:
    drop = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    command = [*drop, str(program), *map(str, arguments)]
    # pg_ctl leaves the server with our pipes: a file instead, or we would wait for the server to end.
    with tempfile.TemporaryFile() as said:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, check=False, cwd="/"
        )
        if done.returncode:
            said.seek(0)
            raise NoPostgres(
                f"{program.name} failed: {said.read().decode(errors='replace')[-2000:]}"
            )
