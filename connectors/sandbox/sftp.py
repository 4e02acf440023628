"""An SFTP partner on loopback: the drop protocol as a real partner keeps it.

1. One server, one account and one root folder per partner; an account sees nothing above its root.
2. Keys only, each account its own; no password, shell, command, forwarding or SCP.
3. Host and client keys live under `root`, so a pin survives a restart. Everything there is throw-away.
"""

import os
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import asyncssh

from connectors.contract import Piece
from connectors.depot import is_component
from connectors.folder import FolderOutlet
from connectors.sftp_settings import RGS, SftpSettings

_FOLDERS: Final = ("depot", "archive", "ack", "retrait", "test", "retour")
_PRIVATE: Final = 0o600
_LOOPBACK: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class PartnerAccess:
    """All that a client needs to enter as one partner."""

    partner: str
    host: str
    port: int
    username: str
    client_key_path: Path
    host_key: str

    def settings(self) -> SftpSettings:
        """Make the settings of a connector to this partner: only whole files appear here, so nothing to wait for."""
        return SftpSettings(
            partner=self.partner,
            host=self.host,
            port=self.port,
            username=self.username,
            client_key_path=self.client_key_path,
            host_keys=(self.host_key,),
            stable_seconds=0,
        )


class SftpSandbox:
    """The server. `async with SftpSandbox(root) as sandbox: access = sandbox.add_partner("cnaf")`."""

    def __init__(self, root: Path, *, port: int = 0) -> None:
        self._root, self._port = root, port
        self._acceptor: asyncssh.SSHAcceptor | None = None
        self._live: set[asyncssh.SSHServerConnection] = set()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    @property
    def port(self) -> int:
        """Port listened on; the sandbox must be started. A restart keeps it."""
        if self._acceptor is None:
            raise RuntimeError("the sandbox is not started")
        return self._port

    async def start(self) -> None:
        """Listen."""
        self._acceptor = await asyncssh.listen(
            _LOOPBACK,
            self._port,
            config=None,
            server_factory=lambda: _Account(self._root, self._live),
            sftp_factory=self._files,
            server_host_keys=[_kept_key(self._root / "keys" / "host")],
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
            agent_forwarding=False,
            allow_pty=False,
            line_editor=False,
            allow_scp=False,
            rdns_lookup=False,
        )
        self._port = self._acceptor.get_port()

    def cut(self) -> None:
        """Stop answering at once, in the middle of whatever goes on. Twice is once."""
        if self._acceptor is not None:
            self._acceptor.close()
        for connection in list(self._live):
            connection.abort()

    async def stop(self) -> None:
        """Stop listening, drop whoever is connected, and wait until they are gone."""
        dropped = list(self._live)
        self.cut()
        for connection in dropped:
            await connection.wait_closed()
        if self._acceptor is not None:
            await self._acceptor.wait_closed()
            self._acceptor = None

    def add_partner(self, name: str) -> PartnerAccess:
        """Open an account, or find it as it was. Adding twice is adding once."""
        if not is_component(name.encode()) or not name.isidentifier():
            raise ValueError("a sandbox partner is named with letters, digits and underscores")
        for folder in _FOLDERS:
            (self._root / "partners" / name / folder).mkdir(parents=True, exist_ok=True)
        key_path = self._root / "keys" / f"client_{name}"
        _public_line(_kept_key(key_path), key_path.with_suffix(".pub"))
        return PartnerAccess(
            partner=name,
            host=_LOOPBACK,
            port=self.port,
            username=name,
            client_key_path=key_path,
            host_key=_line(_kept_key(self._root / "keys" / "host")),
        )

    async def deposit(self, partner: str, name: str, body: bytes) -> None:
        """Leave a delivery, whole at once. Nothing is done if that name waits or was archived."""
        home = self._root / "partners" / partner
        if not (home / "depot" / name).exists() and not (home / "archive" / name).exists():
            await FolderOutlet(home / "depot", partner).deliver([Piece(name, BytesIO(body))], "")

    def folder(self, partner: str, name: str) -> Path:
        """One of the folders of a partner, as they stand on our disk."""
        return self._root / "partners" / partner / name

    def _files(self, channel: asyncssh.SSHServerChannel[bytes]) -> asyncssh.SFTPServer:
        home = self._root / "partners" / channel.get_extra_info("username")
        return asyncssh.SFTPServer(channel, chroot=os.fsencode(home))


class _Account(asyncssh.SSHServer):
    """Lets in whoever holds the key of an account, and nobody else."""

    def __init__(self, root: Path, live: set[asyncssh.SSHServerConnection]) -> None:
        self._root, self._live = root, live
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._live.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncssh's signature
        if self._connection is not None:
            self._live.discard(self._connection)

    def begin_auth(self, username: str) -> bool:
        known = self._root / "keys" / f"client_{username}.pub"
        if self._connection is not None and username.isidentifier() and known.is_file():
            self._connection.set_authorized_keys(str(known))
        return True


def _kept_key(path: Path) -> asyncssh.SSHKey:
    """Read the key at `path`, made the first time and only readable by us."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        content = asyncssh.generate_private_key("ssh-ed25519").export_private_key()
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
    return asyncssh.read_private_key(path)


def _line(key: asyncssh.SSHKey) -> str:
    return " ".join(key.export_public_key().decode().split()[:2])


def _public_line(key: asyncssh.SSHKey, path: Path) -> None:
    path.write_text(_line(key) + "\n")
