"""A real SFTP server on loopback that lies: in exactly the way a test asks, and in no other.

1. A lie is told from the moment it is ordered to the moment it is taken back.
2. Told nothing, it is an honest server: the contract suite passes on it.
3. Lies are about deliveries and what we write, never about a digest file beside them.
4. Keys are made once for all the tests of a process.
"""

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from stat import S_IFMT, S_IFREG
from typing import Any, BinaryIO, Final, cast

import asyncssh

from connectors.sftp_settings import RGS, SftpSettings
from tests.connectors.sftp_contract import SftpPlace
from tests.world.sftp_lies import Lie
from tests.world.sftp_wire import Wire
from tests.world.shelves import Shelves

GONE: Final = "GONE.csv.gpg"
SLOWNESS: Final = 0.02  # seconds between two names of a listing that never ends
_LAST_DATE: Final = 0xFFFFFFFF
_ACCOUNT: Final = "us"


@dataclass
class Liar:
    """The partner: what it holds, what it lies about just now, and how to reach it."""

    shelves: Shelves
    settings: SftpSettings
    lies: set[Lie] = field(default_factory=set)
    names: Sequence[bytes] = ()
    block: int | None = None
    _acceptor: asyncssh.SSHAcceptor | None = None
    _live: set[asyncssh.SSHServerConnection] = field(default_factory=set)

    @property
    def place(self) -> SftpPlace:
        """This partner as the contract suite wants one."""
        return SftpPlace(self.shelves, self.settings, self.cut)

    def tells(self, *lies: Lie) -> None:
        """Lie so from now on, and no otherwise. No lie: the truth."""
        self.lies = set(lies)

    def cut(self) -> None:
        """Stop answering at once. Twice is once."""
        if self._acceptor is not None:
            self._acceptor.close()
        for connection in list(self._live):
            connection.abort()


@asynccontextmanager
async def liar(root: Path, *, block: int | None = None, **settings: Any) -> AsyncIterator[Liar]:
    """Serve four folders under `root`. `block`: the most bytes read or written at once."""
    shelves = Shelves.made_under(root / "partner")
    ours, theirs = _keys()
    key_path, known = root / "client", root / "client.pub"
    key_path.write_bytes(ours.export_private_key())
    key_path.chmod(0o600)
    known.write_bytes(ours.export_public_key())
    served: list[Liar] = []
    acceptor = await _listening(theirs, known, served)
    given: dict[str, Any] = {
        "partner": "liar",
        "host": "127.0.0.1",
        "port": acceptor.get_port(),
        "username": _ACCOUNT,
        "client_key_path": key_path,
        "host_keys": (" ".join(theirs.export_public_key().decode().split()[:2]),),
        "stable_seconds": 0,
        "connect_seconds": 5,
        "answer_seconds": 5,
        "resume_seconds": 0.01,
    }
    served.append(Liar(shelves, SftpSettings(**(given | settings)), block=block))
    served[0]._acceptor = acceptor
    try:
        yield served[0]
    finally:
        dropped = list(served[0]._live)
        served[0].cut()
        for connection in dropped:
            await connection.wait_closed()
        await acceptor.wait_closed()


async def _listening(
    host_key: asyncssh.SSHKey, known: Path, served: Sequence[Liar]
) -> asyncssh.SSHAcceptor:
    return await asyncssh.listen(
        "127.0.0.1",
        0,
        config=None,
        server_factory=lambda: _Account(known, served[0]._live),
        sftp_factory=lambda channel: _Session(channel, served[0]),
        server_host_keys=[host_key],
        kex_algs=RGS.kex,
        encryption_algs=RGS.encryption,
        mac_algs=RGS.mac,
        signature_algs=RGS.all_signatures,
        compression_algs=None,
        password_auth=False,
        kbdint_auth=False,
        host_based_auth=False,
        gss_kex=False,
        gss_auth=False,
        x509_trusted_certs=None,
        allow_scp=False,
    )


@cache
def _keys() -> tuple[asyncssh.SSHKey, asyncssh.SSHKey]:
    return (
        asyncssh.generate_private_key("ssh-ed25519"),
        asyncssh.generate_private_key("ssh-ed25519"),
    )


class _Account(asyncssh.SSHServer):
    def __init__(self, known: Path, live: set[asyncssh.SSHServerConnection]) -> None:
        self._known, self._live = known, live
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._live.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncssh's signature
        if self._connection is not None:
            self._live.discard(self._connection)

    def begin_auth(self, username: str) -> bool:
        if self._connection is not None and username == _ACCOUNT:
            self._connection.set_authorized_keys(str(self._known))
        return True


