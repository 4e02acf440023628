"""A real clamd of one's own: a foreground process, a socket in a short folder, one signature.

It cannot download signatures here: it is given a local one, of the EICAR test file, which is written in
pieces below so that no scanner flags this source. Needs `clamd` (package clamav-daemon).
"""

import getpass
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from gateway.antivirus import Clamd

EICAR: Final = b"".join(
    [rb"X5O!P%@AP[4\PZX54(P^)7CC)7}", b"$EICAR-STANDARD-", b"ANTIVIRUS-TEST-FILE!$H+H*"]
)
VIRUS: Final = "Eicar-Test-Signature.UNOFFICIAL"
STREAM_MAX, FILE_MAX = 3 << 20, 2 << 20
OUTSPOKEN: Final = "AlertExceedsMax yes\nAlertEncrypted yes\n"
_CONFIG: Final = """\
DatabaseDirectory {root}/signatures
LocalSocket {root}/clamd.sock
TCPSocket {port}
TCPAddr 127.0.0.1
TemporaryDirectory {root}
Foreground yes
MaxThreads 2
StreamMaxLength {stream}
MaxFileSize {file}
"""


def _program() -> str | None:
    return shutil.which("clamd", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")


def has_clamd() -> bool:
    return _program() is not None


needs_clamd = pytest.mark.skipif(
    not has_clamd(), reason="clamd is not installed (make setup installs clamav-daemon)"
)


@dataclass
class RealClamd:
    """A clamd that can be killed and started again."""

    root: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> Path:
        return self.root / "clamd.sock"

    def client(self, seconds: float = 20.0) -> Clamd:
        return Clamd(self.socket, seconds)

    def start(self) -> None:
        self.socket.unlink(missing_ok=True)
        command = [str(_program()), "--config-file", str(self.root / "clamd.conf")]
        with (self.root / "said").open("ab") as said:
            self.process = subprocess.Popen(command, stdout=said, stderr=said)
        for _ in range(1000):
            with suppress(OSError), socket.socket(socket.AF_UNIX) as door:
                door.connect(str(self.socket))
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.01)
        raise RuntimeError(f"clamd did not start: {(self.root / 'said').read_text()}")

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None


@contextmanager
def real_clamd(options: str = OUTSPOKEN) -> Iterator[RealClamd]:
    """Run one until left; `options` are lines of clamd.conf."""
    root = Path(tempfile.mkdtemp(prefix="clamd-", dir="/tmp"))
    try:
        (root / "signatures").mkdir()
        known = f"{hashlib.md5(EICAR).hexdigest()}:{len(EICAR)}:Eicar-Test-Signature\n"
        (root / "signatures" / "essai.hdb").write_text(known)
        here = RealClamd(root, _free_port())
        config = _CONFIG.format(root=root, port=here.port, stream=STREAM_MAX, file=FILE_MAX)
        if os.geteuid() == 0:  # or it would become an account that may not enter here
            config += f"User {getpass.getuser()}\n"
        (root / "clamd.conf").write_text(config + options)
        here.start()
        try:
            yield here
        finally:
            here.kill()
    finally:
        shutil.rmtree(root)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
