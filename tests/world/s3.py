"""An S3 server that is not ours (moto), on loopback, for as long as a `with` lasts.

A process of its own, so that it can be killed in the middle of a sentence. It keeps objects in memory.
"""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

REGION = "garage"
_PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Server:
    """A running server and what one may ask it from outside."""

    endpoint: str
    process: subprocess.Popen[bytes]

    def create_bucket(self, name: str) -> None:
        place = f"<LocationConstraint>{REGION}</LocationConstraint>"
        self._ask("PUT", name, f"<CreateBucketConfiguration>{place}</CreateBucketConfiguration>")

    def keys(self, bucket: str) -> list[str]:
        """Every object of a bucket."""
        return _between(self._ask("GET", f"{bucket}?list-type=2"), "<Key>", "</Key>")

    def unfinished(self, bucket: str) -> list[str]:
        """Uploads begun and neither completed nor withdrawn."""
        return _between(self._ask("GET", f"{bucket}?uploads"), "<UploadId>", "</UploadId>")

    def refuse_strangers(self) -> None:
        """From now on, credentials it does not know are refused."""
        self._ask("POST", "moto-api/reset-auth", "0")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def _ask(self, method: str, path: str, body: str | bytes = b"") -> str:
        data = body.encode() if isinstance(body, str) else body
        request = Request(f"{self.endpoint}/{path}", method=method, data=data or None)
        request.add_header("Content-Type", "text/plain")
        with urlopen(request, timeout=10) as answer:
            text: str = answer.read().decode()
        return text


@contextmanager
def s3_server(*, certificate: Sequence[Path] = ()) -> Iterator[Server]:
    """Yield a server; `certificate` (chain, key) makes it speak TLS."""
    port = _free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    for option, path in zip(("-c", "-k"), certificate, strict=False):
        command += [option, str(path)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(process, port)
        yield Server(f"{'https' if certificate else 'http'}://127.0.0.1:{port}", process)
    finally:
        process.kill()
        process.wait()


def write_credentials(folder: Path) -> Path:
    """A credentials file, as an operator would write it; invented each time."""
    path = folder / "store.credentials"
    path.touch(mode=0o600)
    path.write_text("passerelle-essai\nsecret-du-bac-a-sable\n", "utf-8")
    return path


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    limit = time.monotonic() + _PATIENCE
    while time.monotonic() < limit and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("moto did not start")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _between(text: str, start: str, end: str) -> list[str]:
    return [piece.split(end)[0] for piece in text.split(start)[1:]]
