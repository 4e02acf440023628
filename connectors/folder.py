"""A folder as a place: `depot/`, `archive/`, `ack/` for a source, a pick-up directory for an outlet.

1. A symbolic link is never followed, a special file never opened.
2. What we write appears whole or not at all: hidden temporary, fsync, then a link that replaces nothing.
3. An arrival is one file (inode, size, time): another one under its name is neither fetched nor
   settled in its stead.
"""

import asyncio
import logging
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from stat import S_ISREG
from typing import BinaryIO, Final

from connectors.answering import ANSWER_LIMIT, answer_names, meaning_of, said_at
from connectors.contract import Answer, Arrival, LeftFile, Notice, Piece, Receipt, Sink
from connectors.depot import (
    DIGEST_FILE_LIMIT,
    DIGEST_SUFFIX,
    PART,
    Ready,
    arrival_key,
    check_ours,
    check_pieces,
    companion_suffixes,
    dated,
    described,
    is_ready,
    is_waiting_name,
    kept_name,
    name_of,
    shelf_name,
    shown_name,
)
from connectors.disk import (
    CHUNK,
    CREATE,
    MODE,
    READ,
    answering,
    beside,
    digest_of,
    identity,
    moved,
    small,
    stands,
    sync_folders,
    write_all,
    write_over,
)
from connectors.errors import Corrupt, Denied, Missing
from connectors.intake import Intake, transfer
from connectors.manifest import MANIFEST_LIMIT, MANIFEST_SUFFIX

log = logging.getLogger(__name__)

ANSWERS: Final = "retour"


def waiting_key(name: bytes, stat: os.stat_result, *described_by: str) -> str:
    """The key under which a file so named is listed once it waits; `described_by`: its manifest."""
    facts = (stat.st_size, stat.st_mtime_ns, stat.st_ino)
    return arrival_key("depot", name, *facts, *described_by)


