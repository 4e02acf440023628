"""The outside of an OpenPGP message, read without any key (RFC 4880 §4, RFC 9580 §4).

gpg answers "bad MDC" both for a message cut short and for one that was altered; partners need to know
which. So the packets are walked first, by their headers only:
1. nothing at all: EMPTY.
2. session keys (tags 1 and 3, marker 10 allowed), at least one for a public key, then exactly one
   encrypted packet (9, 18 or 20); anything else first is NOT_OPENPGP (a signed or plain message is
   not an encrypted one), no public-key session key is NOT_FOR_US.
3. the file ends inside a packet, or before the encrypted one: TRUNCATED.
4. bytes after the encrypted packet: TAMPERED.
5. tag 9 has no integrity protection: NO_INTEGRITY, without trying.

What is left is whole, and says for which keys: whether that is agreed is the policy's to judge.

A flipped bit in a length looks like a cut or like extra bytes: both are refused all the same.
A packet of indeterminate length ends with the file, so only gpg can judge how it ends.
Armored messages are turned into binary first; their CRC-24 is not checked (deprecated by RFC 9580,
and weaker than the integrity check of every accepted message).
"""

import binascii
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from gateway.errors import Refused
from schemas.codes import Code

PUBLIC_KEY_SESSION, PASSWORD_SESSION, MARKER = 1, 3, 10
UNPROTECTED, PROTECTED, AEAD_DRAFT = 9, 18, 20
ENCRYPTED = {UNPROTECTED, PROTECTED, AEAD_DRAFT}
BEFORE = {PUBLIC_KEY_SESSION, PASSWORD_SESSION, MARKER}
MOST_PACKETS = 1000  # recipients of one message
NEWEST_SESSION_KEY = 3  # version 6 (RFC 9580) is beyond gpg 2.2
HIDDEN = "0" * 16
ELGAMAL_SESSION = {16, 20}

ARMOR = b"-----BEGIN PGP MESSAGE-----"
ARMOR_END = b"-----END PGP MESSAGE-----"
_BLOCK = 1 << 20
_PREAMBLE = 256  # bytes of blank lines allowed before the armor
_LONGEST_LINE = 1000
_BASE64 = re.compile(rb"[A-Za-z0-9+/]*={0,2}")


@dataclass(frozen=True, slots=True)
class SessionKey:
    """For whom: 16 hexadecimal digits (zeros: hidden), and the algorithm that seals the session key."""

    key_id: str
    algorithm: int


def check_framing(source: Path) -> Sequence[SessionKey]:
    """Give the recipients that `source`, in binary, names.

    Raises `Refused` unless it is one whole encrypted message and nothing more.
    """
    size, sessions = source.stat().st_size, list[SessionKey]()
    if size == 0:
        raise Refused(Code.EMPTY)
    with source.open("rb") as stream:
        tags = _walk(stream, size, sessions)
        if stream.tell() != size:
            raise Refused(Code.TAMPERED, "octets en trop après la fin du message")
    if PUBLIC_KEY_SESSION not in tags:
        raise Refused(Code.NOT_FOR_US, "chiffré par mot de passe ou sans destinataire")
    if tags[-1] == UNPROTECTED:
        raise Refused(Code.NO_INTEGRITY)
    return sessions


def is_armored(source: Path) -> bool:
    """Whether this looks like an ASCII-armored message."""
    with source.open("rb") as stream:
        return stream.read(_PREAMBLE).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(ARMOR)


def dearmor(source: Path, out: Path) -> None:
    """Write the binary message that `source` carries in ASCII armor."""
    with source.open("rb") as stream, out.open("wb") as binary:
        rest = b""
        for line in _armored_lines(stream):
            if not _BASE64.fullmatch(line):
                if ARMOR_END.startswith(line) and not stream.read(1):
                    raise Refused(Code.TRUNCATED)
                raise Refused(Code.TAMPERED, "caractères étrangers dans l'armure ASCII")
            rest += line
            if len(rest) >= _BLOCK:
                whole = len(rest) - len(rest) % 4
                binary.write(_decode(rest[:whole]))
                rest = rest[whole:]
        binary.write(_decode(rest))
        if stream.read(_BLOCK).strip():
            raise Refused(Code.TAMPERED, "texte en trop après la fin du message")


