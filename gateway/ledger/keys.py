"""The Ed25519 key that signs checkpoints, and the public key that anyone verifies them with.

1. The private key is a PKCS#8 PEM file that its owner alone may read (0600 or stricter); a laxer
   file is refused. It is written once and never over another file.
2. The public key travels as a C2SP verifier key: `name+key id+base64(0x01 ‖ public key)`. The key
   id is the first four bytes of SHA-256(name ‖ newline ‖ 0x01 ‖ public key).
3. A verification raises or returns the key that verified.
"""

import base64
import binascii
import os
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from gateway.errors import Misconfigured
from gateway.ledger.errors import LedgerBroken

_ED25519 = b"\x01"
_KEY_SIZE = 32


def strict_base64(text: str) -> bytes:
    """Decode the one spelling of these bytes; ValueError for any other."""
    try:
        decoded = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise ValueError("not base64") from error
    # Unused bits of the last character would let two texts say the same bytes: a bit could flip unseen.
    if to_base64(decoded) != text:
        raise ValueError("not canonical base64")
    return decoded


def to_base64(data: bytes) -> str:
    """Encode as standard base64 (RFC 4648 §4)."""
    return base64.b64encode(data).decode("ascii")


def check_name(name: str) -> str:
    """Refuse a key name that signed notes cannot carry."""
    if not name or "+" in name or any(c.isspace() or not c.isprintable() for c in name):
        raise ValueError("a key name is not empty and has neither space nor plus")
    return name


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key under a name."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        check_name(self.name)
        if len(self.public) != _KEY_SIZE:
            raise ValueError("an Ed25519 public key has 32 bytes")

    @property
    def key_id(self) -> bytes:
        """Four bytes that say which key of that name."""
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{to_base64(_ED25519 + self.public)}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a verifier key; ValueError if it is not one, or not its only spelling."""
        parts = text.strip().split("+", 2)
        if len(parts) != 3:  # noqa: PLR2004 - name, key id, key
            raise ValueError("a verifier key is name+id+key")
        encoded = strict_base64(parts[2])
        if encoded[:1] != _ED25519:
            raise ValueError("only Ed25519 verifier keys are known here")
        key = cls(parts[0], encoded[1:])
        if key.key_id.hex() != parts[1]:
            raise ValueError("the id of the verifier key is not that of its key")
        return key

    def verify(self, message: bytes, signature: bytes) -> Self:
        """Return itself if this key signed the message."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except InvalidSignature as error:
            raise LedgerBroken("la signature du point de contrôle est fausse") from error
        return self


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key under a name: the name of the log (its origin)."""

    name: str
    key: Ed25519PrivateKey = field(repr=False)

    def __post_init__(self) -> None:
        check_name(self.name)

    @property
    def verifier(self) -> VerifierKey:
        """What to hand out."""
        return VerifierKey(
            self.name, self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        )

    def sign(self, message: bytes) -> bytes:
        """Sign (RFC 8032, deterministic: signing again gives the same bytes)."""
        return self.key.sign(message)


def new_signer_key(name: str) -> Signer:
    """Draw a new key."""
    return Signer(name, Ed25519PrivateKey.generate())


def save_signer(signer: Signer, path: Path) -> None:
    """Write the private key, for its owner only. FileExistsError rather than write over another."""
    pem = signer.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())


def load_signer(name: str, path: Path) -> Signer:
    """Read the private key; Misconfigured if others may read it or it is not an Ed25519 key."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_mode & 0o077:
            raise Misconfigured(
                "clé du journal lisible par d'autres que son propriétaire : chmod 600"
            )
        pem = file.read()
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise Misconfigured(
            "clé du journal illisible : un PEM PKCS#8 sans mot de passe est attendu"
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise Misconfigured("clé du journal d'un autre type que Ed25519")
    return Signer(name, key)
