"""Where clear text may live, and nowhere else.

Rules, in order:
1. A room is a directory only we can enter (0700), in memory when there is room there (`/dev/shm`),
   else under `base`, else in the system's temporary directory. Room in memory is half of what the
   machine, or our container, has left: what a file fills there, whoever reads it needs again.
2. Its path is short: gpg-agent opens sockets of at most 107 bytes inside it.
3. It is removed when the `with` ends, whatever happened inside.
4. Killed processes remove nothing: `sweep` does it at the next start. Each room holds a locked file;
   the kernel drops the lock with the process, so the living are told from the dead without guessing.

Not protected here: swap (encrypt it or turn it off, tmpfs may be swapped) and core dumps (call
`forbid_core_dumps` at start-up). Removing a file does not scrub a disk: prefer memory.
"""

import fcntl
import os
import resource
import secrets
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gateway.errors import Misconfigured, Unavailable

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - a private subdirectory of it, checked below
MEMORY = Path("/proc/meminfo")
CONTAINER = Path("/sys/fs/cgroup")
LONGEST_PATH = 59
LOCK = ".alive"
DOOR = ".door"


@contextmanager
def workroom(base: Path | None = None, *, need: int = 0) -> Iterator[Path]:
    """Give a private directory with at least `need` bytes free; remove it at the end.

    Raises `Unavailable` when no place has that much room, `Misconfigured` when one is not safe.
    """
    room, lock = _enter(_choose(base, need))
    try:
        yield room
    finally:
        _remove(room)
        os.close(lock)


def sweep(base: Path | None = None) -> int:
    """Remove the rooms that dead processes left, in every place `workroom(base)` may use; count them."""
    removed = 0
    for place in _places(base):
        hall = _hall(place)
        if not hall.is_dir():
            continue
        door = _lock(hall / DOOR)
        try:
            dead = [room for room in hall.iterdir() if room.is_dir() and not _is_alive(room)]
            for room in dead:
                _remove(room)
            removed += len(dead)
        finally:
            os.close(door)
    return removed


def forbid_core_dumps() -> None:
    """Keep a crash from writing our memory, clear text and keys included, to a disk."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _places(base: Path | None) -> list[Path]:
    found = [SHARED_MEMORY] if os.access(SHARED_MEMORY, os.W_OK | os.X_OK) else []
    return [*found, base if base is not None else Path(tempfile.gettempdir())]


def _choose(base: Path | None, need: int) -> Path:
    for place in _places(base):
        if _free(place) >= need:
            return place
    raise Unavailable(
        f"pas assez de place libre pour une pièce de travail de {need >> 20} Mio : "
        "en mémoire (/dev/shm), puis là où dit paths.room"
    )


def _free(place: Path) -> int:
    free = shutil.disk_usage(place).free
    return min(free, _memory_left() // 2) if place == SHARED_MEMORY else free


def _memory_left() -> int:
    # A tmpfs announces as free what the machine may no longer have.
    left = _numbers(MEMORY).get("MemAvailable:", sys.maxsize >> 10) << 10
    with suppress(OSError, ValueError):  # no container, or no limit ("max")
        most = int((CONTAINER / "memory.max").read_text("ascii"))
        used = _numbers(CONTAINER / "memory.stat")  # the page cache gives way, these do not
        left = min(left, most - sum(used.get(name, 0) for name in ("anon", "shmem", "kernel")))
    return max(left, 0)


def _numbers(path: Path) -> dict[str, int]:
    lines = (line.split() for line in path.read_text("ascii").splitlines())
    return {words[0]: int(words[1]) for words in lines}


def _hall(place: Path) -> Path:
    return place / f"passerelle-{os.geteuid()}"


def _enter(place: Path) -> tuple[Path, int]:
    hall = _hall(place)
    hall.mkdir(mode=0o700, exist_ok=True)
    _check_private(hall)
    room = hall / secrets.token_hex(4)
    if len(os.fsencode(room)) > LONGEST_PATH:
        raise Misconfigured(
            f"chemin de travail trop long ({LONGEST_PATH} octets au plus) : choisissez une base plus courte"
        )
    door = _lock(hall / DOOR)  # a sweep must not see the room between its birth and its lock
    try:
        room.mkdir(mode=0o700)
        return room, _lock(room / LOCK)
    finally:
        os.close(door)


def _check_private(hall: Path) -> None:
    # On a shared /tmp or /dev/shm somebody else may have made this name first, or made it a link.
    seen = hall.lstat()
    if (
        not stat.S_ISDIR(seen.st_mode)
        or seen.st_uid != os.geteuid()
        or stat.S_IMODE(seen.st_mode) & 0o077
    ):
        raise Misconfigured(
            f"{hall} doit être un dossier à nous seuls : supprimez-le ou faites chmod 700"
        )


def _lock(path: Path) -> int:
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor


def _is_alive(room: Path) -> bool:
    try:
        descriptor = os.open(room / LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return False  # killed between its birth and its lock
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)


def _remove(room: Path) -> None:
    # A gpg-agent that is leaving removes its own sockets under our feet: only the last try may fail.
    for _ in range(3):
        shutil.rmtree(room, ignore_errors=True)
        if not room.exists():
            return
    shutil.rmtree(room)
