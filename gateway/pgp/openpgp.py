"""Open what partners send and seal what they receive: the one file that imports gnupg.

Rules, in order:
1. Every operation has its own GNUPGHOME, in a workroom of its own, holding only the keys it needs:
   ours for this purpose and this one partner's. No keyring is ever shared between partners.
2. Its agent is killed at the end, before the room is removed: nothing stays.
3. gpg reads and writes files itself (path to path), binary, uncompressed on the way out, keys always
   by fingerprint; no network, no configuration file, no password prompt, a time limit.
4. What is decrypted is written beside its place and takes its name only when every check of
   `framing` and `acceptance` has passed; on any failure nothing of it remains.

All of this blocks: call it from a thread. python-gnupg's own logger is silenced, because at DEBUG it
repeats the file name that a partner put inside a message.
"""

import hashlib
import io
import logging
import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import gnupg

from gateway.errors import GatewayError, Misconfigured, Refused
from gateway.pgp.acceptance import REFUSED_SIGNATURES, Transcript, check_decryption, check_signature
from gateway.pgp.framing import check_framing, dearmor, is_armored
from gateway.secret import KeyPair, Secret
from gateway.workroom import workroom
from schemas.codes import Code

PATH = "/usr/local/bin:/usr/bin:/bin"
LOG = "log"
QUIET = ("--no-options", "--pinentry-mode", "error", "--no-auto-key-retrieve", "--disable-dirmngr",
         "--no-auto-check-trustdb", "--weak-digest", "SHA1")  # fmt: skip
SECONDS_TO_ANSWER = 60.0  # for what reads no content
SECONDS_AT_LEAST = 120.0
BYTES_PER_SECOND = 2_000_000  # a hundred times slower than measured
UID = re.compile(r"(?P<name>[^<>()\n\r]{5,100}?)(?: <(?P<email>[^<>\s]+@[^<>\s]+)>)?")


@dataclass(frozen=True, slots=True)
class Verified:
    """What came out of a message that passed every check."""

    signer_fingerprint: str
    size: int
    sha256: str


def decrypt(
    source: Path, out: Path, *, own_key: Secret[str], sender_key: str, max_bytes: int
) -> Verified:
    """Open `source` into `out`, a new file of a workroom, or raise `Refused` and leave nothing.

    `sender_key` may hold several public keys of this partner, while it changes from one to another.
    """
    if max_bytes < 1:
        raise ValueError("a limit is needed: gpg takes 0 for none")
    part = out.with_name(f"{out.name}.part")
    try:
        with workroom(need=source.stat().st_size) as room:
            binary = _as_binary(source, room)
            check_framing(binary)
            with _home(room / "g") as gpg:
                own = gpg.add_own(own_key)
                pinned = gpg.add_public(sender_key)
                ask = partial(_run, gpg, binary, part, max_bytes)
                signer = _judge(ask, _key_ids(gpg, own), pinned)
        verified = _measure(part, signer, max_bytes)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return verified


def encrypt(source: Path, out: Path, *, recipient_key: str, signing_key: Secret[str]) -> None:
    """Seal `source` for one recipient, signed by us, into `out`; all or nothing."""
    part = out.with_name(f"{out.name}.part")
    try:
        with workroom() as room, _home(room / "g") as gpg:
            signer, recipient = _one(gpg.add_own(signing_key)), _one(gpg.add_public(recipient_key))
            gpg.give_time_for(source.stat().st_size)
            # No name inside: the literal packet would carry that of our temporary file.
            options = ["--compress-algo", "none", "--cipher-algo", "AES256", "--digest-algo", "SHA256",
                       "--set-filename", "", "--", str(source)]  # fmt: skip
            result = gpg.encrypt_file(io.BytesIO(), [recipient], sign=signer, always_trust=True,
                                      armor=False, output=str(part), extra_args=options)  # fmt: skip
            if result.returncode != 0 or not result.ok:
                raise Misconfigured(
                    f"chiffrement impossible avec la clé {recipient} : expirée, révoquée ou sans sous-clé de chiffrement ?"
                )
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


def generate_key(uid: str, *, lifetime: str = "3y") -> KeyPair:
    """Make a key of ours (Ed25519 to sign, Curve25519 to open), without passphrase: its file is 0600."""
    named = UID.fullmatch(uid)
    if named is None:
        raise ValueError(
            "a uid is a name of five letters or more, then perhaps an address: Nom <a@b>"
        )
    with workroom() as room, _home(room / "g") as gpg:
        lines = ["%no-protection", "Key-Type: eddsa", "Key-Curve: ed25519", "Key-Usage: sign",
                 "Subkey-Type: ecdh", "Subkey-Curve: cv25519", f"Name-Real: {named['name']}",
                 *([f"Name-Email: {named['email']}"] if named["email"] else []),
                 f"Expire-Date: {lifetime}", "%commit", ""]  # fmt: skip
        fingerprint = str(gpg.gen_key("\n".join(lines)))
        if not fingerprint:
            raise GatewayError("gpg made no key")
        public = gpg.export_keys(fingerprint)
        secret = gpg.export_keys(fingerprint, secret=True, expect_passphrase=False)
        return KeyPair(Secret(secret), public, fingerprint)