class _Session(asyncssh.SFTPServer):
    """One session. What it holds is on a disk; what it says of it, it may invent."""

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], told: Liar) -> None:
        super().__init__(channel, chroot=os.fsencode(told.shelves.root))
        self._told, self._shrunk = told, False
        wire = Wire(channel.write, self._tells, told.block)
        channel.write = lambda data, datatype=None: wire.say(data)  # type: ignore[method-assign]  # noqa: ARG005 - its signature

    def _tells(self, lie: Lie) -> bool:
        return lie in self._told.lies

    # what is read

    def read(self, file_obj: object, offset: int, size: int) -> bytes:
        file = cast("BinaryIO", file_obj)
        self._move(file)
        if self._tells(Lie.SHORT_READS):
            size = max(1, size // 3)
        if self._tells(Lie.EARLY_END):
            size = min(size, max(0, os.fstat(file.fileno()).st_size // 2 - offset))
        data = os.pread(file.fileno(), size, offset)
        if self._tells(Lie.WRONG_BYTES) and not _is_digest(file):
            data = _other(data)
        if self._tells(Lie.LONG_READS) and data:
            data += b"more than what was asked"
        return data

    def _move(self, file: BinaryIO) -> None:
        path = Path(os.fsdecode(file.name))
        if self._tells(Lie.GROWS):
            with path.open("ab") as grown:
                grown.write(b"grown")
        if self._tells(Lie.SHRINKS) and not self._shrunk:
            self._shrunk = True
            os.truncate(path, path.stat().st_size // 2)
        if self._tells(Lie.CHANGES):
            with path.open("rb+") as changed:
                changed.write(b"other")
            os.utime(path, (2, 2))

    # what is listed, and what is said of it

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        entries = [entry async for entry in super().scandir(path)]
        for entry in [] if self._tells(Lie.HIDES) else entries:
            for said in self._listed(entry):
                yield said
        for name in self._invented():
            yield _named(name)
        if self._tells(Lie.VANISHES):
            for waiting in self._told.shelves.depot.iterdir():
                waiting.unlink()
        async for entry in self._endless():
            yield entry

    def _listed(self, entry: asyncssh.SFTPName) -> Iterator[asyncssh.SFTPName]:
        entry.attrs = self._said(entry.attrs)
        if self._tells(Lie.LISTED_BIG) and entry.attrs.size is not None:
            entry.attrs.size += 1
        yield entry
        if self._tells(Lie.TWICE):
            yield _named(cast("bytes", entry.filename), size=77)

    def _invented(self) -> Iterator[bytes]:
        if self._tells(Lie.SHOWS_GONE):
            yield GONE.encode()
        if self._tells(Lie.STRANGE_NAMES):
            yield from self._told.names

    async def _endless(self) -> AsyncIterator[asyncssh.SFTPName]:
        number = 0
        while self._tells(Lie.ENDLESS_NEW):
            number += 1
            yield _named(b"%d.csv" % number)
        while self._tells(Lie.ENDLESS_SAME):
            yield _named(b"same.csv")
        while self._tells(Lie.ENDLESS_SLOW):
            for _ in range(200):  # asyncssh answers by the hundred and some
                yield _named(b"slow.csv")
            await asyncio.sleep(SLOWNESS)

    def lstat(self, path: bytes) -> asyncssh.SFTPAttrs:
        return self._said(asyncssh.SFTPAttrs.from_local(os.lstat(self.map_path(path))))

    def fstat(self, file_obj: object) -> asyncssh.SFTPAttrs:
        return self._said(
            asyncssh.SFTPAttrs.from_local(os.fstat(cast("BinaryIO", file_obj).fileno()))
        )

    def _said(self, attrs: asyncssh.SFTPAttrs) -> asyncssh.SFTPAttrs:
        size = attrs.size or 0
        if self._tells(Lie.TOO_BIG):
            attrs.size = size + 1
        if self._tells(Lie.TOO_SMALL):
            attrs.size = max(0, size - 1)
        if self._tells(Lie.NO_SIZE):
            attrs.size = None
        if self._tells(Lie.NO_DATE):
            attrs.mtime = attrs.atime = None
        if self._tells(Lie.FAR_DATE):
            attrs.mtime = _LAST_DATE
        if self._disguises(attrs.type):
            attrs.permissions = (attrs.permissions or 0) & ~S_IFMT(0o777777) | S_IFREG
        return attrs

    def _disguises(self, kind: int) -> bool:
        folder = kind == asyncssh.FILEXFER_TYPE_DIRECTORY and self._tells(Lie.FOLDER_AS_FILE)
        return folder or (kind == asyncssh.FILEXFER_TYPE_SYMLINK and self._tells(Lie.LINK_AS_FILE))

    # what is written

    def write(self, file_obj: object, offset: int, data: bytes) -> int:
        if offset and self._tells(Lie.DISK_FULL):
            raise OSError(errno.ENOSPC, "No space left on device")
        stored = _other(data) if self._tells(Lie.OTHER_BYTES) else data
        if self._tells(Lie.DROPS_BYTES):
            stored = stored[: len(stored) // 2]
        os.pwrite(cast("BinaryIO", file_obj).fileno(), stored, offset)
        return len(data)

    def close(self, file_obj: object) -> None:
        file = cast("BinaryIO", file_obj)
        was_written = file.writable()
        file.close()
        if was_written and self._tells(Lie.LATE_FAILURE):
            raise asyncssh.SFTPFailure("Input/output error")

    def rename(self, oldpath: bytes, newpath: bytes) -> None:
        self._forbid(newpath)
        if self._tells(Lie.RENAME_NOTHING):
            return
        if self._tells(Lie.RENAME_REPLACES):
            super().posix_rename(oldpath, newpath)
        else:
            super().rename(oldpath, newpath)

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        self._forbid(newpath)
        if not self._tells(Lie.RENAME_NOTHING):
            super().posix_rename(oldpath, newpath)

    def remove(self, path: bytes) -> None:
        if not self._tells(Lie.REMOVE_NOTHING):
            super().remove(path)

    def _forbid(self, path: bytes) -> None:
        if self._tells(Lie.RENAME_REFUSED):
            raise asyncssh.SFTPFailure("Failure")
        if path.startswith((b"archive/", b"/archive/")) and self._tells(Lie.ARCHIVE_FORBIDDEN):
            raise asyncssh.SFTPPermissionDenied("Permission denied")


def _named(name: bytes, size: int = 5) -> asyncssh.SFTPName:
    attrs = asyncssh.SFTPAttrs(size=size, permissions=S_IFREG | 0o644, atime=1, mtime=1)
    return asyncssh.SFTPName(name, attrs=attrs)


def _other(data: bytes) -> bytes:
    return bytes(byte ^ 0xFF for byte in data)


def _is_digest(file: BinaryIO) -> bool:
    return os.fsdecode(file.name).endswith(".sha256")
