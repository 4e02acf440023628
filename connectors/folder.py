"""A folder as a place: `depot/`, `archive/`, `ack/` for a source, a pick-up directory for an outlet.

1. A symbolic link is never followed, a special file never opened.
2. What we write appears whole or not at all: hidden temporary, fsync, then a link that replaces nothing.
3. An arrival is one file (inode, size, time): another one under its name is neither fetched nor
   settled in its stead.
"""

import asyncio
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from stat import S_ISREG
from typing import BinaryIO, Final

from connectors.contract import Arrival, Notice, Piece, Receipt, Sink
from connectors.depot import (
    DIGEST_FILE_LIMIT,
    DIGEST_SUFFIX,
    PART,
    announced_digest,
    arrival_key,
    check_pieces,
    companion_suffixes,
    is_waiting_name,
    kept_name,
    name_of,
    shelf_name,
    shown_name,
)
from connectors.errors import ConnectorError, Corrupt, Denied, Missing, Unreachable
from connectors.intake import Intake, transfer

_CHUNK: Final = 1 << 20
_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_MODE: Final = 0o640


@contextmanager
def _answering(alias: str, absent: type[ConnectorError] = Unreachable) -> Iterator[None]:
    """Turn what the file system says into the four answers."""
    try:
        yield
    except OSError as error:
        error.filename = error.filename2 = None  # a traceback must not print the sender's name
        match error:
            case FileNotFoundError():
                raise absent(f"{alias}: the file or its folder is not there") from error
            case PermissionError():
                raise Denied(
                    f"{alias}: access refused; check the folder's owner and mode"
                ) from error
            case _:
                raise Unreachable(
                    f"{alias}: the folder does not answer (errno {error.errno})"
                ) from error


@dataclass(frozen=True, slots=True)
class FolderSource:
    """Deliveries left in `root/depot`, filed in `root/archive`, answered in `root/ack`."""

    root: Path
    alias: str

    async def arrivals(self) -> Sequence[Arrival]:
        """See `Source`."""
        with _answering(self.alias), os.scandir(self.root / "depot") as entries:
            names = [e.name for e in entries if is_waiting_name(os.fsencode(e.name))]
            found = [arrival for name in names if (arrival := self._seen(name))]
        return sorted(found, key=lambda a: (int(a.reference["mtime_ns"]), a.reference["name"]))

    async def fetch(self, arrival: Arrival, into: Sink, *, limit: int) -> None:
        """See `Source`."""
        await transfer(lambda: self._fetch(arrival, into, limit), into)

    async def _fetch(self, arrival: Arrival, into: Sink, limit: int) -> None:
        intake = Intake(arrival, into, limit=limit)
        with _answering(self.alias, Missing):
            handle = os.open(self._waiting(arrival), _READ)
        with os.fdopen(handle, "rb", buffering=0) as file:
            self._check_same(arrival, handle)
            while chunk := self._next(file):
                await intake.take(chunk)
                await asyncio.sleep(0)
            self._check_same(arrival, handle)
        intake.check_whole()

    async def acknowledge(self, arrival: Arrival, notices: Sequence[Notice]) -> Sequence[str]:
        """See `Source`."""
        shelf = os.fsdecode(shelf_name(name_of(arrival), arrival.key))
        with _answering(self.alias):
            for notice in notices:
                for suffix, content in notice.files.items():
                    _write_over(self.root / "ack" / f"{shelf}.{suffix}", content)
        return [arrival.key]

    async def notify(self, name: str, notices: Sequence[Notice]) -> None:
        """See `Notifying`."""
        named = Arrival(key=name, name=name, reference={"name": kept_name(name.encode("ascii"))})
        await self.acknowledge(named, notices)

    async def settle(self, arrival: Arrival) -> None:
        """See `Source`."""
        here, shelf = self._waiting(arrival), self._shelf(arrival)
        with _answering(self.alias):
            if not self._still_waits(arrival):
                return
            if shelf.exists() and not shelf.samefile(here):
                shelf = _beside(shelf, f".{arrival.key}")
            for suffix in companion_suffixes(name_of(arrival)):  # first: alone they are never seen
                with suppress(FileNotFoundError):
                    _beside(here, suffix).replace(_beside(shelf, suffix))
            if not _moved(here, shelf):
                raise Denied(f"{self.alias}: the archive already holds this arrival; look at it")
            _sync_folders(here.parent, shelf.parent)

    def _shelf(self, arrival: Arrival) -> Path:
        return self.root / "archive" / os.fsdecode(shelf_name(name_of(arrival), arrival.key))

    def _waiting(self, arrival: Arrival) -> Path:
        return self.root / "depot" / os.fsdecode(name_of(arrival))

    def _seen(self, name: str) -> Arrival | None:
        path = self.root / "depot" / name
        with suppress(FileNotFoundError):  # taken back while we looked
            stat = path.lstat()
            return self._arrival(path, stat) if S_ISREG(stat.st_mode) else None
        return None

    def _arrival(self, path: Path, stat: os.stat_result) -> Arrival:
        name = os.fsencode(path.name)
        return Arrival(
            key=arrival_key("depot", name, stat.st_size, stat.st_mtime_ns, stat.st_ino),
            name=shown_name(name),
            size=stat.st_size,
            seen_at=datetime.fromtimestamp(stat.st_mtime, UTC),
            sha256=_companion_digest(path),
            reference={
                "name": kept_name(name),
                "mtime_ns": str(stat.st_mtime_ns),
                "inode": str(stat.st_ino),
            },
        )

    def _is_same(self, arrival: Arrival, stat: os.stat_result) -> bool:
        identity = str(stat.st_mtime_ns), str(stat.st_ino), stat.st_size
        announced = arrival.reference["mtime_ns"], arrival.reference["inode"], arrival.size
        return S_ISREG(stat.st_mode) and identity == announced

    def _check_same(self, arrival: Arrival, handle: int) -> None:
        if not self._is_same(arrival, os.fstat(handle)):
            raise Corrupt(f"{self.alias}: the file changed since it was listed")

    def _still_waits(self, arrival: Arrival) -> bool:
        with suppress(FileNotFoundError):
            return self._is_same(arrival, self._waiting(arrival).lstat())
        return False

    def _next(self, file: BinaryIO) -> bytes:
        with _answering(self.alias):
            return file.read(_CHUNK)


