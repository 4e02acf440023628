"""Whether a file is sealed or packed, from its first bytes: such a file is opened first, never checked.

OpenPGP (RFC 9580, 4.2 and 5.1: a packet that starts a message, then its version), armour, CMS (RFC 5652:
a sequence that starts with a content type), PEM, ZIP, gzip, age.
"""

import re
from typing import Final

PGP = "chiffré ou signé (OpenPGP) : déchiffrez-le d'abord, par exemple gpg --output CLAIR --decrypt FICHIER"
CMS = "chiffré ou signé (CMS, S/MIME) : déchiffrez-le d'abord, par exemple openssl cms -decrypt"
PACKED = "une archive : sortez-en le fichier lui-même"
AGE = "chiffré (age) : déchiffrez-le d'abord"

# Session key for a public key (versions 3, 6) or a password (4 to 6), sealed data, compressed, signed.
_OLD = re.compile(
    rb"[\x84-\x86].{1,4}?[\x03\x06]|[\x8c-\x8e].{1,4}?[\x04-\x06]|\xa3[\x00-\x03]", re.DOTALL
)
_NEW = re.compile(
    rb"\xc1(?:[\x00-\xbf]|[\xc0-\xdf].|\xff.{4})[\x03\x06]"
    rb"|\xc3(?:[\x00-\xbf]|[\xc0-\xdf].|\xff.{4})[\x04-\x06]"
    rb"|\xd2(?:[\x00-\xbf]|[\xc0-\xfe].?|\xff.{4})[\x01\x02]"
    rb"|[\xc4\x90](?:[\x00-\xbf]|[\xc0-\xdf].)[\x03\x06]",
    re.DOTALL,
)
_DATA: Final = bytes.fromhex("2a864886f70d0107")  # 1.2.840.113549.1.7, in DER
_STARTS = (
    (b"-----BEGIN PGP ", PGP),
    (b"-----BEGIN CMS", CMS),
    (b"-----BEGIN PKCS7", CMS),
    (b"PK\x03\x04", PACKED),
    (b"\x1f\x8b", PACKED),
    (b"7z\xbc\xaf\x27\x1c", PACKED),
    (b"age-encryption.org/", AGE),
)


def sealed(head: bytes) -> str:
    """Say what it is and how to open it; empty when it is neither sealed nor packed."""
    for start, sentence in _STARTS:
        if head.lstrip().startswith(start):
            return sentence
    if _OLD.match(head) or _NEW.match(head):
        return PGP
    return CMS if head.startswith(b"\x30") and _DATA in head[:32] else ""
