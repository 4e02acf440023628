"""SignedData (RFC 5652 §5): taking the content out, and what is claimed of it, from file to file.

The content is hashed while it passes, with the functions announced before it; who signed comes after
it. Nothing is believed here: `gateway.cms.signer` judges. A content that is elsewhere (detached
signature) is SIGNATURE_REFUSED, no signature at all NOT_SIGNED.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.cms.algorithms import DIGESTS, Algorithm
from gateway.cms.clearing import Clearing, new_file
from gateway.cms.der import INTEGER, OCTETS, OID, SEQUENCE, SET, Element, Reader, malformed, reading
from gateway.cms.names import SIGNED
from gateway.errors import Refused
from schemas.codes import Code

MOST_DIGESTS: Final = 16
MOST_CERTIFICATES: Final = 32
MOST_SIGNERS: Final = 16
_CERTIFICATES, _REVOCATIONS = 0xA0, 0xA1


@dataclass(frozen=True, slots=True)
class Claim:
    """What a SignedData says: a content of some type (kept apart), its digests, and one signer."""

    content_type: bytes
    digests: Mapping[bytes, bytes]
    certificates: tuple[bytes, ...]
    signer: Element
    content: Clearing


def take_out(source: Path, out: Path, limit: int) -> Claim:
    """Write the content of `source` into `out`, a new file; its size is checked by whoever judges."""
    with reading(source) as reader, new_file(out) as file:
        announced = _go_in(reader)
        content_type = reader.element(OID).body
        if reader.next_tag() is None:
            raise Refused(Code.SIGNATURE_REFUSED, "signature détachée : le contenu n'y est pas")
        content = Clearing(file, limit, [DIGESTS[name].hashlib for name in announced])
        reader.enter(0xA0)
        for block in reader.octets(OCTETS):
            content.take(block)
        reader.leave()
        reader.leave()
        certificates, signers = _after_content(reader)
    if len(signers) != 1:
        code = Code.SIGNATURE_REFUSED if signers else Code.NOT_SIGNED
        raise Refused(code, "une signature, et une seule, est attendue")
    digests = {name: content.digest(DIGESTS[name].hashlib) for name in announced}
    return Claim(content_type, digests, certificates, signers[0], content)


def _go_in(reader: Reader) -> set[bytes]:
    """Go down to the content, and give the digests announced that we know."""
    reader.enter(SEQUENCE)
    if reader.element(OID).body != SIGNED:
        raise malformed()
    reader.enter(0xA0)
    reader.enter(SEQUENCE)
    reader.element(INTEGER)
    announced = {Algorithm.of(one).name for one in reader.each(SET, MOST_DIGESTS)}
    reader.enter(SEQUENCE)
    return announced & DIGESTS.keys()


def _after_content(reader: Reader) -> tuple[tuple[bytes, ...], list[Element]]:
    certificates: tuple[bytes, ...] = ()
    if reader.next_tag() == _CERTIFICATES:
        held = reader.each(_CERTIFICATES, MOST_CERTIFICATES)
        certificates = tuple(one.raw for one in held if one.tag == SEQUENCE)
    if reader.next_tag() == _REVOCATIONS:
        reader.element(_REVOCATIONS)
    signers = list(reader.each(SET, MOST_SIGNERS))
    reader.finish()
    return certificates, signers
