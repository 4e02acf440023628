"""What opens and signs: one folder of keys, with manners.

Rules, in order:
1. The folder is 0700 and every private file 0600, and ours; laxer is refused with the command to type.
2. Each purpose has its own keys: a key that leaks opens one drawer.
3. A key is read when it is asked for, never before: a node that only collects holds public files only.
4. `create` makes what is missing and keeps what exists. Each file is written aside, flushed and
   renamed; a public half lands before its private half, so a private file found alone never happens
   and a killed `create` is mended by the next one.
5. Nothing here prints a key. `fingerprints` lists what operators may compare aloud.

How a key is made is known to the file that owns its library; `Makers` brings them in.
"""

import fcntl
import hashlib
import hmac
import os
import secrets
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path

from gateway.errors import Misconfigured
from gateway.secret import KeyPair, Secret, check_random_key

MASTER = "pseudonym.key"
LEDGER = "ledger.key"
WEBHOOKS = "webhooks.key"
MASTER_SIZE = 32
CMS = "cms-reception"
TOKENS = "api-tokens"
LOCKED = ".pass"


class Drawer(StrEnum):
    """What is sealed at rest, each with its own age key."""

    RECEPTION = "reception"
    JOURNEYS = "journeys"
    IDENTITY = "identity"
    RELEASES = "releases"


class Use(StrEnum):
    """What our OpenPGP keys are for: one opens what partners send, one signs what they receive."""

    RECEPTION = "reception"
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class Makers:
    """How keys are made: `vault.generate_identity`, `pgp.generate_key`, `cms.generate_certificate`, the ledger's own."""

    age: Callable[[], KeyPair]
    openpgp: Callable[[str, Secret[str] | None], KeyPair]
    ledger: Callable[[], KeyPair]
    cms: Callable[[str], KeyPair] | None = None  # made only when asked for
    tokens: Callable[[], KeyPair] | None = None


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """One line an operator may read aloud."""

    file: str
    kind: str
    value: str


class Keyring:
    """Reads one folder. Every method raises `Misconfigured`, in French, when a file must be repaired."""

    def __init__(self, folder: Path, credentials: Path | None = None) -> None:
        self._folder, self._credentials = folder, credentials

    def check(self) -> None:
        """Refuse lax permissions on whatever is there; call at start-up."""
        _check_folder(self._folder)
        for path in sorted((*self._folder.glob("*.key"), *self._folder.glob(f"*{LOCKED}"))):
            _check_private(path)
        if (self._folder / MASTER).exists():
            self.pseudonym_master()

    def age_recipient(self, drawer: Drawer) -> str:
        """Give the public key that seals into a drawer."""
        return _read(self._folder / f"age-{drawer}.pub").decode().strip()

    def age_identity(self, drawer: Drawer) -> Secret[str]:
        """Give the private key that opens a drawer."""
        return self._text(f"age-{drawer}.key")

    def pseudonym_master(self) -> Secret[bytes]:
        """Give the 32 bytes from which every pseudonym key is derived: systemd's, else the folder's."""
        given = self.credential(MASTER)
        key = self._private(MASTER) if given is None else given
        try:
            check_random_key(key, size=MASTER_SIZE)
        except ValueError:
            raise Misconfigured(
                f"{MASTER} doit contenir {MASTER_SIZE} octets tirés au hasard"
            ) from None
        return Secret(key)

    def ledger_key(self) -> Path:
        """Where the signing key of the ledger is, once its permissions are checked."""
        self._private(LEDGER)
        return self._folder / LEDGER

    def api_key(self) -> Secret[str]:
        """What signs the tokens of the API, in PEM."""
        return self._text(f"{TOKENS}.key")

    def webhook_secret(self, webhook: str) -> Secret[str]:
        """What signs the posts of one webhook: derived from its id, so that nobody has to keep it."""
        key = self._private(WEBHOOKS)
        try:
            check_random_key(key, size=MASTER_SIZE)
        except ValueError:
            raise Misconfigured(
                f"{WEBHOOKS} doit contenir {MASTER_SIZE} octets tirés au hasard"
            ) from None
        return Secret(hmac.new(key, f"passerelle/webhook/{webhook}".encode(), "sha256").hexdigest())

    def openpgp(self, use: Use) -> Secret[str]:
        """Our secret OpenPGP key for this use, armored."""
        return self._text(f"openpgp-{use}.key")

    def openpgp_passphrase(self, use: Use) -> Secret[str] | None:
        """What opens that key: `openpgp-<use>.pass`, given by systemd or beside the key; None for none."""
        name = f"openpgp-{use}{LOCKED}"
        given = self.credential(name)
        if given is not None:
            return _phrase(name, given)
        if not (self._folder / name).exists():
            return None
        return _phrase(name, self._private(name))

    def openpgp_archive(self) -> str:
        """The public key of ours that may reopen what we sent; its private half is not kept here."""
        return _read(self._folder / "openpgp-archive.asc").decode()

    def openpgp_public(self, use: Use) -> str:
        """Give the public key that partners receive from us."""
        return _read(self._folder / f"openpgp-{use}.asc").decode()

    def cms_key(self) -> Secret[str]:
        """Our secret key for what partners send in CMS, in PEM."""
        return self._text(f"{CMS}.key")

    @property
    def has_cms(self) -> bool:
        """Whether we have a certificate for what partners send in CMS."""
        return (self._folder / f"{CMS}.crt").exists()

    def cms_certificate(self) -> str:
        """Give the certificate, in PEM, that partners encrypt for in CMS."""
        return _read(self._folder / f"{CMS}.crt").decode()

    def cms_passphrase(self) -> Secret[str] | None:
        """What unlocks that key, when a file beside it (or a link to a mounted secret) says so."""
        return self._text(f"{CMS}.pass") if (self._folder / f"{CMS}.pass").exists() else None

    def fingerprints(self, fingerprint_of: Callable[[str], str]) -> Iterator[Fingerprint]:
        """List each of our public keys by its fingerprint; `fingerprint_of` is `pgp.fingerprint_of`."""
        for path in sorted(self._folder.glob("age-*.pub")):
            yield Fingerprint(path.name, "age", _read(path).decode().strip())
        for path in sorted(self._folder.glob("openpgp-*.asc")):
            yield Fingerprint(path.name, "openpgp", fingerprint_of(_read(path).decode()))
        for path in sorted(self._folder.glob(f"{CMS}.crt")):
            yield Fingerprint(path.name, "cms", _certificate_digest(path))
        for path in sorted(self._folder.glob("ledger*.pub")):
            yield Fingerprint(path.name, "ledger", _read(path).decode().strip())

    def credential(self, name: str) -> bytes | None:
        """What systemd gives under this name (LoadCredential=); None when it gives nothing."""
        given = self._credentials / name if self._credentials is not None else None
        if given is None or not given.exists():
            return None
        if given.stat().st_mode & 0o037:  # systemd's own mode is 0400, or 0440 with an ACL
            raise Misconfigured(f"secret de systemd lisible par d'autres : {given}")
        return _read(given)

    def _text(self, name: str) -> Secret[str]:
        return Secret(self._private(name).decode().strip())

    def _private(self, name: str) -> bytes:
        _check_folder(self._folder)
        path = self._folder / name
        _check_private(path)
        return _read(path)