@dataclass(frozen=True, slots=True)
class FolderOutlet:
    """Releases left in `root` for whoever reads that folder."""

    root: Path
    alias: str

    async def prepare(self, pieces: Sequence[Piece]) -> str:
        """See `Outlet`. Nothing to prepare: a piece appears whole when it is delivered."""
        check_pieces(pieces)
        return ""

    async def deliver(self, pieces: Sequence[Piece], prepared: str) -> Receipt:  # noqa: ARG002 - promised
        """See `Outlet`. Each body is read from its start, whatever was read of it before."""
        check_pieces(pieces)
        first, *_ = [await self._put(piece.name, piece.body) for piece in pieces]
        return first

    async def _put(self, name: str, body: BinaryIO) -> Receipt:
        part = self.root / f".{name}.{token_hex(4)}{PART}"
        try:
            size, digest = await self._write(part, body)
            with _answering(self.alias):
                already_there = not self._published(part, self.root / name, digest)
        finally:
            with suppress(OSError):
                part.unlink()
        return Receipt(f"{self.alias}:{name}", digest, size, already_there)

    async def _write(self, part: Path, body: BinaryIO) -> tuple[int, str]:
        size, digest = 0, sha256()
        body.seek(0)
        with _answering(self.alias):
            handle = os.open(part, _CREATE, _MODE)
        with os.fdopen(handle, "wb", buffering=0) as file:
            while chunk := body.read(_CHUNK):
                with _answering(self.alias):
                    _write_all(file.fileno(), chunk)
                digest.update(chunk)
                size += len(chunk)
                await asyncio.sleep(0)
            with _answering(self.alias):
                os.fsync(handle)
        return size, digest.hexdigest()

    def _published(self, part: Path, final: Path, digest: str) -> bool:
        try:
            os.link(part, final, follow_symlinks=False)
        except FileExistsError:
            if _digest_of(final) == digest:
                return False
            raise Denied(f"{self.alias}: another content already stands under that name") from None
        _sync_folders(final.parent)
        return True


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _moved(here: Path, there: Path) -> bool:
    """Move without replacing. A move interrupted half-way (two names, one file) is finished."""
    try:
        os.link(here, there, follow_symlinks=False)
    except FileExistsError:
        if not here.samefile(there):
            return False
    here.unlink()
    return True


def _write_all(handle: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(handle, rest) :]


def _write_over(path: Path, content: bytes) -> None:
    """Put a small file in place whole; the same content already there is left untouched."""
    with suppress(FileNotFoundError):
        if not path.is_symlink() and path.read_bytes() == content:
            return
    part = path.with_name(f".{token_hex(8)}{PART}")
    handle = os.open(part, _CREATE, _MODE)
    try:
        _write_all(handle, content)
        os.fsync(handle)
        part.replace(path)
    finally:
        os.close(handle)
        part.unlink(missing_ok=True)
    _sync_folders(path.parent)


def _sync_folders(*folders: Path) -> None:
    for folder in folders:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _digest_of(path: Path) -> str | None:
    """SHA-256 of a regular file, None for anything else."""
    if not S_ISREG(path.lstat().st_mode):
        return None
    with os.fdopen(os.open(path, _READ), "rb") as file:
        digest = sha256()
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _companion_digest(path: Path) -> str | None:
    companion = _beside(path, DIGEST_SUFFIX)
    try:
        handle = os.open(companion, _READ)
    except OSError:  # absent, too long a name, a link: nothing is announced
        return None
    with os.fdopen(handle, "rb") as file:
        return (
            announced_digest(file.read(DIGEST_FILE_LIMIT))
            if S_ISREG(os.fstat(handle).st_mode)
            else None
        )
