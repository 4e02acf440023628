"""Certificates as CMS uses them: who a recipient or a signer is, and what people compare aloud.

1. A certificate that a message carries is read for three things only: serial number, issuer, public
   key. What it claims is worth nothing here: only declared certificates are trusted, each by itself,
   with no chain and no authority.
2. What is shown of a certificate is its whole SHA-256 fingerprint, algorithm, size and dates; its
   subject only when it is plain short text.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.cms.der import BLOCK, INTEGER, OCTETS, OID, SEQUENCE, Element, element_of, malformed
from gateway.cms.names import SUBJECT_KEY_IDENTIFIER
from gateway.errors import Misconfigured

SMALLEST_RSA: Final = 2048
SOUND_CURVES: Final = ("secp256r1", "secp384r1")
SHOWN = re.compile(r"[\w .,'&/()@:+-]{1,64}")
PRIVATE = "PRIVATE KEY"
_KEY_IDENTIFIER = 0x80
_VERSION, _EXTENSIONS = 0xA0, 0xA3


@dataclass(frozen=True, slots=True)
class Named:
    """What a message may call a certificate by, and the public key it holds (SubjectPublicKeyInfo)."""

    serial: bytes
    issuer: bytes
    key_identifier: bytes
    public_key: bytes

    @classmethod
    def of(cls, der: bytes) -> "Named":
        """Read one certificate (RFC 5280 §4.1). Raises `Refused`."""
        body = element_of(der).parts()[0].parts()
        if body and body[0].tag == _VERSION:
            body = body[1:]
        if len(body) < 6:  # noqa: PLR2004 - serial, algorithm, issuer, validity, subject, key
            raise malformed()
        extensions = [part for part in body[6:] if part.tag == _EXTENSIONS]
        return cls(body[0].only(INTEGER), body[2].raw, _key_identifier(extensions), body[5].raw)

    def is_called(self, name: Element) -> bool:
        """Whether this is the one: by issuer and serial number, or by key identifier (RFC 5652 §10.2.4)."""
        if name.tag == _KEY_IDENTIFIER:
            return self.key_identifier != b"" and name.body == self.key_identifier
        parts = name.parts() if name.tag == SEQUENCE else []
        return [part.raw for part in parts[:1]] == [self.issuer] and (
            [(part.tag, part.body) for part in parts[1:]] == [(INTEGER, self.serial)]
        )


def _key_identifier(extensions: list[Element]) -> bytes:
    for extension in (one for part in extensions for one in part.parts()[0].parts()):
        parts = extension.parts()
        if parts and parts[0].only(OID) == SUBJECT_KEY_IDENTIFIER:
            return element_of(parts[-1].only(OCTETS)).only(OCTETS)
    return b""


@dataclass(frozen=True, slots=True)
class Declared:
    """A certificate that people of both sides declared: a partner's, or ours."""

    certificate: x509.Certificate
    named: Named

    @classmethod
    def of(cls, pem: str) -> "Declared":
        """Read one PEM certificate and nothing more. Raises `Misconfigured`."""
        if PRIVATE in pem:
            raise Misconfigured("ce fichier contient une clé privée : ne gardez que le certificat")
        try:
            found = x509.load_pem_x509_certificates(pem.encode()) if len(pem) < BLOCK else []
        except ValueError:
            found = []
        if len(found) != 1:
            raise Misconfigured("un certificat X.509 en PEM, et un seul, est attendu")
        return cls(found[0], Named.of(found[0].public_bytes(Encoding.DER)))

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the whole certificate, in lower-case hexadecimal."""
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    @property
    def public_key(self) -> CertificatePublicKeyTypes:
        """The key. Raises `Misconfigured` for one of a kind unknown here."""
        try:
            return self.certificate.public_key()
        except (ValueError, UnsupportedAlgorithm):
            raise Misconfigured("clé de certificat d'un genre inconnu") from None

    def may_sign(self) -> bool:
        """Whether its key usage, when it says one, allows signatures."""
        try:
            usage = self.certificate.extensions.get_extension_for_class(x509.KeyUsage).value
        except x509.ExtensionNotFound:
            return True
        return usage.digital_signature or usage.content_commitment


@dataclass(frozen=True, slots=True)
class Described:
    """What is registered of a partner's certificate, and what two people compare."""

    fingerprint: str
    facts: Mapping[str, str]
    expires_at: datetime


def describe_certificate(pem: str, *, now: datetime | None = None) -> Described:
    """What to compare aloud before declaring this certificate. Raises `Misconfigured` if it may not sign."""
    declared = Declared.of(pem)
    algorithm = algorithm_of(declared.public_key)
    if algorithm is None:
        raise Misconfigured(
            f"certificat de signature : RSA de {SMALLEST_RSA} bits ou plus, ou ECDSA P-256 ou P-384"
        )
    try:
        signs, certificate = declared.may_sign(), declared.certificate
    except ValueError:
        raise Misconfigured("certificat X.509 dont les extensions sont illisibles") from None
    if not signs:
        raise Misconfigured("ce certificat n'est pas fait pour signer (keyUsage)")
    if certificate.not_valid_after_utc <= (now or datetime.now(UTC)):
        raise Misconfigured("ce certificat est expiré : demandez le nouveau")
    facts = {
        "fingerprint": declared.fingerprint,
        "algorithm": algorithm,
        "subject": _shown(certificate),
        "valid_from": certificate.not_valid_before_utc.date().isoformat(),
        "valid_until": certificate.not_valid_after_utc.date().isoformat(),
    }
    return Described(declared.fingerprint, facts, certificate.not_valid_after_utc)


def algorithm_of(key: object) -> str | None:
    """How a key of an accepted kind and size is called; None for any other."""
    match key:
        case rsa.RSAPublicKey(key_size=size) if size >= SMALLEST_RSA:
            return f"RSA {size}"
        case ec.EllipticCurvePublicKey(curve=curve) if curve.name in SOUND_CURVES:
            return f"ECDSA {curve.name}"
        case _:
            return None


def _shown(certificate: x509.Certificate) -> str:
    try:
        names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        text = unicodedata.normalize("NFC", str(names[0].value)) if names else ""
    except ValueError:
        text = ""
    return text if SHOWN.fullmatch(text) else "(non montré)"