def fingerprint_of(public: str) -> str:
    """Give the fingerprint of the single key in an armored public file."""
    with workroom() as room, _home(room / "g") as gpg:
        return _one(gpg.add_public(public))


class _Gpg(gnupg.GPG):  # type: ignore[misc]  # python-gnupg is untyped
    """python-gnupg with a time limit, its log apart from its status, and strict imports."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._seconds = SECONDS_TO_ANSWER
        logging.getLogger("gnupg").disabled = True
        super().__init__(gnupghome=str(home), env={"PATH": PATH, "HOME": str(home), "LC_ALL": "C"},
                         options=[*QUIET, "--logger-file", str(home / LOG)])  # fmt: skip

    @property
    def log(self) -> str:
        path = self._home / LOG
        return path.read_text(errors="replace") if path.exists() else ""

    def give_time_for(self, size: int) -> None:
        """Set how long the next runs may last, by the most bytes they may write."""
        self._seconds = SECONDS_AT_LEAST + size / BYTES_PER_SECOND

    def forget_log(self) -> None:
        (self._home / LOG).unlink(missing_ok=True)

    def add_own(self, armored: Secret[str]) -> list[str]:
        """Import a secret key of ours: were it missing, every message would look like somebody else's."""
        result = self.import_keys(armored.reveal())
        if not result.sec_imported:
            raise Misconfigured("notre clé OpenPGP secrète est illisible ou refusée par gpg-agent")
        return list(dict.fromkeys(result.fingerprints))

    def add_public(self, armored: str) -> list[str]:
        """Import what a partner declared, which must hold no private key."""
        if "PRIVATE KEY" in armored:
            raise Misconfigured(
                "ce fichier contient une clé privée : ne gardez que la clé publique"
            )
        found = list(dict.fromkeys(self.import_keys(armored).fingerprints))
        if not found:
            raise Misconfigured("clé OpenPGP publique illisible")
        return found

    def _collect_output(self, process: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - untyped above
        watch = threading.Timer(self._seconds, process.kill)
        watch.start()
        try:
            return super()._collect_output(process, *args, **kwargs)
        finally:
            watch.cancel()


@contextmanager
def _home(home: Path) -> Iterator[_Gpg]:
    home.mkdir(mode=0o700)
    (home / "gpg-agent.conf").write_text("disable-scdaemon\nno-allow-external-cache\n")
    try:
        yield _started(home)
    finally:
        for order in (("--kill", "gpg-agent"), ("--remove-socketdir",)):
            subprocess.run(["gpgconf", "--homedir", str(home), *order], env={"PATH": PATH},
                           check=False, capture_output=True)  # fmt: skip


def _started(home: Path) -> _Gpg:
    try:
        return _Gpg(home)
    except (OSError, ValueError):
        raise Misconfigured("gpg (GnuPG 2.2 ou plus) ne démarre pas sur cette machine") from None


def _as_binary(source: Path, room: Path) -> Path:
    if not is_armored(source):
        return source
    binary = room / "message"
    dearmor(source, binary)
    return binary


def _judge(ask: Callable[..., Transcript], own_key_ids: list[str], pinned: list[str]) -> str:
    said = ask()
    if said.says(*REFUSED_SIGNATURES) and not said.says("GOODMDC", "BADMDC"):
        # gpg stops at a bad signature before it judges integrity: ask again without the signature,
        # to tell an altered message from a refused signature. What comes out is never accepted.
        check_decryption(ask("--skip-verify"), own_key_ids=own_key_ids)
        raise Refused(Code.SIGNATURE_REFUSED)
    check_decryption(said, own_key_ids=own_key_ids)
    return check_signature(said, pinned=pinned)


def _run(gpg: _Gpg, binary: Path, part: Path, max_bytes: int, *options: str) -> Transcript:
    gpg.forget_log()
    gpg.give_time_for(max_bytes)
    # gpg opens the file itself: an empty input costs nothing, a copy through Python would.
    arguments = ["--max-output", str(max_bytes), *options, "--", str(binary)]
    result = gpg.decrypt_file(
        io.BytesIO(), always_trust=True, output=str(part), extra_args=arguments
    )
    return Transcript.of(result.returncode, result.stderr, gpg.log)


def _key_ids(gpg: _Gpg, own: list[str]) -> list[str]:
    subkeys = [sub[0] for key in gpg.list_keys(secret=True) for sub in key["subkeys"]]
    return [*(fingerprint[-16:] for fingerprint in own), *subkeys]


def _measure(part: Path, signer: str, max_bytes: int) -> Verified:
    size = part.stat().st_size
    if size > max_bytes:
        raise Refused(Code.EXPANDS_TOO_MUCH)
    with part.open("rb") as stream:
        return Verified(signer, size, hashlib.file_digest(stream, "sha256").hexdigest())


def _one(fingerprints: list[str]) -> str:
    if len(fingerprints) != 1:
        raise Misconfigured("ce fichier de clé doit contenir une clé et une seule")
    return fingerprints[0]
