"""EnvelopedData (RFC 5652 §6) and AuthEnvelopedData (RFC 5083): decrypting, from file to file.

1. AES in CBC mode has no integrity: whatever it decrypts to may have been arranged by somebody on the
   way (EFAIL). A wrong key and an altered end give one same verdict, TAMPERED, with one same detail.
2. AES in GCM mode is believed only once its tag is verified, at the very end.
3. Attributes that GCM authenticates are written after the content, and it wants them before: a message
   that has some is read twice.
4. DES, 3DES, RC2 and whatever is not AES-CBC or AES-GCM: WEAK_CRYPTOGRAPHY.

Attributes that nothing authenticates, and certificates of an originator, are not used.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.cms.algorithms import Algorithm
from gateway.cms.ciphers import Suite, suite_of
from gateway.cms.clearing import Clearing, new_file
from gateway.cms.der import INTEGER, OCTETS, OID, SEQUENCE, SET, Element, Reader, malformed, reading
from gateway.cms.names import AUTH_ENVELOPED, ENVELOPED
from gateway.cms.reception import Identity, open_content_key

MOST_RECIPIENTS: Final = 200
_ORIGINATOR, _CONTENT = 0xA0, 0x80
_UNAUTHENTICATED = {ENVELOPED: 0xA1, AUTH_ENVELOPED: 0xA2}
_AUTHENTICATED = 0xA1


@dataclass(frozen=True, slots=True)
class Decrypted:
    """What came out. Without integrity, nothing says it is what was put in."""

    size: int
    sha256: str
    has_integrity: bool


@dataclass(frozen=True, slots=True)
class _Tail:
    """What comes after the content: attributes that go with it, and its tag; empty in EnvelopedData."""

    authenticated: bytes
    mac: bytes


def decrypt(source: Path, out: Path, own: Identity, limit: int) -> Decrypted:
    """Decrypt `source` into `out`, a new file, or raise `Refused`: the caller removes what is left then."""
    found = _pass(source, out, own, limit, b"")
    if isinstance(found, bytes):
        out.unlink()
        found = _pass(source, out, own, limit, found)
    if isinstance(found, bytes):
        raise malformed()
    return found


def _pass(
    source: Path, out: Path, own: Identity, limit: int, authenticated: bytes
) -> Decrypted | bytes:
    """One reading, or the authenticated attributes when it should have begun with others."""
    with reading(source) as reader, new_file(out) as file:
        clear = Clearing(file, limit)
        kind = _go_in(reader)
        recipients, suite = _before_content(reader, kind)
        key = open_content_key(recipients, own, suite.key_size)
        opening = suite.start(key, authenticated)
        for block in reader.octets(_CONTENT):
            for part in opening.update(block):
                clear.take(part)
        tail = _after_content(reader, kind)
        if tail.authenticated != authenticated:
            return tail.authenticated
        clear.take(opening.finish(tail.mac))
    clear.check_size()
    return Decrypted(clear.size, clear.sha256, has_integrity=kind == AUTH_ENVELOPED)


def _go_in(reader: Reader) -> bytes:
    reader.enter(SEQUENCE)
    kind = reader.element(OID).body
    if kind not in _UNAUTHENTICATED:
        raise malformed("ni EnvelopedData ni AuthEnvelopedData")
    reader.enter(0xA0)
    reader.enter(SEQUENCE)
    return kind


def _before_content(reader: Reader, kind: bytes) -> tuple[list[Element], Suite]:
    reader.element(INTEGER)  # the version follows from the rest, and software errs on it
    if reader.next_tag() == _ORIGINATOR:
        reader.element(_ORIGINATOR)
    recipients = list(reader.each(SET, MOST_RECIPIENTS))
    reader.enter(SEQUENCE)
    reader.element(OID)
    algorithm = Algorithm.of(reader.element(SEQUENCE))
    suite = suite_of(algorithm, authenticated=kind == AUTH_ENVELOPED)
    if reader.next_tag() is None:
        raise malformed("enveloppe sans contenu")
    return recipients, suite


def _after_content(reader: Reader, kind: bytes) -> _Tail:
    reader.leave()
    attributes, mac = b"", b""
    if kind == AUTH_ENVELOPED:
        if reader.next_tag() == _AUTHENTICATED:
            # Authenticated as the SET OF that they are, not under the tag they travel with (RFC 5083 §2.2).
            attributes = bytes([SET]) + reader.element(_AUTHENTICATED).raw[1:]
        mac = reader.element(OCTETS).body
    if reader.next_tag() == _UNAUTHENTICATED[kind]:
        reader.element(_UNAUTHENTICATED[kind])
    reader.finish()
    return _Tail(attributes, mac)
