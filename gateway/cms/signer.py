"""Whether a signature may be believed, and whose it is (RFC 5652 §5.4 to §5.6).

In two steps, so that nothing is said of a content before somebody's signature vouches for it:
`prove`, with a declared certificate or else with the one the message carries:
 1. the signer is named by one certificate we have, else UNKNOWN_SIGNER.
 2. it signed attributes: the type of the content and its digest, each once; else SIGNATURE_REFUSED.
 3. the digest is that of the content, else TAMPERED.
 4. the signature is true (RSA PKCS#1 v1.5, RSA-PSS, ECDSA), else SIGNATURE_REFUSED.
`accept`, once that is proven:
 5. the certificate is one that this partner declared, else UNKNOWN_SIGNER.
 6. SHA-256 or more, RSA of 2048 bits or more, P-256 or P-384; else WEAK_CRYPTOGRAPHY.
 7. the certificate is in its dates and made to sign, else SIGNATURE_REFUSED.

Not checked: chains, authorities and revocation lists (a declared certificate is trusted by itself and
retired by hand), the time a message says it was signed at, countersignatures.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from gateway.cms.algorithms import DIGESTS, Algorithm, Digest, digest_of, mask_of, weak
from gateway.cms.certificates import Declared, Named, algorithm_of
from gateway.cms.der import INTEGER, OCTETS, OID, SEQUENCE, SET, Element, malformed
from gateway.cms.names import (
    CONTENT_TYPE,
    ECDSA_WITH,
    MESSAGE_DIGEST,
    RSA,
    RSA_PSS,
    RSA_WITH,
    SHA1,
)
from gateway.cms.signed import Claim
from gateway.errors import Refused
from schemas.codes import Code

LARGEST_KEY: Final = 2200  # bytes of SubjectPublicKeyInfo: RSA of 16 384 bits
_SIGNED_ATTRIBUTES, _UNSIGNED_ATTRIBUTES = 0xA0, 0xA1
_INDEFINITE = 0x80
_UNSAID_SALT = 20  # RFC 8017 appendix A.2.3
_LARGEST_SALT = 2048


@dataclass(frozen=True, slots=True)
class Proof:
    """A true signature over the whole content: by which declared certificate, if any; how strong."""

    declared: Declared | None
    is_sound: bool


def has_unsigned_attributes(claim: Claim) -> bool:
    """Whether something comes after the signature that nothing vouches for."""
    return any(part.tag == _UNSIGNED_ATTRIBUTES for part in claim.signer.parts())


@dataclass(frozen=True, slots=True)
class _Signature:
    """A SignerInfo, taken apart."""

    name: Element
    digest: bytes
    attributes: Element | None
    algorithm: Algorithm
    value: bytes

    @classmethod
    def of(cls, signer: Element) -> "_Signature":
        parts = [part for part in signer.parts() if part.tag != _UNSIGNED_ATTRIBUTES]
        attributes = [part for part in parts if part.tag == _SIGNED_ATTRIBUTES]
        parts = [part for part in parts if part.tag != _SIGNED_ATTRIBUTES]
        if len(parts) != 5 or len(attributes) > 1:  # noqa: PLR2004 - version, name, digest, algorithm, value
            raise malformed()
        return cls(
            parts[1],
            Algorithm.of(parts[2]).name,
            attributes[0] if attributes else None,
            Algorithm.of(parts[3]),
            parts[4].only(OCTETS),
        )


def prove(claim: Claim, pinned: Sequence[Declared]) -> Proof:
    """Apply checks 1 to 4."""
    signature = _Signature.of(claim.signer)
    declared = next((one for one in pinned if one.named.is_called(signature.name)), None)
    named = declared.named if declared else _carried(claim, signature.name)
    signed = _check_attributes(claim, signature)
    return Proof(declared, _is_sound(named.public_key, signature, signed))


def accept(proof: Proof, now: datetime | None = None) -> str:
    """Apply checks 5 to 7; give the fingerprint of the declared certificate."""
    if proof.declared is None:
        raise Refused(Code.UNKNOWN_SIGNER)
    if not proof.is_sound:
        raise weak("signature : SHA-256 ou plus, RSA de 2048 bits ou plus, ou ECDSA P-256 ou P-384")
    certificate, at = proof.declared.certificate, now or datetime.now(UTC)
    if at > certificate.not_valid_after_utc:
        raise Refused(Code.SIGNATURE_REFUSED, "certificat expiré")
    if at < certificate.not_valid_before_utc:
        raise Refused(Code.SIGNATURE_REFUSED, "certificat pas encore valable")
    if not proof.declared.may_sign():
        raise Refused(Code.SIGNATURE_REFUSED, "certificat qui n'est pas fait pour signer")
    return proof.declared.fingerprint


def _carried(claim: Claim, name: Element) -> Named:
    for der in claim.certificates:
        named = Named.of(der)
        if named.is_called(name):
            return named
    raise Refused(Code.UNKNOWN_SIGNER)


def _check_attributes(claim: Claim, signature: _Signature) -> bytes:
    """Give the bytes that were signed: the attributes, as the SET OF that they are."""
    # Without attributes, a signature of attributes could pass for the signature of a content.
    attributes = signature.attributes
    if attributes is None or attributes.raw[1] == _INDEFINITE:
        raise Refused(Code.SIGNATURE_REFUSED, "attributs signés attendus, en DER")
    values = [_attribute(part) for part in attributes.parts()]
    kinds = [value for name, value in values if name == CONTENT_TYPE]
    digests = [value for name, value in values if name == MESSAGE_DIGEST]
    if len(kinds) != 1 or len(digests) != 1 or signature.digest not in claim.digests:
        raise Refused(Code.SIGNATURE_REFUSED, "type et empreinte du contenu attendus, une fois")
    if kinds[0].only(OID) != claim.content_type:
        raise Refused(Code.SIGNATURE_REFUSED, "signé pour un autre type de contenu")
    if not hmac.compare_digest(digests[0].only(OCTETS), claim.digests[signature.digest]):
        raise Refused(Code.TAMPERED, "le contenu n'est pas celui qui fut signé")
    return bytes([SET]) + attributes.raw[1:]


def _attribute(part: Element) -> tuple[bytes, Element]:
    name, values = _two(part)
    values.only(SET)
    found = values.parts()
    if len(found) != 1 and name.body in {CONTENT_TYPE, MESSAGE_DIGEST}:
        raise Refused(Code.SIGNATURE_REFUSED, "type et empreinte du contenu attendus, une fois")
    return name.only(OID), found[0] if found else values


def _two(part: Element) -> list[Element]:
    part.only(SEQUENCE)
    parts = part.parts()
    if len(parts) != 2:  # noqa: PLR2004
        raise malformed()
    return parts


def _is_sound(public_key: bytes, signature: _Signature, signed: bytes) -> bool:
    """Whether a true signature is also a strong one. Raises `Refused` when it is false."""
    if len(public_key) > LARGEST_KEY:  # verifying with a giant takes minutes
        raise Refused(Code.SIGNATURE_REFUSED, "clé démesurée")
    try:
        key = load_der_public_key(public_key)
        match key:
            case rsa.RSAPublicKey():
                digests = _verify_rsa(key, signature, signed)
            case ec.EllipticCurvePublicKey():
                digests = _verify_ecdsa(key, signature, signed)
            case _:
                raise Refused(Code.SIGNATURE_REFUSED, "RSA ou ECDSA attendu")
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        raise Refused(Code.SIGNATURE_REFUSED) from None
    return algorithm_of(key) is not None and all(digest.name != SHA1 for digest in digests)


def _verify_rsa(key: rsa.RSAPublicKey, signature: _Signature, signed: bytes) -> list[Digest]:
    digest, name = DIGESTS[signature.digest], signature.algorithm.name
    if name == RSA or RSA_WITH.get(name) == digest.name:
        key.verify(signature.value, signed, padding.PKCS1v15(), digest.make())
        return [digest]
    if name != RSA_PSS:
        raise Refused(Code.SIGNATURE_REFUSED, "algorithme de signature inattendu")
    fields = signature.algorithm.fields()
    mask = mask_of(fields.get(0xA1))
    if digest_of(fields.get(0xA0)) != digest:
        raise Refused(Code.SIGNATURE_REFUSED, "algorithme de signature inattendu")
    salt = _number(fields.get(0xA2), _UNSAID_SALT)
    key.verify(signature.value, signed, padding.PSS(padding.MGF1(mask.make()), salt), digest.make())
    return [digest, mask]


def _verify_ecdsa(
    key: ec.EllipticCurvePublicKey, signature: _Signature, signed: bytes
) -> list[Digest]:
    digest = DIGESTS[signature.digest]
    if ECDSA_WITH.get(signature.algorithm.name) != digest.name:
        raise Refused(Code.SIGNATURE_REFUSED, "algorithme de signature inattendu")
    key.verify(signature.value, signed, ec.ECDSA(digest.make()))
    return [digest]


def _number(element: Element | None, unsaid: int) -> int:
    if element is None:
        return unsaid
    number = int.from_bytes(element.only(INTEGER), "big", signed=True)
    if not 0 <= number <= _LARGEST_SALT:
        raise Refused(Code.SIGNATURE_REFUSED, "sel de signature démesuré")
    return number
