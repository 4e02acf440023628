"""The object identifiers that CMS messages carry, each as the bytes they have there (X.690 §8.19)."""

from typing import Final


def oid(dotted: str) -> bytes:
    """The content octets of an object identifier."""
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    return b"".join(_arc(number) for number in (40 * first + second, *rest))


def _arc(number: int) -> bytes:
    groups = [number & 0x7F]
    while number := number >> 7:
        groups.append(number & 0x7F | 0x80)
    return bytes(reversed(groups))


# Content types (RFC 5652 §4 to §9, RFC 5083, RFC 3274).
DATA: Final = oid("1.2.840.113549.1.7.1")
SIGNED: Final = oid("1.2.840.113549.1.7.2")
ENVELOPED: Final = oid("1.2.840.113549.1.7.3")
AUTH_ENVELOPED: Final = oid("1.2.840.113549.1.9.16.1.23")

# Signed attributes (RFC 5652 §11).
CONTENT_TYPE: Final = oid("1.2.840.113549.1.9.3")
MESSAGE_DIGEST: Final = oid("1.2.840.113549.1.9.4")

# Digests (RFC 5754 §2).
SHA1: Final = oid("1.3.14.3.2.26")
SHA256: Final = oid("2.16.840.1.101.3.4.2.1")
SHA384: Final = oid("2.16.840.1.101.3.4.2.2")
SHA512: Final = oid("2.16.840.1.101.3.4.2.3")

# RSA (RFC 8017 appendix A), for keys and for signatures.
RSA: Final = oid("1.2.840.113549.1.1.1")
RSA_OAEP: Final = oid("1.2.840.113549.1.1.7")
MGF1: Final = oid("1.2.840.113549.1.1.8")
P_SPECIFIED: Final = oid("1.2.840.113549.1.1.9")
RSA_PSS: Final = oid("1.2.840.113549.1.1.10")
RSA_WITH: Final = {
    oid("1.2.840.113549.1.1.5"): SHA1,
    oid("1.2.840.113549.1.1.11"): SHA256,
    oid("1.2.840.113549.1.1.12"): SHA384,
    oid("1.2.840.113549.1.1.13"): SHA512,
}
ECDSA_WITH: Final = {
    oid("1.2.840.10045.4.1"): SHA1,
    oid("1.2.840.10045.4.3.2"): SHA256,
    oid("1.2.840.10045.4.3.3"): SHA384,
    oid("1.2.840.10045.4.3.4"): SHA512,
}

# AES: object identifier → bytes of key (RFC 3565, RFC 5084).
CBC: Final = {oid(f"2.16.840.1.101.3.4.1.{2 + 20 * n}"): 16 + 8 * n for n in range(3)}
GCM: Final = {oid(f"2.16.840.1.101.3.4.1.{6 + 20 * n}"): 16 + 8 * n for n in range(3)}

SUBJECT_KEY_IDENTIFIER: Final = oid("2.5.29.14")
