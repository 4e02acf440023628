"""clamd, spoken to by INSTREAM (clamd(8)): what it says of a file, or a refusal to believe it.

1. `zINSTREAM`, then chunks (4 bytes of length, big-endian, and as many bytes), then a length of 0: the
   file is handed over by bytes, never by a path or a name.
2. Believed is one whole answer in exactly clamd's form, that came after the whole file, with nothing
   behind it, within the time given. Anything else is no answer: the file waits.
3. A file it did not read whole (its limits, an encrypted archive) is no clean file. By default clamd
   calls such a file clean: before it is believed it must show that it says so (`unsaid`), once an hour.
4. Blocking: called from the thread that treats a delivery.
"""

import gzip
import io
import re
import secrets
import select
import socket
import struct
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

from gateway.errors import Refused, Unavailable
from schemas.codes import Code

CHUNK: Final = 1 << 20
LONGEST_ANSWER: Final = 1024
QUICK: Final = 10.0  # seconds for what takes it no time
BELIEVED: Final = 3600.0  # seconds for which what `unsaid` found holds
DEEP: Final = 120  # archives in archives: past the deepest MaxRecursion that clamd takes (100)

_CLEAN: Final = b"stream: OK"
_FOUND: Final = re.compile(rb"stream: ([^\x00-\x1f]{1,300}) FOUND")
_TOO_LONG: Final = b"INSTREAM size limit exceeded. ERROR"
_VERSION: Final = re.compile(r"(ClamAV [0-9A-Za-z.+~-]{1,40}(?:/[0-9]{1,9})?)(?:/([ -~]{10,40}))?")
_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,80}")
_PARTLY: Final = ("Heuristics.Limits.Exceeded", "Heuristics.Encrypted")

SILENT: Final = "l'antivirus ne répond pas : vérifiez que clamd tourne, et [antivirus] clamd"
ASTRAY: Final = "l'antivirus répond hors de son protocole : est-ce bien clamd ?"


@dataclass(frozen=True, slots=True)
class Version:
    """What scans. `name` is ClamAV's own: software, and the number of its signatures when it has one."""

    name: str
    signed_at: datetime | None


@dataclass(slots=True)
class Clamd:
    """One clamd: the path of its socket or (host, port), and the seconds it may take for one file."""

    address: Path | tuple[str, int]
    seconds: float
    _believed_until: float = 0.0

    def scan(self, body: BinaryIO) -> str:
        """Have a file scanned, and give what scanned it. Raises `Refused`, `Unavailable`."""
        self._check_outspoken()
        name = self.version().name
        said, whole = self._stream(body)
        if said == _TOO_LONG:
            raise Refused(Code.NOT_SCANNED_WHOLE, "StreamMaxLength")
        if not whole:
            raise Unavailable(ASTRAY)
        virus = _virus(said)
        if virus.startswith(_PARTLY):
            raise Refused(Code.NOT_SCANNED_WHOLE, _shown(virus))
        if virus:
            raise Refused(Code.INFECTED, _shown(virus))
        return name

    def ping(self) -> None:
        """Raises `Unavailable` unless it answers."""
        if self._ask(b"zPING\0") != b"PONG":
            raise Unavailable(ASTRAY)

    def version(self) -> Version:
        """What it is, and when its signatures were made. Raises `Unavailable`."""
        said = self._ask(b"zVERSION\0").decode("ascii", "replace")
        found = _VERSION.fullmatch(said)
        if found is None:
            raise Unavailable(ASTRAY)
        return Version(found[1], _moment(found[2]))

    def unsaid(self) -> list[str]:
        """The options of clamd.conf without which it calls clean what it did not read whole.

        Asked with two small files of our own, new each time: clamd remembers what it found clean, and
        goes no deeper there.
        """
        probes = {"AlertExceedsMax": _deep(), "AlertEncrypted": _locked()}
        said = {option: self._stream(io.BytesIO(body))[0] for option, body in probes.items()}
        return [option for option, answer in said.items() if not _virus(answer).startswith(_PARTLY)]

    def _check_outspoken(self) -> None:
        if time.monotonic() < self._believed_until:
            return
        if options := self.unsaid():
            raise Unavailable(
                "l'antivirus dit sain ce qu'il n'a pas lu en entier : écrivez "
                f"{' et '.join(f'« {option} yes »' for option in options)} dans clamd.conf"
            )
        self._believed_until = time.monotonic() + BELIEVED

    def _ask(self, command: bytes) -> bytes:
        with self._line(min(QUICK, self.seconds)) as line:
            line.send(command)
            return line.answer()

    def _stream(self, body: BinaryIO) -> tuple[bytes, bool]:
        """The answer to a file, and whether it came after the whole of it."""
        with self._line(self.seconds) as line:
            line.send(b"zINSTREAM\0")
            whole = line.pour(body)
            return line.answer(), whole

    @contextmanager
    def _line(self, seconds: float) -> Iterator["_Line"]:
        """One conversation of so many seconds at most: clamd closes it after its answer."""
        local = isinstance(self.address, Path)
        where = str(self.address) if isinstance(self.address, Path) else self.address
        try:
            with socket.socket(socket.AF_UNIX if local else socket.AF_INET) as spoken:
                line = _Line(spoken, time.monotonic() + seconds)
                line.call(where)
                yield line
        except OSError:
            raise Unavailable(SILENT) from None


