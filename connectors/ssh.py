"""SFTP requests over one session. Connections are `ssh_line.py`'s, an open file `ssh_file.py`'s.

1. Every answer is awaited with a limit, and every failure is one of the connector errors. Local
   disk errors are not the partner's: they never happen inside a request.
2. Names are bytes, from the first listing on: what a partner writes need not be UTF-8.
"""

import asyncio
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterator,
    Sequence,
)
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress
from typing import Final, TypeVar, cast

import asyncssh
from asyncssh.packet import PacketDecodeError

from connectors.digesting import Digesting
from connectors.errors import ConnectorError, Denied, Lost, Missing, Unreachable
from connectors.pace import Pace
from connectors.sftp_settings import SftpSettings
from connectors.ssh_file import RemoteFile, Seen, seen_of

_MOST_OPEN: Final = 32  # files open at once: servers have a limit, and so has our memory
_T = TypeVar("_T")

_VERDICTS: Final[Sequence[tuple[tuple[type[Exception], ...], type[ConnectorError], str]]] = (
    ((asyncssh.HostKeyNotVerifiable,), Denied,
     "the host key is not the pinned one; ask the partner, by another way, whether it changed its key"),
    ((asyncssh.PermissionDenied,), Denied,
     "our key is refused; ask the partner whether our public key is still authorised"),
    ((asyncssh.KeyExchangeFailed, asyncssh.ProtocolNotSupported), Denied,
     "no algorithm or kind of host key in common with the policy"),
    ((asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath), Missing, "the file or its folder is not there"),
    ((asyncssh.SFTPPermissionDenied, asyncssh.SFTPWriteProtect, asyncssh.SFTPOpUnsupported), Denied,
     "the operation is refused; ask the partner to check our rights"),
    ((TimeoutError,), Lost, "no answer in time"),
    ((asyncssh.SFTPNoConnection, asyncssh.SFTPConnectionLost), Lost, "the connection was lost"),
    ((asyncssh.SFTPError,), Unreachable, "the server failed to do it"),
    ((PacketDecodeError,), Unreachable, "the server answers what its protocol does not foresee"),
    ((asyncssh.Error, OSError), Lost, "the connection failed or was lost"),
)  # fmt: skip


@contextmanager
def answering(partner: str, absent: type[ConnectorError] = Missing) -> Iterator[None]:
    """Turn what SSH says into the connector errors. `absent` is what "no such file" means here."""
    try:
        yield
    except (asyncssh.Error, PacketDecodeError, OSError) as error:
        for kinds, verdict, sentence in _VERDICTS:
            if isinstance(error, kinds):
                raise (absent if verdict is Missing else verdict)(
                    f"{partner}: {sentence}"
                ) from error
        raise


