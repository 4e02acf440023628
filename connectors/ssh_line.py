"""The way to one partner: one connection, shared by the verbs that run at once, kept a little after.

1. The host key is pinned, the algorithms are ours, and nothing of the local account (`~/.ssh`, agent)
   takes part.
2. Whoever comes while a connection is open uses it; while one is being opened, its outcome is theirs.
   A connection that was lost is never given again.
3. Unused for `keep_seconds`, it is closed; `close` closes it at once. Each event loop has its own:
   a connection belongs to the loop that opened it.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final
from weakref import WeakKeyDictionary

import asyncssh
from asyncssh.constants import MSG_IGNORE

from connectors.errors import ConnectorError, Denied, HostKeyChanged
from connectors.sftp_settings import LEGACY, SftpSettings
from connectors.ssh import Channel, answering
from connectors.ssh_identity import Doorman, own_identity

# Under the 256 KiB that OpenSSH sends at most. By packets of 32 KiB, asyncssh's default, receiving
# 200 MB takes a third more of processor.
_LONGEST_PACKET: Final = 252 << 10
_WITHOUT_CHAINING: Final = frozenset(
    name for name in LEGACY.encryption if not name.endswith("-cbc")
)


@dataclass(slots=True, eq=False)
class _Session:
    """One connection with its SFTP session, and how many use it."""

    connection: asyncssh.SSHClientConnection
    sftp: asyncssh.SFTPClient
    channel: Channel
    users: int = 0

    @property
    def is_lost(self) -> bool:
        return self.channel.is_lost or self.connection.is_closed()


@dataclass(slots=True, eq=False)
class _Home:
    """What a line holds in one event loop."""

    opening: asyncio.Lock = field(default_factory=asyncio.Lock)
    openings: int = 0
    failure: ConnectorError | None = None
    session: _Session | None = None
    expiry: asyncio.TimerHandle | None = None
    closing: set[asyncio.Task[None]] = field(default_factory=set)


class Line:
    """The way to one partner."""

    def __init__(self, settings: SftpSettings) -> None:
        self._settings = settings
        self._homes: WeakKeyDictionary[asyncio.AbstractEventLoop, _Home] = WeakKeyDictionary()

    @asynccontextmanager
    async def channel(self) -> AsyncIterator[Channel]:
        """Give the session, opened if need be; whoever leaves last closes it, now or later."""
        home = self._homes.setdefault(asyncio.get_running_loop(), _Home())
        session = await self._entered(home)
        is_clean = False
        try:
            yield session.channel
            is_clean = True
        finally:
            session.users -= 1
            if not session.users:
                await self._left(home, session, is_clean=is_clean)

    async def close(self) -> None:
        """Close what this event loop holds. The line may be used again: it opens another."""
        home = self._homes.pop(asyncio.get_running_loop(), None)
        if home is None:
            return
        if home.expiry is not None:
            home.expiry.cancel()
        if home.session is not None:
            await self._closed(home.session)
        await asyncio.gather(*home.closing)

    async def _entered(self, home: _Home) -> _Session:
        asked = home.openings
        async with home.opening:
            if home.session is None or home.session.is_lost:
                if home.openings != asked and home.failure is not None:
                    raise home.failure
                home.session = await self._opened(home)
            session = home.session
            session.users += 1
            if home.expiry is not None:
                home.expiry.cancel()
                home.expiry = None
            return session

    async def _opened(self, home: _Home) -> _Session:
        home.failure = None
        try:
            return await self._connected()
        except ConnectorError as error:
            home.failure = error
            raise
        finally:
            home.openings += 1

    async def _left(self, home: _Home, session: _Session, *, is_clean: bool) -> None:
        if session is home.session and not session.is_lost and self._settings.keep_seconds:
            loop = asyncio.get_running_loop()
            home.expiry = loop.call_later(self._settings.keep_seconds, self._expire, home, session)
            return
        if session is home.session:
            home.session = None
        if is_clean:
            await self._closed(session)
        else:
            session.connection.abort()

    def _expire(self, home: _Home, session: _Session) -> None:
        if session.users or session is not home.session:
            return
        home.session = home.expiry = None
        task = asyncio.get_running_loop().create_task(self._closed(session))
        home.closing.add(task)
        task.add_done_callback(home.closing.discard)

    async def _closed(self, session: _Session) -> None:
        try:
            session.sftp.exit()
            session.connection.close()
            with suppress(asyncssh.Error, OSError):
                async with asyncio.timeout(self._settings.connect_seconds):
                    await session.connection.wait_closed()
        finally:
            session.connection.abort()

    async def _connected(self) -> _Session:
        settings, doorman = self._settings, Doorman()
        options = self._options(doorman)
        try:
            with answering(settings.partner):
                async with asyncio.timeout(settings.connect_seconds):
                    connection = await asyncssh.connect(
                        settings.host, settings.port, options=options, config=None
                    )
        except Denied as denied:
            if doorman.offered:
                raise HostKeyChanged(str(denied), doorman.offered) from denied
            raise
        _lighten(connection)
        try:
            with answering(settings.partner, Denied):
                async with asyncio.timeout(settings.answer_seconds):
                    sftp = await connection.start_sftp_client(path_encoding=None)
        except BaseException:
            connection.abort()
            raise
        return _Session(connection, sftp, Channel(settings, sftp))

    def _options(self, doorman: Doorman) -> asyncssh.SSHClientConnectionOptions:
        settings, algorithms = self._settings, self._settings.policy.algorithms
        if not settings.host_keys:
            raise Denied(f"{settings.partner}: no host key is pinned: its fingerprint comes first")
        if settings.is_over:
            raise Denied(f"{settings.partner}: the agreement on old algorithms has ended")
        pins = [asyncssh.import_public_key(line) for line in settings.host_keys]
        return asyncssh.SSHClientConnectionOptions(
            config=None,
            client_factory=lambda: doorman,
            agent_path=None,
            username=settings.username,
            client_keys=[own_identity(settings)],
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
            max_pktsize=_LONGEST_PACKET,
            login_timeout=0,  # the limit is ours, on the whole of the connection
        )


def _lighten(connection: asyncssh.SSHClientConnection) -> None:
    """Send no empty packet before each packet.

    asyncssh puts one there against a weakness of CBC ciphers (RFC 4251, 9.3.1), whatever the cipher; it
    doubles what a request and a block sent cost. With CBC they stay.
    """
    if connection.get_extra_info("send_cipher") not in _WITHOUT_CHAINING:
        return
    send = connection.send_packet

    def send_useful(pkttype: int, *args: bytes, **more: Any) -> None:  # noqa: ANN401 - asyncssh's own
        if pkttype != MSG_IGNORE:
            send(pkttype, *args, **more)

    connection.send_packet = send_useful  # type: ignore[method-assign]
