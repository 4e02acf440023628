"""Locks kept by `flock`, one file per name, in a folder of ours alone.

1. The folder is ours (owner, 0700, no link) or nothing starts: in another's, a lock protects nothing.
2. A file erased under us is a lock lost: what counts is the file that others would find.
3. The file says who holds it (process, machine, since when), nothing more.
"""

import fcntl
import json
import os
import stat
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from gateway.errors import Misconfigured
from gateway.store.holding import Holder, checked


@dataclass(slots=True)
class FileLocks:
    """`flock` on one file per name, in one folder."""

    folder: Path
    _held: dict[str, int] = field(default_factory=dict)
    _one: threading.Lock = field(default_factory=threading.Lock)

    def take(self, name: str) -> bool:
        """See `Locks`."""
        path = self._path(name)
        with self._one:
            held = self._held.get(name)
            if held is not None and _is_still(held, path):
                os.utime(held)  # a cleaner of temporary folders leaves what is young
                return True
            self._let_go(name)
            opened = _lock(path)
            if opened is None:
                return False
            self._held[name] = opened
            return True

    def release(self, name: str) -> None:
        """See `Locks`."""
        with self._one:
            self._let_go(name)

    def holder(self, name: str) -> Holder | None:
        """See `Locks`."""
        if name in self._held:
            return None
        try:
            opened = os.open(self._path(name), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _read_holder(os.pread(opened, 4096, 0))
        finally:
            os.close(opened)
        return None

    def close(self) -> None:
        """See `Locks`."""
        with self._one:
            for name in list(self._held):
                self._let_go(name)

    def _path(self, name: str) -> Path:
        return self.folder / f"{checked(name)}.verrou"

    def _let_go(self, name: str) -> None:
        held = self._held.pop(name, None)
        if held is not None:
            os.close(held)


def ours(folder: Path) -> Path:
    """A folder that is ours alone. Raises `Misconfigured`: in another's, a lock protects nothing."""
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise Misconfigured(f"{folder} n'est pas un dossier à nous : retirez-le")
    if found.st_mode & 0o077:
        raise Misconfigured(f"{folder} est ouvert à d'autres : chmod 700")
    return folder


def _lock(path: Path) -> int | None:
    opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(opened)
        return None
    if not _is_still(opened, path):  # erased between the two: what we hold is nothing
        os.close(opened)
        return None
    us = Holder.us()
    since = us.since.isoformat() if us.since else ""
    os.ftruncate(opened, 0)
    os.pwrite(opened, json.dumps({"pid": us.pid, "hote": us.host, "depuis": since}).encode(), 0)
    return opened


def _is_still(opened: int, path: Path) -> bool:
    """Whether the file we hold is the one others would find."""
    try:
        there = path.lstat()
    except FileNotFoundError:
        return False
    return os.path.samestat(os.fstat(opened), there)


def _read_holder(raw: bytes) -> Holder:
    try:
        read = json.loads(raw)
        return Holder(int(read["pid"]), str(read["hote"]), datetime.fromisoformat(read["depuis"]))
    except (ValueError, KeyError, TypeError):
        return Holder()  # it has the lock and has not written who it is yet
