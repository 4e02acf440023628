"""A real OpenSSH server on loopback, for one account: whoever runs the tests, by key, SFTP only.

Everything lives under one folder: keys are made there and thrown away with it. Needs `sshd` and
`ssh-keygen` (package openssh-server); their absence is said, never skipped over in silence.
"""

import getpass
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from typing import Final

_CONFIG: Final = """\
{more}
ListenAddress 127.0.0.1
Port {port}
HostKey {root}/host
PidFile none
AuthorizedKeysFile {root}/client.pub
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
AllowTcpForwarding no
PermitTTY no
MaxStartups 50
Subsystem sftp internal-sftp
ForceCommand internal-sftp -d {home}
"""

PORTS: Final = 5  # tried, when others take them first


@dataclass(frozen=True)
class Sshd:
    """A running server and what a client needs to enter."""

    port: int
    username: str
    client_key_path: Path
    host_key: str
    pid: int

    def cut(self) -> None:
        """Kill the server and every session it opened."""
        for pid in [self.pid, *_descendants(self.pid)]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@contextmanager
def openssh_server(
    root: Path, home: Path, *, more: str = "", kind: str = "ed25519"
) -> Iterator[Sshd]:
    """Serve `home`, where the account lands; keys of that kind and settings go under `root`.

    `more`: lines of settings that win over ours.
    """
    program = which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin:/bin")
    if program is None or which("ssh-keygen") is None:
        raise RuntimeError("these tests need OpenSSH: install openssh-server")
    if os.geteuid() == 0:  # run by root, sshd insists on this folder of its package
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    root.mkdir(parents=True)
    host_key = made_key(root / "host", kind)
    made_key(root / "client", kind)
    for _ in range(PORTS):
        with _serving(program, root, home, more, host_key) as server:
            if server is None:  # somebody took the port in between: another one
                continue
            yield server
            return
    raise RuntimeError(f"sshd did not start: {(root / 'log').read_text()}")


@contextmanager
def _serving(
    program: str, root: Path, home: Path, more: str, host_key: str
) -> Iterator[Sshd | None]:
    port, config, said = _free_port(), root / "sshd_config", root / "log"
    config.write_text(_CONFIG.format(more=more, port=port, root=root, home=home))
    with (
        said.open("wb") as log,
        subprocess.Popen([program, "-D", "-e", "-f", str(config)], stderr=log) as process,
    ):
        server = Sshd(port, getpass.getuser(), root / "client", host_key, process.pid)
        try:
            yield server if _listens(process, port, said) else None
        finally:
            server.cut()


def made_key(path: Path, kind: str = "ed25519") -> str:
    """Make a private key at `path` and give its public line."""
    command = ["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "", "-f", str(path)]
    subprocess.run(command, check=True)
    return path.with_suffix(".pub").read_text().strip()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _listens(process: subprocess.Popen[bytes], port: int, log: Path) -> bool:
    """Believe its own word: another server may answer at a port that was free a moment ago."""
    for _ in range(500):
        if f"Server listening on 127.0.0.1 port {port}." in log.read_text():
            return True
        if process.poll() is not None:
            return False
        time.sleep(0.01)
    return False


def _descendants(pid: int) -> list[int]:
    """Sessions are children of the daemon, and privilege separation gives them children too."""
    found = []
    with suppress(OSError):
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        found = [int(child) for child in children]
    return found + [deeper for child in found for deeper in _descendants(child)]