@dataclass(frozen=True, slots=True)
class _Line:
    """A conversation that ends at `limit` (monotonic seconds). Every method raises OSError."""

    spoken: socket.socket
    limit: float

    def call(self, where: str | tuple[str, int]) -> None:
        self._hurry()
        self.spoken.connect(where)

    def send(self, words: bytes) -> None:
        self._hurry()
        self.spoken.sendall(words)

    def pour(self, body: BinaryIO) -> bool:
        """Send a file and its end; False when it answered or hung up meanwhile."""
        try:
            while chunk := body.read(CHUNK):
                if self._spoke():
                    return False
                self.send(struct.pack(">I", len(chunk)))
                self.send(chunk)
            if self._spoke():
                return False
            self.send(struct.pack(">I", 0))
        except ConnectionError:
            return False  # what it said before may still be read
        return True

    def answer(self) -> bytes:
        """Its one answer, ended by NUL, and then nothing more. Raises `Unavailable` if it is not so."""
        said = b""
        while len(said) <= LONGEST_ANSWER and (more := self._heard(said)):
            said += more
        answer, _, rest = said.partition(b"\0")
        if not said:
            raise Unavailable(SILENT)
        if rest or not said.endswith(b"\0"):
            raise Unavailable(ASTRAY)
        return answer

    def _heard(self, before: bytes) -> bytes:
        self._hurry()
        try:
            return self.spoken.recv(LONGEST_ANSWER)
        except ConnectionError:
            # It hung up on what it had not read: only its refusal to read more is then believed.
            if before != _TOO_LONG + b"\0":
                raise
            return b""

    def _spoke(self) -> bool:
        watched = select.poll()
        watched.register(self.spoken, select.POLLIN)
        return bool(watched.poll(0))

    def _hurry(self) -> None:
        left = self.limit - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.spoken.settimeout(left)


def _virus(said: bytes) -> str:
    """The name of what was found, empty when clean. Raises `Unavailable` for any other answer."""
    found = _FOUND.fullmatch(said)
    if found is None and said != _CLEAN:
        raise Unavailable(ASTRAY)
    return found[1].decode("ascii", "replace") if found else ""


def _shown(virus: str) -> str:
    # The name comes from a signature, and some engines put there what the file says of itself.
    return virus if _NAME.fullmatch(virus) else ""


def _moment(written: str | None) -> datetime | None:
    try:  # as ctime(3) writes it; the zone is not written, a day is all that is asked of it
        return datetime.strptime(written or "", "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC)
    except ValueError:
        return None


def _deep() -> bytes:
    """An archive in an archive, deeper than clamd goes: 3 kB, and nobody can have had a part of it read."""
    body = secrets.token_bytes(8)
    for _ in range(DEEP):
        body = gzip.compress(body, mtime=0)
    return body


def _locked() -> bytes:
    """An archive whose one file says it is encrypted (PKWARE APPNOTE 4.4.4, bit 0)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a", secrets.token_hex(16))
    body = bytearray(out.getvalue())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        body[body.index(signature) + flags] |= 1
    return bytes(body)