def _armored_lines(stream: BinaryIO) -> Iterator[bytes]:
    in_headers = True
    _next_line(stream, until=ARMOR)
    while (line := _next_line(stream)) != ARMOR_END:
        if in_headers:
            in_headers = line != b""
        elif line and not line.startswith(b"="):
            yield line


def _next_line(stream: BinaryIO, *, until: bytes = b"") -> bytes:
    while raw := stream.readline(_LONGEST_LINE):
        line = raw.strip()
        if not until or line.endswith(until):
            return line
    raise Refused(Code.TRUNCATED)


def _decode(text: bytes) -> bytes:
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error:
        raise Refused(Code.TAMPERED, "armure ASCII illisible") from None


def _walk(stream: BinaryIO, size: int, sessions: list[SessionKey]) -> list[int]:
    tags: list[int] = []
    while not tags or tags[-1] not in ENCRYPTED:
        first = _byte(stream)
        tag = _tag(first)
        if tag not in BEFORE | ENCRYPTED or len(tags) > MOST_PACKETS:
            raise Refused(Code.TAMPERED if tags else Code.NOT_OPENPGP)
        body = _skip_body(stream, first, size)
        if tag == PUBLIC_KEY_SESSION:
            sessions.append(_session_key(stream, body))
        tags.append(tag)
    return tags


def _tag(first: int) -> int:
    if not first & 0x80:
        raise Refused(Code.NOT_OPENPGP)
    return first & 0x3F if first & 0x40 else (first >> 2) & 0x0F


def _skip_body(stream: BinaryIO, first: int, size: int) -> int:
    """Pass over the body of a packet and tell where it started."""
    if not first & 0x40:  # old format: 1, 2 or 4 bytes of length, or none
        width = (1, 2, 4, 0)[first & 3]
        length, partial = (_number(stream, width) if width else size - stream.tell()), False
    else:
        length, partial = _new_length(stream)
    start = stream.tell()
    _skip(stream, length, size)
    while partial:
        length, partial = _new_length(stream)
        _skip(stream, length, size)
    return start


def _new_length(stream: BinaryIO) -> tuple[int, bool]:
    first = _byte(stream)
    if first < 192:  # noqa: PLR2004 - RFC 9580 §4.2.1
        return first, False
    if first < 224:  # noqa: PLR2004
        return ((first - 192) << 8) + _byte(stream) + 192, False
    if first < 255:  # noqa: PLR2004
        return 1 << (first & 0x1F), True
    return _number(stream, 4), False


def _session_key(stream: BinaryIO, body: int) -> SessionKey:
    end = stream.tell()
    stream.seek(body)
    head = stream.read(min(10, end - body))  # version, key id, algorithm (RFC 4880 §5.1)
    stream.seek(end)
    if head[:1] > bytes((NEWEST_SESSION_KEY,)):
        raise Refused(
            Code.NOT_OPENPGP,
            "format RFC 9580 (version 6) non pris en charge : chiffrez en version 4",
        )
    return SessionKey(head[1:9].hex().upper(), head[9] if len(head) > 9 else 0)  # noqa: PLR2004


def _skip(stream: BinaryIO, length: int, size: int) -> None:
    if stream.tell() + length > size:
        raise Refused(Code.TRUNCATED)
    stream.seek(length, 1)


def _number(stream: BinaryIO, width: int) -> int:
    read = stream.read(width)
    if len(read) < width:
        raise Refused(Code.TRUNCATED)
    return int.from_bytes(read, "big")


def _byte(stream: BinaryIO) -> int:
    return _number(stream, 1)