@dataclass(frozen=True, slots=True)
class FolderSource:
    """Deliveries left in `root/depot`, filed in `root/archive`, answered in `root/ack`."""

    root: Path
    alias: str
    ready: Ready = Ready.RENAME

    async def arrivals(self) -> Sequence[Arrival]:
        """See `Source`."""
        with answering(self.alias), os.scandir(self.root / "depot") as entries:
            present = {os.fsencode(entry.name) for entry in entries}
            names = [
                os.fsdecode(name)
                for name in filter(is_waiting_name, present)
                if is_ready(name, present, self.ready)
            ]
            found = [arrival for name in names if (arrival := self._seen(name))]
        return sorted(found, key=lambda a: (int(a.reference["mtime_ns"]), a.reference["name"]))

    async def fetch(self, arrival: Arrival, into: Sink, *, limit: int) -> None:
        """See `Source`."""
        await transfer(lambda: self._fetch(arrival, into, limit), into, arrival)

    async def _fetch(self, arrival: Arrival, into: Sink, limit: int) -> None:
        intake = Intake(arrival, into, limit=limit)
        with answering(self.alias, Missing):
            handle = os.open(self._waiting(arrival), READ)
        with os.fdopen(handle, "rb", buffering=0) as file:
            self._check_same(arrival, handle)
            while chunk := self._next(file):
                await intake.take(chunk)
                await asyncio.sleep(0)
            self._check_same(arrival, handle)
        intake.check_whole()

    @property
    def carries_files(self) -> bool:
        """See `Filing`."""
        return True

    async def acknowledge(self, arrival: Arrival, notices: Sequence[Notice]) -> Sequence[str]:
        """See `Source`."""
        shelf = os.fsdecode(shelf_name(name_of(arrival), arrival.key))
        with answering(self.alias):
            for notice in notices:
                for suffix, content in notice.files.items():
                    write_over(self.root / "ack" / f"{shelf}.{suffix}", content)
        return [arrival.key]

    async def settle(self, arrival: Arrival) -> None:
        """See `Source`."""
        here, shelf = self._waiting(arrival), self._shelf(arrival)
        with answering(self.alias):
            if not self._still_waits(arrival):
                return
            if shelf.exists() and not shelf.samefile(here):
                shelf = beside(shelf, f".{arrival.key}")
            for suffix in companion_suffixes(name_of(arrival)):  # first: alone they are never seen
                with suppress(FileNotFoundError):
                    beside(here, suffix).replace(beside(shelf, suffix))
            if not moved(here, shelf):
                raise Denied(f"{self.alias}: the archive already holds this arrival; look at it")
            sync_folders(here.parent, shelf.parent)

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
        manifest = None
        if self.ready is Ready.MANIFEST:
            manifest = small(beside(path, MANIFEST_SUFFIX), MANIFEST_LIMIT) or b""
        digest = small(beside(path, DIGEST_SUFFIX), DIGEST_FILE_LIMIT)
        told = described(name, stat.st_size, digest, manifest)
        described_by = (told.manifest,) if told.manifest else ()
        return Arrival(
            key=waiting_key(name, stat, *described_by),
            name=shown_name(name),
            size=stat.st_size,
            seen_at=dated(stat.st_mtime),
            sha256=told.sha256,
            reference={
                "name": kept_name(name),
                "mtime_ns": str(stat.st_mtime_ns),
                "inode": str(stat.st_ino),
                **told.reference,
            },
            withheld=told.withheld,
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
        with answering(self.alias):
            return file.read(CHUNK)


@dataclass(frozen=True, slots=True)
class FolderOutlet:
    """Releases left in `root` for whoever reads that folder, answered in `root/retour`."""

    root: Path
    alias: str

    async def prepare(self, pieces: Sequence[Piece]) -> str:
        """See `Outlet`. Nothing is brought there: what is given is the name answers will bear."""
        check_pieces(pieces)
        return pieces[0].name

    async def deliver(self, pieces: Sequence[Piece], prepared: str) -> Receipt:  # noqa: ARG002 - promised
        """See `Outlet`. Each body is read from its start, whatever was read of it before."""
        check_pieces(pieces)
        first, *_ = [await self._put(piece.name, piece.body) for piece in pieces]
        return first

    async def retract(self, pieces: Sequence[LeftFile]) -> Sequence[str]:
        """See `Retractable`. What a killed delivery left half-written goes too."""
        with answering(self.alias):
            removed = [piece.name for piece in pieces if self._taken_back(piece)]
            sync_folders(self.root)
        return removed

    async def answers(self, expected: Sequence[str]) -> Sequence[Answer]:
        """See `Answered`. A recipient without a folder for it does not answer."""
        names = answer_names(expected)
        folder = self.root / ANSWERS
        with answering(self.alias):
            if not folder.is_dir():
                return []
            present = {os.fsencode(path.name) for path in folder.iterdir()}
            told = [self._answer(name, *names[name]) for name in names if name in present]
        unreadable = told.count(None)
        if unreadable:
            log.warning("%s: %d answers cannot be read", self.alias, unreadable)
        return sorted((a for a in told if a is not None), key=lambda a: (str(a.said_at), a.key))

    async def noted(self, answer: Answer) -> None:
        """See `Answered`. It is put away; another one under its name is left."""
        here = self.root / ANSWERS / answer.reference["name"]
        shelf = self.root / "archive" / here.name
        with answering(self.alias):
            if not stands(here, answer.reference["seen"]):
                return
            shelf.parent.mkdir(exist_ok=True)
            if shelf.exists() and not shelf.samefile(here):
                shelf = beside(shelf, f".{answer.key}")
            if not moved(here, shelf):
                raise Denied(f"{self.alias}: the archive already holds this answer; look at it")
            sync_folders(here.parent, shelf.parent)

    def _answer(self, name: bytes, prepared: str, level: str) -> Answer | None:
        path = self.root / ANSWERS / os.fsdecode(name)
        content = small(path, ANSWER_LIMIT)
        milestone = None if content is None else meaning_of(content, level)
        if milestone is None:
            return None
        stat = path.lstat()
        seen = identity(stat)
        at = said_at(dated(stat.st_mtime), level)
        return Answer(
            arrival_key("answer", name, seen),
            prepared,
            milestone,
            at,
            {"name": path.name, "seen": seen},
        )

    def _taken_back(self, piece: LeftFile) -> bool:
        check_ours(piece.name)
        for part in self.root.glob(f".{piece.name}.*{PART}"):
            part.unlink(missing_ok=True)
        here = self.root / piece.name
        try:
            seen = identity(here.lstat())
            ours = digest_of(here) == piece.sha256
        except FileNotFoundError:  # collected
            return False
        if not (ours and stands(here, seen)):
            return False
        here.unlink()
        return True

    async def _put(self, name: str, body: BinaryIO) -> Receipt:
        part = self.root / f".{name}.{token_hex(4)}{PART}"
        try:
            size, digest = await self._write(part, body)
            with answering(self.alias):
                already_there = not self._published(part, self.root / name, digest)
        finally:
            with suppress(OSError):
                part.unlink()
        return Receipt(f"{self.alias}:{name}", digest, size, already_there)

    async def _write(self, part: Path, body: BinaryIO) -> tuple[int, str]:
        size, digest = 0, sha256()
        body.seek(0)
        with answering(self.alias):
            handle = os.open(part, CREATE, MODE)
        with os.fdopen(handle, "wb", buffering=0) as file:
            while chunk := body.read(CHUNK):
                with answering(self.alias):
                    write_all(file.fileno(), chunk)
                digest.update(chunk)
                size += len(chunk)
                await asyncio.sleep(0)
            with answering(self.alias):
                os.fsync(handle)
        return size, digest.hexdigest()

    def _published(self, part: Path, final: Path, digest: str) -> bool:
        try:
            os.link(part, final, follow_symlinks=False)
        except FileExistsError:
            if digest_of(final) == digest:
                return False
            raise Denied(f"{self.alias}: another content already stands under that name") from None
        sync_folders(final.parent)
        return True
