"""Partners who sign and encrypt in CMS with the real openssl, and structures it refuses to write.

A `Signer` has a key and a self-signed certificate in a folder of its own. What openssl makes is what
partners' systems make; lies it cannot tell are built byte by byte (`tlv`).
"""

import datetime
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from gateway import cms
from gateway.cms import names
from gateway.cms.certificates import Named
from gateway.errors import Refused
from gateway.secret import KeyPair
from schemas.codes import Code

CLEAR = "nom;prénom;téléphone\n".encode() + b"DUPONT-TEST;ANNE;\n" * 60
LIMIT = 1_000_000
DAY = datetime.timedelta(days=1)
NOW = datetime.datetime.now(datetime.UTC)
CBC, GCM, STREAM = "-aes-256-cbc", "-aes-256-gcm", "-stream"
COMPRESSED = names.oid("1.2.840.113549.1.9.16.1.9")


def openssl(*arguments: str | Path, stdin: bytes = b"") -> bytes:
    done = subprocess.run(
        ["openssl", *map(str, arguments)], input=stdin, capture_output=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr.decode(errors="replace"))
    return done.stdout


def new_key(algorithm: str) -> Any:
    if algorithm.startswith("rsa"):
        return rsa.generate_private_key(65537, int(algorithm[3:]))
    return ec.generate_private_key({"p256": ec.SECP256R1(), "p521": ec.SECP521R1()}[algorithm])


