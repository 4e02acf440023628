"""One GNUPGHOME while it lives: the one file that imports gnupg, and the one that starts gpg.

1. No network, no configuration file, no password prompt, a time limit; keys always by fingerprint.
2. Its agent remembers no passphrase, and is killed at the end, before the room is removed.
3. Keys go in by python-gnupg. Messages never pass through Python: gpg reads and writes files itself,
   says its status in one file and its log in another, and only a passphrase goes through a pipe.
4. What gpg writes is counted and hashed while it writes (`Reading`), on the other core.
5. A home made `for_many` keeps our secret keys under 65 536 rounds instead of the 0.3 second that
   gpg-agent takes by default for each use: the room is private and in memory, the key on the disk is
   as it was.

All of this blocks: call it from a thread. python-gnupg's own logger is silenced, because at DEBUG it
repeats the file name that a partner put inside a message.
"""

import hashlib
import itertools
import logging
import os
import select
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gnupg

from gateway.errors import GatewayError, Misconfigured
from gateway.pgp.acceptance import Transcript
from gateway.pgp.listing import KeyFacts, facts_of
from gateway.secret import Secret

PATH = "/usr/local/bin:/usr/bin:/bin"
QUIET = ("--no-options", "--no-auto-key-retrieve", "--disable-dirmngr", "--no-auto-check-trustdb",
         "--weak-digest", "SHA1", "--trust-model", "always")  # fmt: skip
AGENT = "disable-scdaemon\nno-allow-external-cache\ndefault-cache-ttl 0\nmax-cache-ttl 0\n"
FEW_ROUNDS = "s2k-count 65536\n"
SECONDS_TO_ANSWER = 60.0  # for what reads no content
SECONDS_AT_LEAST = 120.0
BYTES_PER_SECOND = 2_000_000  # a hundred times slower than measured
MOST_SAID = 1 << 20  # bytes of status or log: a message may make gpg talk without end
LONGEST_KEY = 1 << 20  # characters of an armored file
BLOCK = 1 << 20
TICK = 5  # milliseconds


def seconds_for(size: int) -> float:
    """How long gpg may take to write `size` bytes."""
    return SECONDS_AT_LEAST + size / BYTES_PER_SECOND


class Reading:
    """Counts and hashes a file while gpg writes it. Made before gpg starts: the file is ours, 0600."""

    def __init__(self, path: Path) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        self._file = os.fdopen(os.open(path, flags, 0o600), "rb", buffering=0)
        self._block = memoryview(bytearray(BLOCK))
        self._hash = hashlib.sha256()
        self.size = 0

    def take(self) -> bool:
        """Read what was written since; True when there may be more already."""
        got = self._file.readinto(self._block) or 0
        self._hash.update(self._block[:got])
        self.size += got
        return got == BLOCK

    def finish(self) -> str:
        """Read to the end; give the SHA-256."""
        while self.take():
            pass
        return self._hash.hexdigest()

    def close(self) -> None:
        """Close the file. Twice is once."""
        self._file.close()


