"""One CMS message, from file to file: decrypted, and believed only as far as something vouches for it.

Rules, in order:
1. Binary (DER or BER) EnvelopedData or AuthEnvelopedData, or a SignedData around one of them; anything
   else, PEM and S/MIME text included, is NOT_CMS.
2. `signature`: the content is a SignedData by a certificate this partner declared, inside the
   envelope or around it. Without it, only the channel says who sent.
3. Inside AES-CBC, nothing is said of the content before a true signature vouches for all of it: bad
   padding, wrong key, no signature, false signature are one verdict, TAMPERED with one detail. Told
   apart, they would let whoever can send files and read acknowledgements decrypt a stolen message. For
   the same reason nothing may follow the signature there (unsigned attributes, a time stamp).
4. Without signature, `integrity` accepts AES-GCM alone; else NO_INTEGRITY. When both are given
   up, what comes out may have been arranged on its way (EFAIL), and the contract's verdicts on it can
   tell its content to whoever sends variants: it is the price of taking such messages.
5. What comes out and is CMS again is NESTED_ARCHIVE: one signature, one envelope, nothing compressed.
6. What is opened takes its name once everything has passed. `source` is consumed as soon as it has been
   read, so that there are never more than two copies; on any failure nothing of what came out remains.

A signature around an envelope says who sent it, not who knew the content: prefer it inside.
All of this blocks, in constant memory: call it from a thread.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.cms.certificates import Declared
from gateway.cms.ciphers import UNVOUCHED
from gateway.cms.der import content_type, malformed
from gateway.cms.envelope import decrypt
from gateway.cms.names import AUTH_ENVELOPED, ENVELOPED, SIGNED
from gateway.cms.reception import Identity
from gateway.cms.signed import Claim, take_out
from gateway.cms.signer import accept, has_unsigned_attributes, prove
from gateway.errors import Refused
from schemas.codes import Code

TEXT = (b"-----BEGIN", b"MIME-Version", b"Content-Type", b"MII")


@dataclass(frozen=True, slots=True)
class Terms:
    """What opens a partner's message, and what is asked of it.

    `pinned`: the certificates it declared, several while it changes from one to another. `integrity` is
    for messages that need no signature. `max_bytes`: of clear content.
    """

    own: Identity
    pinned: Sequence[Declared]
    max_bytes: int
    signature: bool = True
    integrity: bool = True


@dataclass(frozen=True, slots=True)
class Verified:
    """What came out of a message that passed. `signer` is empty when no signature was asked for."""

    signer: str
    size: int
    sha256: str


def open_message(source: Path, out: Path, terms: Terms) -> Verified:
    """Open `source`, which is consumed, into `out`, a new file of a workroom; or raise `Refused`."""
    part, inner = out.with_name(f"{out.name}.part"), out.with_name(f"{out.name}.inner")
    try:
        if not terms.signature:
            verified = _unsigned(source, part, terms)
        elif _kind(source) == SIGNED:
            verified = _signed_around(source, inner, part, terms)
        else:
            verified = _signed_inside(source, inner, part, terms)
        if _starts_as(part) is not None:
            raise Refused(Code.NESTED_ARCHIVE, "un message CMS dans un autre")
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
        inner.unlink(missing_ok=True)
    return verified


def _unsigned(source: Path, part: Path, terms: Terms) -> Verified:
    kind = _kind(source)
    if kind == SIGNED:
        raise malformed("signé avant tout : ce partenaire est réglé sans signature")
    if kind == ENVELOPED and terms.integrity:
        raise Refused(Code.NO_INTEGRITY, "AES-GCM ou une signature attendus")
    found = decrypt(source, part, terms.own, terms.max_bytes)
    source.unlink()
    return Verified("", found.size, found.sha256)


def _signed_inside(source: Path, inner: Path, part: Path, terms: Terms) -> Verified:
    found = decrypt(source, inner, terms.own, source.stat().st_size)
    source.unlink()
    try:
        claim = _claim(inner, part, terms.max_bytes)
        proof = prove(claim, terms.pinned)
        _check_end(claim, has_integrity=found.has_integrity)
    except Refused:
        if found.has_integrity:
            raise
        raise Refused(Code.TAMPERED, UNVOUCHED) from None
    signer = accept(proof)
    claim.content.check_size()
    return Verified(signer, claim.content.size, claim.content.sha256)


def _signed_around(source: Path, inner: Path, part: Path, terms: Terms) -> Verified:
    claim = take_out(source, inner, source.stat().st_size)
    signer = accept(prove(claim, terms.pinned))
    source.unlink()
    if _starts_as(inner) not in {ENVELOPED, AUTH_ENVELOPED}:
        raise malformed("signé sans être chiffré")
    found = decrypt(inner, part, terms.own, terms.max_bytes)
    return Verified(signer, found.size, found.sha256)


def _claim(inner: Path, part: Path, limit: int) -> Claim:
    if _starts_as(inner) != SIGNED:
        raise Refused(Code.NOT_SIGNED)
    return take_out(inner, part, limit)


def _check_end(claim: Claim, *, has_integrity: bool) -> None:
    # In CBC the padding follows: were the last bytes free, an accepted message would tell its padding.
    if not has_integrity and has_unsigned_attributes(claim):
        raise Refused(Code.TAMPERED)


def _kind(source: Path) -> bytes:
    """What a message is. Raises `Refused` when it is nothing we open."""
    with source.open("rb") as stream:
        if stream.read(64).lstrip().startswith(TEXT):
            raise malformed("texte PEM ou S/MIME : envoyez du DER binaire")
    kind = content_type(source)
    if kind not in {SIGNED, ENVELOPED, AUTH_ENVELOPED}:
        raise malformed("ni EnvelopedData, ni AuthEnvelopedData, ni SignedData")
    return kind


def _starts_as(path: Path) -> bytes | None:
    try:
        return content_type(path)
    except Refused:
        return None