class Channel:
    """One SFTP session: every request has a time limit and one of our errors."""

    def __init__(self, settings: SftpSettings, sftp: asyncssh.SFTPClient) -> None:
        self._settings, self._sftp = settings, sftp
        self._open = asyncio.Semaphore(_MOST_OPEN)
        self.is_lost = False

    @property
    def partner(self) -> str:
        """Whose place this is."""
        return self._settings.partner

    @property
    def most_read(self) -> int:
        """The most bytes the server gives in one answer."""
        return self._sftp.limits.max_read_len

    @property
    def most_written(self) -> int:
        """The most bytes the server takes in one request."""
        return self._sftp.limits.max_write_len

    @property
    def patience(self) -> float:
        """Seconds an answer may take."""
        return self._settings.answer_seconds

    async def ask(self, request: Awaitable[_T], absent: type[ConnectorError] = Missing) -> _T:
        """Await one answer. `absent` is what "no such file" means here."""

        async def in_time() -> _T:
            async with asyncio.timeout(self.patience):
                return await request

        return await self.told(in_time(), absent)

    async def told(self, request: Awaitable[_T], absent: type[ConnectorError] = Missing) -> _T:
        """Await what has a limit of its own."""
        try:
            with answering(self._settings.partner, absent):
                return await request
        except Lost:
            self.is_lost = True
            raise

    async def scan(
        self,
        folder: bytes,
        keeps: Callable[[bytes], bool],
        most: int,
        absent: type[ConnectorError] = Denied,
    ) -> dict[bytes, Seen]:
        """List the regular files of a folder whose names we keep; `Denied` above `most` of them."""
        scanning = asyncio.ensure_future(self._scanned(folder, keeps, most))
        try:
            return await self.ask(asyncio.shield(scanning), absent=absent)
        finally:
            scanning.cancel()  # it closes the folder, an answer that may never come: not awaited

    async def look(self, path: bytes) -> Seen | None:
        """Describe what stands there, a link as a link; None when nothing does."""
        with suppress(Missing):
            return seen_of(await self.ask(self._sftp.lstat(path)))
        return None

    @asynccontextmanager
    async def opened(self, path: bytes, mode: str) -> AsyncIterator[RemoteFile]:
        """Open a remote file for bytes (`rb`; `wb` from nothing, `r+b` over what stands there)."""
        absent = Missing if mode == "rb" else Denied
        async with self._open:
            # Blocks are ours: a size of 0 has asyncssh make of each read or write one request.
            request = self._sftp.open(path, mode, encoding=None, block_size=0)
            file = RemoteFile(self, await self.ask(request, absent))
            try:
                yield file
            finally:
                await file.close()

    async def content(self, path: bytes, limit: int) -> bytes:
        """Read a small file, never more than `limit` bytes of it."""
        async with self.opened(path, "rb") as file:
            return await file.read(0, limit)

    async def digest(self, path: bytes, size: int, pace: Pace) -> str | None:
        """SHA-256 of what stands there when it is a file of that size, None otherwise."""
        found = await self.look(path)
        if found is None or not found.is_file or found.size != size:
            return None
        digest = Digesting()
        async with self.opened(path, "rb") as file, aclosing(file.blocks(0, size)) as blocks:
            async for chunk in pace.through(blocks):
                await digest.update(chunk)
        return await digest.hexdigest()

    async def moves(self, here: bytes, there: bytes) -> bool:
        """Rename without replacing. False when something stands there."""
        if await self.look(there) is not None:  # there are servers whose rename replaces
            return False
        try:
            await self.ask(self._sftp.rename(here, there), absent=Denied)
        except Lost:
            raise
        except ConnectorError:
            # SFTP v3 has one code for every failure: only looking tells "exists" from the rest.
            if await self.look(there) is None or await self.look(here) is None:
                raise
            return False
        await self._check_gone(here)
        return True

    async def replaces(self, here: bytes, there: bytes) -> None:
        """Rename over what stands there: only for files of ours."""
        await self.ask(self._sftp.posix_rename(here, there), absent=Denied)
        await self._check_gone(here)

    async def _check_gone(self, here: bytes) -> None:
        # Not whether it stands there: a recipient may have taken it by now.
        if await self.look(here) is not None:
            raise Unreachable(f"{self._settings.partner}: a rename was acknowledged and not made")

    async def remove(self, path: bytes) -> None:
        """Remove; already gone is removed."""
        with suppress(Missing):
            await self.ask(self._sftp.remove(path))

    async def discard(self, path: bytes) -> None:
        """Remove what we left, as far as the place still answers."""
        with suppress(ConnectorError):
            await self.remove(path)

    async def _scanned(
        self, folder: bytes, keeps: Callable[[bytes], bool], most: int
    ) -> dict[bytes, Seen]:
        kept: dict[bytes, Seen] = {}
        async for entry in self._sftp.scandir(folder):
            name, seen = cast("bytes", entry.filename), seen_of(entry.attrs)
            if seen.is_file and keeps(name):
                kept[name] = seen
            if len(kept) > most:
                raise Denied(f"{self._settings.partner}: the folder overflows; it must be emptied")
        return kept