class Home(gnupg.GPG):  # type: ignore[misc]  # python-gnupg is untyped
    """One keyring, its agent, and what runs there. Several threads may `run` at once."""

    def __init__(self, folder: Path, passphrase: Secret[str] | None) -> None:
        self._folder, self._passphrase = folder, passphrase
        self._numbers = itertools.count()
        self._prompt = ("--pinentry-mode", "loopback" if passphrase else "error")
        self._env = {"PATH": PATH, "HOME": str(folder), "LC_ALL": "C"}
        logging.getLogger("gnupg").disabled = True
        super().__init__(gnupghome=str(folder), env=self._env, encoding="latin-1",
                         options=[*QUIET, *self._prompt])  # fmt: skip

    def add_own(self, armored: Secret[str]) -> str:
        """Import a secret key of ours: were it missing, every message would look like somebody else's."""
        result = self.import_keys(armored.reveal())
        if not result.sec_imported:
            raise Misconfigured("notre clé OpenPGP secrète est illisible ou refusée par gpg-agent")
        return only(list(dict.fromkeys(result.fingerprints)))

    def add_public(self, armored: str) -> list[str]:
        """Import what a partner declared, which must hold no private key."""
        if "PRIVATE KEY" in armored:
            raise Misconfigured(
                "ce fichier contient une clé privée : ne gardez que la clé publique"
            )
        if len(armored) > LONGEST_KEY:
            raise Misconfigured("fichier de clé trop gros : exportez la clé seule (export-minimal)")
        result = self.import_keys(armored)
        found = list(dict.fromkeys(result.fingerprints))
        if not found or result.sec_read:
            raise Misconfigured("clé OpenPGP publique illisible")
        return found

    def facts(self, fingerprints: Sequence[str]) -> dict[str, KeyFacts]:
        """What these keys say of themselves, by fingerprint."""
        listed = {key["fingerprint"]: key for key in self.list_keys(keys=list(fingerprints))}
        return {name: facts_of(listed[name]) for name in fingerprints}

    def run(
        self, *arguments: str, seconds: float = SECONDS_TO_ANSWER, reading: Reading | None = None
    ) -> Transcript:
        """Run gpg once. It is killed when it takes longer than `seconds`, or says too much."""
        number = next(self._numbers)
        status, log = self._folder / f"{number}.status", self._folder / f"{number}.log"
        command = ["gpg", "--homedir", str(self._folder), "--batch", "--no-tty", "--yes", *QUIET,
                   *self._prompt, "--status-file", str(status), "--logger-file", str(log)]  # fmt: skip
        try:
            process = self._start(command, arguments)
            _wait(process, time.monotonic() + seconds, (status, log), reading)
            return Transcript.of(process.returncode, _said(status), _said(log))
        finally:
            status.unlink(missing_ok=True)
            log.unlink(missing_ok=True)

    def _start(self, command: Sequence[str], arguments: Sequence[str]) -> "subprocess.Popen[bytes]":
        given: list[str] = []
        passing: tuple[int, ...] = ()
        if self._passphrase is not None:
            out, into = os.pipe()
            os.write(into, self._passphrase.reveal().encode() + b"\n")
            os.close(into)
            given, passing = ["--passphrase-fd", str(out)], (out,)
        try:
            return subprocess.Popen(
                [*command, *given, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=self._env,
                pass_fds=passing,
            )
        except OSError as error:
            raise GatewayError("gpg could not be started") from error
        finally:
            for descriptor in passing:
                os.close(descriptor)

    def _collect_output(self, process: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - untyped above
        watch = threading.Timer(SECONDS_TO_ANSWER, process.kill)
        watch.start()
        try:
            return super()._collect_output(process, *args, **kwargs)
        finally:
            watch.cancel()


@contextmanager
def open_home(
    room: Path, *, passphrase: Secret[str] | None = None, for_many: bool = False
) -> Iterator[Home]:
    """Make a home in a room, kill its agent at the end. The room's owner removes it."""
    folder = room / "g"
    folder.mkdir(mode=0o700)
    (folder / "gpg-agent.conf").write_text(AGENT + (FEW_ROUNDS if for_many else ""))
    try:
        yield _started(folder, passphrase)
    finally:
        for order in (("--kill", "gpg-agent"), ("--remove-socketdir",)):
            subprocess.run(["gpgconf", "--homedir", str(folder), *order], env={"PATH": PATH},
                           check=False, capture_output=True)  # fmt: skip


def only(fingerprints: Sequence[str]) -> str:
    """The one key of a file. Raises `Misconfigured`."""
    if len(fingerprints) != 1:
        raise Misconfigured("ce fichier de clé doit contenir une clé et une seule")
    return fingerprints[0]


def _started(folder: Path, passphrase: Secret[str] | None) -> Home:
    try:
        return Home(folder, passphrase)
    except (OSError, ValueError):
        raise Misconfigured("gpg (GnuPG 2.2 ou plus) ne démarre pas sur cette machine") from None


def _wait(
    process: "subprocess.Popen[bytes]",
    end: float,
    said: Sequence[Path],
    reading: Reading | None,
) -> None:
    """Until gpg ends. A handle on the process wakes us at once: a small message takes milliseconds."""
    ended = select.poll()
    handle = os.pidfd_open(process.pid)
    try:
        ended.register(handle, select.POLLIN)
        more = False
        while not ended.poll(0 if more else TICK):
            more = reading.take() if reading is not None else False
            if time.monotonic() > end or any(map(_is_endless, said)):
                process.kill()
        process.wait()
    finally:
        os.close(handle)


def _is_endless(path: Path) -> bool:
    return path.exists() and path.stat().st_size > MOST_SAID


def _said(path: Path) -> str:
    return path.read_text("utf-8", errors="replace") if path.exists() else ""
