"""The one file of the product, with the sandbox, that speaks SSH: connections and SFTP requests.

1. The host key is pinned, the algorithms are ours, and nothing of the local account (`~/.ssh`, agent)
   takes part.
2. Every answer is awaited with a limit, and every failure is one of the connector errors. Local
   disk errors are not the partner's: they never happen inside a request.
3. Names are bytes, from the first listing on: what a partner writes need not be UTF-8.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from stat import S_IRWXG, S_IRWXO
from typing import Final, TypeVar, cast

import asyncssh

from connectors.errors import ConnectorError, Denied, Missing, Unreachable
from connectors.sftp_settings import SftpSettings

CHUNK: Final = 4 << 20  # fetched as parallel blocks: the speed of OpenSSH's own client
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
    ((TimeoutError,), Unreachable, "no answer in time"),
    ((asyncssh.SFTPError,), Unreachable, "the server failed to do it"),
    ((asyncssh.Error, OSError), Unreachable, "the connection failed or was lost"),
)  # fmt: skip


@contextmanager
def _answering(partner: str, absent: type[ConnectorError] = Missing) -> Iterator[None]:
    """Turn what SSH says into the connector errors. `absent` is what "no such file" means here."""
    try:
        yield
    except (asyncssh.Error, OSError) as error:
        for kinds, verdict, sentence in _VERDICTS:
            if isinstance(error, kinds):
                raise (absent if verdict is Missing else verdict)(
                    f"{partner}: {sentence}"
                ) from error
        raise


@dataclass(frozen=True, slots=True)
class Seen:
    """What the place says of one name."""

    size: int | None
    mtime: int | None
    is_file: bool


class RemoteFile:
    """One open remote file."""

    def __init__(self, channel: "Channel", file: asyncssh.SFTPClientFile) -> None:
        self._channel, self._file = channel, file

    async def read(self, most: int) -> bytes:
        """Read the next bytes, none at the end."""
        return cast("bytes", await self._channel.ask(self._file.read(min(CHUNK, most))))

    async def write(self, content: bytes) -> None:
        """Write the next bytes."""
        await self._channel.ask(self._file.write(content))

    async def look(self) -> Seen:
        """Describe the open file itself, whatever its name has become."""
        return _seen(await self._channel.ask(self._file.stat()))

    async def close(self) -> None:
        """Close; what had to be checked was checked before."""
        with suppress(ConnectorError):
            await self._channel.ask(self._file.close())


class Channel:
    """One SFTP session: every request has a time limit and one of our errors."""

    def __init__(self, settings: SftpSettings, sftp: asyncssh.SFTPClient) -> None:
        self._settings, self._sftp = settings, sftp

    async def ask(self, request: Awaitable[_T], absent: type[ConnectorError] = Missing) -> _T:
        """Await one answer. `absent` is what "no such file" means here."""
        with _answering(self._settings.partner, absent):
            async with asyncio.timeout(self._settings.answer_seconds):
                return await request

    async def scan(
        self, folder: bytes, keeps: Callable[[bytes], bool], most: int
    ) -> dict[bytes, Seen]:
        """List the regular files of a folder whose names we keep; `Denied` above `most` of them."""
        return await self.ask(self._scanned(folder, keeps, most), absent=Denied)

    async def look(self, path: bytes) -> Seen | None:
        """Describe what stands there, a link as a link; None when nothing does."""
        with suppress(Missing):
            return _seen(await self.ask(self._sftp.lstat(path)))
        return None

    @asynccontextmanager
    async def opened(self, path: bytes, mode: str) -> AsyncIterator[RemoteFile]:
        """Open a remote file for bytes (`rb`, `wb`)."""
        absent = Missing if mode == "rb" else Denied
        file = RemoteFile(self, await self.ask(self._sftp.open(path, mode, encoding=None), absent))
        try:
            yield file
        finally:
            await file.close()

    async def content(self, path: bytes, limit: int) -> bytes:
        """Read a small file, never more than `limit` bytes of it."""
        async with self.opened(path, "rb") as file:
            return await file.read(limit)

    async def digest(self, path: bytes, size: int) -> str | None:
        """SHA-256 of what stands there when it is a file of that size, None otherwise."""
        found = await self.look(path)
        if found is None or not found.is_file or found.size != size:
            return None
        digest, left = sha256(), size
        async with self.opened(path, "rb") as file:
            while left and (chunk := await file.read(left)):
                digest.update(chunk)
                left -= len(chunk)
        return digest.hexdigest()

    async def moves(self, here: bytes, there: bytes) -> bool:
        """Rename without replacing. False when something stands there."""
        try:
            await self.ask(self._sftp.rename(here, there), absent=Denied)
        except ConnectorError:
            # SFTP v3 has one code for every failure: only looking tells "exists" from the rest.
            if await self.look(there) is None or await self.look(here) is None:
                raise
            return False
        return True

    async def replaces(self, here: bytes, there: bytes) -> None:
        """Rename over what stands there: only for files of ours."""
        await self.ask(self._sftp.posix_rename(here, there), absent=Denied)

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
            name, seen = cast("bytes", entry.filename), _seen(entry.attrs)
            if seen.is_file and keeps(name):
                kept[name] = seen
            if len(kept) > most:
                raise Denied(f"{self._settings.partner}: the folder overflows; it must be emptied")
        return kept


def _seen(attrs: asyncssh.SFTPAttrs) -> Seen:
    return Seen(attrs.size, attrs.mtime, attrs.type == asyncssh.FILEXFER_TYPE_REGULAR)


class Line:
    """The way to one partner: a connection per verb, or one shared for a series of verbs."""

    def __init__(self, settings: SftpSettings) -> None:
        self._settings = settings
        self._kept: tuple[asyncssh.SSHClientConnection, Channel] | None = None

    @asynccontextmanager
    async def channel(self) -> AsyncIterator[Channel]:
        """Give the shared session, or open one when none is shared or it was lost."""
        if self._kept is not None and not self._kept[0].is_closed():
            yield self._kept[1]
        else:
            async with self._connected() as connection, self._session(connection) as channel:
                yield channel

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Share one session between the verbs of this block, even those that run at once."""
        async with self._connected() as connection, self._session(connection) as channel:
            before, self._kept = self._kept, (connection, channel)
            try:
                yield
            finally:
                self._kept = before

    @asynccontextmanager
    async def _session(self, connection: asyncssh.SSHClientConnection) -> AsyncIterator[Channel]:
        with _answering(self._settings.partner, Denied):
            async with asyncio.timeout(self._settings.answer_seconds):
                sftp = await connection.start_sftp_client(path_encoding=None)
        try:
            yield Channel(self._settings, sftp)
        finally:
            sftp.exit()

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[asyncssh.SSHClientConnection]:
        options = self._options()
        with _answering(self._settings.partner):
            async with asyncio.timeout(self._settings.connect_seconds):
                connection = await asyncssh.connect(
                    self._settings.host, self._settings.port, options=options, config=None
                )
        try:
            yield connection
            connection.close()
            with suppress(asyncssh.Error, OSError):
                async with asyncio.timeout(self._settings.connect_seconds):
                    await connection.wait_closed()
        finally:
            connection.abort()

    def _options(self) -> asyncssh.SSHClientConnectionOptions:
        settings, algorithms = self._settings, self._settings.policy.algorithms
        pins = [asyncssh.import_public_key(line) for line in settings.host_keys]
        return asyncssh.SSHClientConnectionOptions(
            config=None,
            agent_path=None,
            username=settings.username,
            client_keys=[self._own_key()],
            known_hosts=(pins, [], []),
            server_host_key_algs=settings.host_signatures,
            signature_algs=algorithms.all_signatures,
            kex_algs=algorithms.kex,
            encryption_algs=algorithms.encryption,
            mac_algs=algorithms.mac,
            compression_algs=None,
            preferred_auth="publickey",
            password_auth=False,
            kbdint_auth=False,
            host_based_auth=False,
            gss_kex=False,
            gss_auth=False,
            x509_trusted_certs=None,
            disable_trivial_auth=True,
            login_timeout=0,  # the limit is ours, on the whole of the connection
        )

    def _own_key(self) -> asyncssh.SSHKey:
        path, partner = self._settings.client_key_path, self._settings.partner
        try:
            mode, key = path.stat().st_mode, asyncssh.read_private_key(path)
        except (OSError, ValueError) as error:  # KeyImportError is a ValueError
            raise Denied(f"{partner}: our private key cannot be read") from error
        if mode & (S_IRWXG | S_IRWXO):
            raise Denied(f"{partner}: our private key is open to others; chmod 600 it")
        return key