def create(folder: Path, makers: Makers, *, uid: str, master: bool = True) -> Keyring:
    """Make our own missing keys; `uid` names us in the OpenPGP ones. May be called again at any time.

    `master`: also the file of the pseudonyms' master, where no shares and no token hold it.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _check_folder(folder)
    with _alone_in(folder):
        _make_missing(folder, makers, uid)
        if master and not (folder / MASTER).exists():
            write_private(folder / MASTER, secrets.token_bytes(MASTER_SIZE))
        if not (folder / WEBHOOKS).exists():
            write_private(folder / WEBHOOKS, secrets.token_bytes(MASTER_SIZE))
    keyring = Keyring(folder)
    keyring.check()
    return keyring


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(
            descriptor, fcntl.LOCK_EX
        )  # two creations at once would mix the halves of two pairs
        yield
    finally:
        os.close(descriptor)


def _make_missing(folder: Path, makers: Makers, uid: str) -> None:
    for leftover in folder.glob(".*.new"):  # a create that was killed
        leftover.unlink(missing_ok=True)
    for drawer in Drawer:
        _pair(folder, f"age-{drawer}", ".pub", makers.age)
    for use in Use:
        phrase = Keyring(folder).openpgp_passphrase(use)
        _pair(folder, f"openpgp-{use}", ".asc", partial(makers.openpgp, uid, phrase))
    _pair(folder, "ledger", ".pub", makers.ledger)
    if makers.tokens:
        _pair(folder, TOKENS, ".pub", makers.tokens)
    if make_cms := makers.cms:
        _pair(folder, CMS, ".crt", lambda: make_cms(uid))


def _pair(folder: Path, name: str, suffix: str, make: Callable[[], KeyPair]) -> None:
    if (folder / f"{name}.key").exists():
        return
    pair = make()
    _write(folder / f"{name}{suffix}", pair.public.encode(), mode=0o644)
    _write(folder / f"{name}.key", pair.secret.reveal().encode(), mode=0o600)


def _phrase(name: str, content: bytes) -> Secret[str]:
    try:
        words = content.decode().strip()
    except UnicodeDecodeError:
        words = ""
    if not words or not words.isprintable():
        raise Misconfigured(f"{name} doit contenir une phrase de passe, sur une seule ligne")
    return Secret(words)


def write_private(path: Path, content: bytes) -> None:
    """A private file, whole or absent."""
    _write(path, content, mode=0o600)


def read_private(path: Path) -> bytes:
    """A private file that stands anywhere. Raises `Misconfigured` when it is absent, or open to others."""
    _check_private(path)
    try:
        return path.read_bytes()
    except OSError:
        raise Misconfigured(f"fichier absent ou illisible : {path}") from None


def _write(path: Path, content: bytes, *, mode: int) -> None:
    aside = path.with_name(f".{path.name}.new")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise Misconfigured(
            f"clé absente : {path} (créez les nôtres avec `passerelle key create`)"
        ) from None


def _certificate_digest(path: Path) -> str:
    try:
        der = ssl.PEM_cert_to_DER_cert(_read(path).decode())
    except ValueError:
        raise Misconfigured(f"certificat illisible : {path.name}") from None
    return hashlib.sha256(der).hexdigest()


def _check_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise Misconfigured(f"dossier de clés absent : {folder}")
    if folder.stat().st_mode & 0o077:
        raise Misconfigured(f"dossier de clés lisible par d'autres : chmod 700 {folder}")


def _check_private(path: Path) -> None:
    if path.exists() and path.stat().st_mode & 0o177:
        raise Misconfigured(f"clé privée lisible par d'autres : chmod 600 {path}")