class Signer:
    """An organisation with one certificate to sign by."""

    def __init__(
        self,
        folder: Path,
        name: str,
        algorithm: str = "p256",
        *,
        begins: datetime.datetime = NOW - DAY,
        ends: datetime.datetime = NOW + 30 * DAY,
        serial: int | None = None,
        usage: x509.KeyUsage | None = None,
        identified: bool = True,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.key = new_key(algorithm)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        public = self.key.public_key()
        building = (
            x509.CertificateBuilder(subject, subject, public)
            .serial_number(serial or x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(ends)
        )
        if identified:
            identifier = x509.SubjectKeyIdentifier.from_public_key(public)
            building = building.add_extension(identifier, critical=False)
        if usage is not None:
            building = building.add_extension(usage, critical=True)
        self.certificate = building.sign(self.key, hashes.SHA256())
        self.pem = self.certificate.public_bytes(Encoding.PEM).decode()
        self.fingerprint = self.certificate.fingerprint(hashes.SHA256()).hex()
        self.files = ["-signer", str(folder / "crt"), "-inkey", str(folder / "key")]
        (folder / "crt").write_text(self.pem)
        (folder / "key").write_bytes(
            self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )

    def signs(self, content: bytes, *options: str) -> bytes:
        """Sign as a partner told to would: whole, in DER."""
        asked = ["-sign", "-binary", "-nodetach", "-outform", "DER", *self.files, *options]
        return openssl("cms", *asked, stdin=content)


@dataclass(frozen=True)
class Us:
    """Our certificate of reception, in a folder."""

    pair: KeyPair
    file: Path

    @classmethod
    def made(cls, folder: Path) -> "Us":
        folder.mkdir(parents=True, exist_ok=True)
        pair = cms.generate_certificate("Passerelle <p@example.org>")
        (folder / "us.crt").write_text(pair.public)
        return cls(pair, folder / "us.crt")

    @cached_property
    def identity(self) -> cms.Identity:
        return cms.load_identity(self.pair.secret, self.pair.public, None)


def encrypts(content: bytes, to: Path, *options: str | Path) -> bytes:
    """Encrypt as openssl does, `options` after the cipher being other recipients and their options."""
    asked = ["cms", "-encrypt", "-binary", "-outform", "DER"]
    return openssl(*asked, *options, "-recip", to, stdin=content)


@dataclass
class Desk:
    """Where one message is opened, in a room."""

    room: Path
    own: cms.Identity
    pinned: list[cms.Declared]
    limit: int = LIMIT
    verified: cms.Verified | None = None

    def opens(self, message: bytes, **policy: bool) -> bytes:
        source, out = self.room / "message", self.room / "clear"
        source.write_bytes(message)
        self.verified = None
        terms = cms.Terms(self.own, self.pinned, self.limit, **policy)
        try:
            self.verified = cms.open_message(source, out, terms)
            return out.read_bytes()
        finally:
            source.unlink(missing_ok=True)
            out.unlink(missing_ok=True)
            assert list(self.room.iterdir()) == [], "something was left"

    def refuses(self, message: bytes, **policy: bool) -> Code:
        return self.verdict(message, **policy).code

    def verdict(self, message: bytes, **policy: bool) -> Refused:
        with pytest.raises(Refused) as caught:
            self.opens(message, **policy)
        return caught.value

    def is_refused(self, message: bytes, **policy: bool) -> bool:
        """Whether it is refused; else it must be exactly what was signed."""
        try:
            opened = self.opens(message, **policy)
        except Refused:
            return True
        assert opened == CLEAR
        return False


# --- structures byte by byte


def tlv(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    size = len(body)
    if size < 0x80:
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def endless(tag: int, *parts: bytes) -> bytes:
    """Of indefinite length."""
    return bytes([tag, 0x80]) + b"".join(parts) + b"\0\0"


def algorithm(name: bytes, *parameters: bytes) -> bytes:
    return tlv(0x30, tlv(0x06, name), *parameters)


def info(kind: bytes, *content: bytes) -> bytes:
    """A ContentInfo."""
    return tlv(0x30, tlv(0x06, kind), tlv(0xA0, *content))


def recipient(us: Us, key: bytes, *, how: bytes = b"", locked: bytes | None = None) -> bytes:
    """A KeyTransRecipientInfo for us."""
    named = Named.of(us.identity.declared.certificate.public_bytes(Encoding.DER))
    public = us.identity.key.public_key()
    return tlv(
        0x30,
        tlv(0x02, b"\0"),
        tlv(0x30, named.issuer, tlv(0x02, named.serial)),
        how or algorithm(names.RSA, tlv(0x05)),
        tlv(0x04, public.encrypt(key, padding.PKCS1v15()) if locked is None else locked),
    )


def authenticated(us: Us, content: bytes, *, attributes: bytes = b"", tag_size: int = 16) -> bytes:
    """An AuthEnvelopedData, whose attributes openssl does not know how to write."""
    key, nonce = bytes(range(32)), bytes(12)
    aad = tlv(0x31, attributes) if attributes else b""
    sealed = AESGCM(key).encrypt(nonce, content, aad)
    (gcm,) = (name for name, size in names.GCM.items() if size == 32)
    chosen = algorithm(gcm, tlv(0x30, tlv(0x04, nonce), tlv(0x02, bytes([tag_size]))))
    return info(
        names.AUTH_ENVELOPED,
        tlv(
            0x30,
            tlv(0x02, b"\0"),
            tlv(0x31, recipient(us, key)),
            tlv(0x30, tlv(0x06, names.DATA), chosen, tlv(0x80, sealed[:-16])),
            tlv(0xA1, attributes) if attributes else b"",
            tlv(0x04, sealed[-16:][:tag_size]),
        ),
    )


def in_cbc_with(us: Us, content: bytes, extra: bytes) -> bytes:
    """An EnvelopedData as it should be, then bytes that are no whole block."""
    key, padder = bytes(range(32)), PKCS7(128).padder()
    context = Cipher(AES(key), modes.CBC(bytes(16))).encryptor()
    sealed = context.update(padder.update(content) + padder.finalize()) + context.finalize()
    return enveloped(recipient(us, key), content=tlv(0x80, sealed + extra))


def flip(message: bytes, place: int, bit: int = 0) -> bytes:
    changed = bytearray(message)
    changed[place] ^= 1 << bit
    return bytes(changed)


VERSION = tlv(0x02, b"\0")
AES256_CBC, AES256_GCM = (
    next(name for name, size in sizes.items() if size == 32) for sizes in (names.CBC, names.GCM)
)
IV = tlv(0x04, bytes(16))


def enveloped(
    *recipients: bytes, cipher: bytes = b"", content: bytes = b"", more: bytes = b""
) -> bytes:
    """An EnvelopedData whose content nobody encrypted."""
    chosen = cipher or algorithm(AES256_CBC, IV)
    inner = tlv(0x30, tlv(0x06, names.DATA), chosen, content or tlv(0x80, bytes(32)))
    return info(names.ENVELOPED, tlv(0x30, VERSION, tlv(0x31, *recipients), inner, more))
