"""Partners with real OpenPGP keys, who can lie in exactly one way at a time.

A `Partner` is a GnuPG home of its own, driven by the gpg command and not by our code: what it makes is
what partners' systems make. Lies that gpg refuses to tell are made by surgery on the packets.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway import pgp
from gateway.errors import Refused
from gateway.secret import Secret
from schemas.codes import Code

CLEAR = "nom;prénom;téléphone\n".encode("latin-1") + b"DUPONT-TEST;ANNE;\n" * 400
LIMIT = 1_000_000
# One desk for all the clerks of these tests: opened again where keys or terms differ.
DESKS = pgp.Desks()
YEAR_2020 = "20200101T000000!"


class Partner:
    """An organisation with one key pair. Close it, or use `partners`."""

    def __init__(
        self, name: str, *, expires: str = "0", born: str = "", algorithm: str = "future-default"
    ) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="pw-", dir="/tmp"))
        self.home.joinpath("gpg.conf").write_text(
            "no-tty\nbatch\nquiet\ntrust-model always\nno-auto-check-trustdb\n"
        )
        when = ["--faked-system-time", born] if born else []
        uid = f"{name} <{name.lower()}@example.invalid>"
        self.gpg(*when, "--passphrase", "", "--quick-gen-key", uid, algorithm, "default", expires)
        listed = self.gpg("--with-colons", "--list-keys").decode()
        self.fingerprint = next(
            line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr")
        )

    def gpg(self, *arguments: str, stdin: bytes = b"") -> bytes:
        done = subprocess.run(
            ["gpg", "--homedir", str(self.home), *arguments],
            input=stdin,
            capture_output=True,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(done.stderr.decode(errors="replace"))
        return done.stdout

    @property
    def public(self) -> str:
        return self.gpg("--armor", "--export", self.fingerprint).decode()

    @property
    def secret(self) -> str:
        return self.gpg("--armor", "--export-secret-keys", self.fingerprint).decode()

    def knows(self, *others: "Partner") -> None:
        for other in others:
            self.gpg("--import", stdin=other.public.encode())

    def seals(self, content: bytes, to: "Partner", *options: str) -> bytes:
        """Encrypt and sign with gpg's defaults, as most partners do."""
        return self.gpg(
            *options, "--recipient", to.fingerprint, "--sign", "--encrypt", stdin=content
        )

    def encrypts(self, content: bytes, to: "Partner", *options: str) -> bytes:
        """Encrypt and forget to sign."""
        return self.gpg(*options, "--recipient", to.fingerprint, "--encrypt", stdin=content)

    def signs(self, content: bytes, *options: str) -> bytes:
        """Sign and forget to encrypt."""
        return self.gpg(*options, "--compress-algo", "none", "--sign", stdin=content)

    def wraps(self, packets: bytes, to: "Partner") -> bytes:
        """Encrypt hand-made packets as they are."""
        return self.encrypts(packets, to, "--no-literal", "--compress-algo", "none")

    def revokes(self) -> None:
        """Revoke the key, with the certificate that gpg made at its birth."""
        certificate = self.home / "openpgp-revocs.d" / f"{self.fingerprint}.rev"
        self.gpg("--import", stdin=certificate.read_bytes().replace(b":-----BEGIN", b"-----BEGIN"))

    def close(self) -> None:
        subprocess.run(["gpgconf", "--homedir", str(self.home), "--kill", "all"], check=False)
        shutil.rmtree(self.home, ignore_errors=True)


@contextmanager
def partners(*names: str) -> Iterator[list[Partner]]:
    """Partners who all know each other's public key."""
    made = [Partner(name) for name in names]
    try:
        for one in made:
            one.knows(*(other for other in made if other is not one))
        yield made
    finally:
        for one in made:
            one.close()


class Clerk:
    """Who opens one delivery, and looks at what is left of it afterwards."""

    def __init__(self, room: Path, own_key: Secret[str], sender_key: str, **terms: Any) -> None:
        self.room, self.own_key, self.sender_key = room, own_key, sender_key
        self.out, self.policy = room / "clear", pgp.Policy(**terms)

    def opens(self, message: bytes, *, limit: int = LIMIT) -> bytes:
        source = self.room / "sealed"
        source.write_bytes(message)
        keys = pgp.Keys("clerk", self.own_key, self.sender_key, policy=self.policy)
        with DESKS.at(keys) as desk:
            self.verified = desk.decrypt(source, self.out, max_bytes=limit)
        return self.out.read_bytes()

    def refuses(self, message: bytes, *, limit: int = LIMIT) -> Code:
        with pytest.raises(Refused) as refusal:
            self.opens(message, limit=limit)
        left = {path.name for path in self.room.iterdir()} - {".alive", "sealed"}
        assert left == set(), "clear text was left behind"
        return refusal.value.code


def packet(tag: int, body: bytes) -> bytes:
    """One packet in the new format, with a five-byte length."""
    return bytes((0xC0 | tag, 0xFF)) + len(body).to_bytes(4, "big") + body


def partial_packet(tag: int, body: bytes) -> bytes:
    """Write one packet as streaming software does: in pieces of 512 bytes, then the rest."""
    pieces = [body[at : at + 512] for at in range(0, len(body) - 511, 512)]
    rest = body[512 * len(pieces) :]
    last = (
        bytes((len(rest),))
        if len(rest) < 192
        else bytes((((len(rest) - 192) >> 8) + 192, (len(rest) - 192) & 0xFF))
    )
    return bytes((0xC0 | tag,)) + b"".join(b"\xe9" + piece for piece in pieces) + last + rest


def literal(content: bytes) -> bytes:
    """A literal packet without a name or a date."""
    return packet(11, b"b\0" + bytes(4) + content)


def flip(message: bytes, offset: int, bit: int = 0) -> bytes:
    """The same bytes with one bit changed."""
    changed = bytearray(message)
    changed[offset] ^= 1 << bit
    return bytes(changed)


def encrypted_part(message: bytes) -> int:
    """Where the encrypted packet starts, after the session keys gpg writes in the old format."""
    at = 0
    while not message[at] & 0x40:
        width = (1, 2, 4)[message[at] & 3]
        at += 1 + width + int.from_bytes(message[at + 1 : at + 1 + width], "big")
    return at
