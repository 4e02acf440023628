"""The algorithms a message names: digests and masks by name, and the verdict on those we refuse."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives import hashes

from gateway.cms.der import OID, SEQUENCE, Element, element_of, malformed
from gateway.cms.names import MGF1, SHA1, SHA256, SHA384, SHA512
from gateway.errors import Refused
from schemas.codes import Code


@dataclass(frozen=True, slots=True)
class Algorithm:
    """An AlgorithmIdentifier (RFC 5280 §4.1.1.2)."""

    name: bytes
    parameters: Element | None

    @classmethod
    def of(cls, element: Element) -> "Algorithm":
        """Read one, whatever tag stands for its SEQUENCE."""
        parts = element.parts()
        if not 1 <= len(parts) <= 2:  # noqa: PLR2004
            raise malformed()
        return cls(parts[0].only(OID), parts[1] if len(parts) > 1 else None)

    def fields(self) -> Mapping[int, Element]:
        """The parameters by tag, each out of its explicit tag; none when there are none."""
        if self.parameters is None:
            return {}
        self.parameters.only(SEQUENCE)
        return {part.tag: element_of(part.body) for part in self.parameters.parts()}


@dataclass(frozen=True, slots=True)
class Digest:
    """One hash function: how it is called in a message, in hashlib, and in cryptography."""

    name: bytes
    hashlib: str
    make: Callable[[], hashes.HashAlgorithm]


# SHA-1 is known so that a message which uses it can be told so; it is never accepted.
DIGESTS: Final = {
    digest.name: digest
    for digest in (
        Digest(SHA1, "sha1", hashes.SHA1),
        Digest(SHA256, "sha256", hashes.SHA256),
        Digest(SHA384, "sha384", hashes.SHA384),
        Digest(SHA512, "sha512", hashes.SHA512),
    )
}


def digest_of(element: Element | None) -> Digest:
    """The hash function named in the parameters of RSA; SHA-1 when unsaid (RFC 8017 appendix A.2)."""
    name = SHA1 if element is None else Algorithm.of(element).name
    if name not in DIGESTS:
        raise weak("empreinte SHA-256, SHA-384 ou SHA-512 attendue")
    return DIGESTS[name]


def mask_of(element: Element | None) -> Digest:
    """The hash function of a mask generation; SHA-1 when unsaid."""
    if element is None:
        return DIGESTS[SHA1]
    mask = Algorithm.of(element)
    if mask.name != MGF1:
        raise weak("MGF1 attendu")
    return digest_of(mask.parameters)


def weak(detail: str) -> Refused:
    """The verdict on an algorithm or a size that the policy does not list."""
    return Refused(Code.WEAK_CRYPTOGRAPHY, detail)
