"""Our own certificate: making it, loading it, and opening the content key that a message locks for it.

1. RSA of 3072 bits, self-signed, for encryption to us only; three years.
2. A recipient is found by its name, among those locked by RSA. Passwords, shared keys and key
   agreement (ECDH) are not for us: NOT_FOR_US.
3. Key transport: PKCS#1 v1.5, which partners' software writes by default, or OAEP with SHA-256 or
   more. Another one: WEAK_CRYPTOGRAPHY.
4. Our key is ours, so its primes are not proven again at each message (0.2 s): it must open what its
   certificate's key locks.
5. A PKCS#1 v1.5 key that does not open is replaced by a random one, drawn beforehand: what follows
   fails as an altered content does, and nobody learns why (RFC 3218 §2.3). OAEP has no such flaw, and
   is treated alike.
"""

import datetime
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.padding import AsymmetricPadding
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gateway.cms.algorithms import Algorithm, digest_of, mask_of, weak
from gateway.cms.certificates import SMALLEST_RSA, Declared
from gateway.cms.der import OCTETS, SEQUENCE, Element, malformed
from gateway.cms.names import P_SPECIFIED, RSA, RSA_OAEP, SHA1
from gateway.errors import Misconfigured, Refused
from gateway.secret import KeyPair, Secret
from schemas.codes import Code

NEW_RSA: Final = 3072
LIFETIME: Final = datetime.timedelta(days=3 * 365)
_EARLY = datetime.timedelta(days=1)  # a partner's clock may be behind ours
_PASSWORD = 0xA3
_SHARED = 0xA2


@dataclass(frozen=True, slots=True)
class Identity:
    """Our private key and the certificate that partners encrypt for."""

    key: rsa.RSAPrivateKey
    declared: Declared


def load_identity(key: Secret[str], certificate: str, passphrase: Secret[str] | None) -> Identity:
    """Read our key and certificate. Raises `Misconfigured`."""
    declared = Declared.of(certificate)
    password = passphrase.reveal().encode() if passphrase else None
    try:
        private = load_pem_private_key(
            key.reveal().encode(), password, unsafe_skip_rsa_key_validation=True
        )
    except (ValueError, TypeError):
        raise Misconfigured(
            "notre clé CMS est illisible : fichier abîmé, phrase secrète fausse ou absente"
        ) from None
    if not isinstance(private, rsa.RSAPrivateKey) or private.key_size < SMALLEST_RSA:
        raise Misconfigured(f"notre clé CMS doit être RSA, de {SMALLEST_RSA} bits ou plus")
    if not _opens(private, declared):
        raise Misconfigured("notre clé CMS n'est pas celle de notre certificat")
    return Identity(private, declared)


def _opens(private: rsa.RSAPrivateKey, declared: Declared) -> bool:
    public, said = declared.public_key, secrets.token_bytes(16)
    scheme = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), label=None)
    if not isinstance(public, rsa.RSAPublicKey) or public != private.public_key():
        return False
    try:
        return private.decrypt(public.encrypt(said, scheme), scheme) == said
    except ValueError:
        return False


def generate_certificate(uid: str) -> KeyPair:
    """Make our certificate of reception; `uid` names us, its address left out."""
    key = rsa.generate_private_key(65537, NEW_RSA)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, uid.partition("<")[0].strip()[:64])])
    now = datetime.datetime.now(datetime.UTC)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    building = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - _EARLY)
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_for_encryption(), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False
        )
        .add_extension(identifier, critical=False)
    )
    certificate = building.sign(key, hashes.SHA256())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    public = certificate.public_bytes(Encoding.PEM).decode()
    return KeyPair(Secret(private), public, Declared.of(public).fingerprint)


def open_content_key(recipients: Sequence[Element], own: Identity, size: int) -> bytes:
    """The key of `size` bytes that a message locks for us, or a random one that opens nothing."""
    for recipient in (one for one in recipients if one.tag == SEQUENCE):
        _version, name, algorithm, locked = _four(recipient)
        if own.declared.named.is_called(name):
            return _unlock(own.key, Algorithm.of(algorithm), locked.only(OCTETS), size)
    if recipients and all(one.tag in {_PASSWORD, _SHARED} for one in recipients):
        raise Refused(Code.NOT_FOR_US, "chiffré par mot de passe ou clé partagée")
    raise Refused(Code.NOT_FOR_US)


def _unlock(key: rsa.RSAPrivateKey, algorithm: Algorithm, locked: bytes, size: int) -> bytes:
    instead = secrets.token_bytes(size)
    scheme = _scheme(algorithm)
    try:
        opened = key.decrypt(locked, scheme)
    except ValueError:
        opened = b""
    return opened if len(opened) == size else instead


def _scheme(algorithm: Algorithm) -> AsymmetricPadding:
    if algorithm.name == RSA:
        return padding.PKCS1v15()
    if algorithm.name != RSA_OAEP:
        raise weak("clé de contenu : RSA attendu")
    fields = algorithm.fields()
    digest, mask = digest_of(fields.get(0xA0)), mask_of(fields.get(0xA1))
    if SHA1 in {digest.name, mask.name}:
        raise weak("OAEP avec SHA-1 : choisissez SHA-256, pour MGF1 aussi")
    _check_no_label(fields.get(0xA2))
    return padding.OAEP(padding.MGF1(mask.make()), digest.make(), label=None)


def _check_no_label(source: Element | None) -> None:
    if source is None:
        return
    kind = Algorithm.of(source)
    if kind.name != P_SPECIFIED or kind.parameters is None or kind.parameters.only(OCTETS):
        raise malformed("OAEP avec une étiquette")


def _four(recipient: Element) -> list[Element]:
    parts = recipient.parts()
    if len(parts) != 4:  # noqa: PLR2004 - version, name, algorithm, key (RFC 5652 §6.2.1)
        raise malformed()
    return parts


def expires_at(certificate: str) -> datetime.datetime:
    """The last moment of a certificate of ours, in PEM. Raises `Misconfigured`."""
    return Declared.of(certificate).certificate.not_valid_after_utc


def _for_encryption() -> x509.KeyUsage:
    return x509.KeyUsage(
        key_encipherment=True,
        digital_signature=False,
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
