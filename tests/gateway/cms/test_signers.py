"""Whose signature is believed: true, over this content, by a certificate this partner declared."""

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from gateway import cms
from gateway.cms import names
from gateway.cms.certificates import Named
from gateway.cms.ciphers import UNVOUCHED
from gateway.errors import Misconfigured
from schemas.codes import Code
from tests.world.cms import (
    CBC,
    CLEAR,
    DAY,
    GCM,
    NOW,
    Desk,
    Signer,
    Us,
    algorithm,
    encrypts,
    info,
    openssl,
    tlv,
)

VERSION = tlv(0x02, b"\x01")


def usage(*, signs: bool) -> x509.KeyUsage:
    asked = dict.fromkeys(
        (
            "content_commitment", "data_encipherment", "key_agreement", "key_cert_sign",
            "crl_sign", "encipher_only", "decipher_only",
        ),
        False,
    )  # fmt: skip
    return x509.KeyUsage(digital_signature=signs, key_encipherment=not signs, **asked)


class Forger:
    """Builds a SignedData by hand; each keyword is one lie."""

    def __init__(self, signer: Signer) -> None:
        self.signer = signer
        named = Named.of(signer.certificate.public_bytes(Encoding.DER))
        self.name = tlv(0x30, named.issuer, tlv(0x02, named.serial))

    def signs(
        self,
        content: bytes = CLEAR,
        *,
        told: bytes | None = None,
        attributes: tuple[bytes, ...] | None = None,
        with_attributes: bool = True,
        announced: bytes = names.SHA256,
        how: bytes = b"",
        name: bytes = b"",
        signers: int = 1,
        unsigned: bytes = b"",
        octets: bytes = b"",
    ) -> bytes:
        digest = hashes.Hash(hashes.SHA256())
        digest.update(content if told is None else told)
        given = attributes or (content_type(), message_digest(digest.finalize()))
        signed = tlv(0x31, *given) if with_attributes else content
        value = self.signer.key.sign(signed, ec.ECDSA(hashes.SHA256()))
        one = tlv(
            0x30,
            VERSION,
            name or self.name,
            algorithm(names.SHA256),
            tlv(0xA0, *given) if with_attributes else b"",
            how or algorithm(names.oid("1.2.840.10045.4.3.2")),
            tlv(0x04, value),
            tlv(0xA1, unsigned) if unsigned else b"",
        )
        inner = tlv(0x30, tlv(0x06, names.DATA), tlv(0xA0, octets or tlv(0x04, content)))
        digests = tlv(0x31, algorithm(announced))
        return info(names.SIGNED, tlv(0x30, VERSION, digests, inner, tlv(0x31, one * signers)))


def content_type(kind: bytes = names.DATA, *more: bytes) -> bytes:
    return tlv(0x30, tlv(0x06, names.CONTENT_TYPE), tlv(0x31, tlv(0x06, kind), *more))


def message_digest(value: bytes, *more: bytes) -> bytes:
    return tlv(0x30, tlv(0x06, names.MESSAGE_DIGEST), tlv(0x31, tlv(0x04, value), *more))


def sha256(content: bytes) -> bytes:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(content)
    return digest.finalize()


def test_what_the_forger_builds_without_lying_is_believed(desk: Desk, us: Us, pe: Signer) -> None:
    assert desk.opens(encrypts(Forger(pe).signs(), us.file, GCM)) == CLEAR


def test_what_follows_the_signature_is_taken_only_where_something_vouches_for_it(
    desk: Desk, us: Us, pe: Signer
) -> None:
    stamped = Forger(pe).signs(unsigned=tlv(0x30, tlv(0x06, names.DATA), tlv(0x31, bytes(90))))
    assert desk.opens(encrypts(stamped, us.file, GCM)) == CLEAR
    refused = desk.verdict(encrypts(stamped, us.file, CBC))
    assert (refused.code, refused.detail) == (Code.TAMPERED, UNVOUCHED)


RIGHT = message_digest(sha256(CLEAR))
LIES = {
    "another content": ({"told": b"another"}, Code.TAMPERED),
    "no signed attributes": ({"with_attributes": False}, Code.SIGNATURE_REFUSED),
    "no digest": ({"attributes": (content_type(),)}, Code.SIGNATURE_REFUSED),
    "no type": ({"attributes": (RIGHT,)}, Code.SIGNATURE_REFUSED),
    "two digests": ({"attributes": (content_type(), RIGHT, RIGHT)}, Code.SIGNATURE_REFUSED),
    "two values of one digest": (
        {"attributes": (content_type(), message_digest(sha256(CLEAR), tlv(0x04, b"")))},
        Code.SIGNATURE_REFUSED,
    ),
    "another type": (
        {"attributes": (content_type(names.ENVELOPED), RIGHT)},
        Code.SIGNATURE_REFUSED,
    ),
    "a digest nobody announced": ({"announced": names.SHA512}, Code.SIGNATURE_REFUSED),
    "a digest nobody knows": ({"announced": names.DATA}, Code.SIGNATURE_REFUSED),
    "an algorithm of another digest": (
        {"how": algorithm(names.oid("1.2.840.10045.4.3.4"))},
        Code.SIGNATURE_REFUSED,
    ),
    "an algorithm of another key": ({"how": algorithm(names.RSA)}, Code.SIGNATURE_REFUSED),
    "nobody": ({"name": tlv(0x30, tlv(0x30), tlv(0x02, b"\x01"))}, Code.UNKNOWN_SIGNER),
    "nobody's key": ({"name": tlv(0x80, bytes(20))}, Code.UNKNOWN_SIGNER),
    "an empty name": ({"name": tlv(0x80)}, Code.UNKNOWN_SIGNER),
    "no signer": ({"signers": 0}, Code.NOT_SIGNED),
    "two signers": ({"signers": 2}, Code.SIGNATURE_REFUSED),
    "dozens of signers": ({"signers": 60}, Code.NOT_CMS),
    "content twice": ({"octets": tlv(0x04, CLEAR) * 2}, Code.NOT_CMS),
    "content of pieces of pieces": (
        {"octets": tlv(0x24, tlv(0x24, tlv(0x04, CLEAR)))},
        Code.NOT_CMS,
    ),
}


@pytest.mark.parametrize("lie", LIES)
def test_each_lie_of_a_declared_signer_has_its_verdict(
    desk: Desk, us: Us, pe: Signer, lie: str
) -> None:
    given, code = LIES[lie]
    assert desk.refuses(encrypts(Forger(pe).signs(**given), us.file, GCM)) is code  # type: ignore[arg-type]


def test_a_true_signature_by_a_key_nobody_declared_is_unknown(
    desk: Desk, us: Us, stranger: Signer, pe: Signer
) -> None:
    for how in ((), ("-keyid",), ("-nocerts",)):
        signed = stranger.signs(CLEAR, *how)
        assert desk.refuses(encrypts(signed, us.file, GCM)) is Code.UNKNOWN_SIGNER
        assert desk.refuses(stranger.signs(encrypts(CLEAR, us.file, GCM), *how)) is (
            Code.UNKNOWN_SIGNER
        )
    desk.pinned = [cms.Declared.of(stranger.pem)]
    assert desk.refuses(encrypts(pe.signs(CLEAR), us.file, GCM)) is Code.UNKNOWN_SIGNER


def test_the_name_of_a_declared_certificate_is_not_its_key(
    desk: Desk, us: Us, pe: Signer, tmp_path: Path
) -> None:
    twin = Signer(tmp_path, "PE signature", serial=pe.certificate.serial_number)
    assert desk.refuses(encrypts(twin.signs(CLEAR), us.file, GCM)) is Code.SIGNATURE_REFUSED


def test_nobody_is_named_by_nothing(desk: Desk, us: Us, tmp_path: Path) -> None:
    signer = Signer(tmp_path, "PE", identified=False)
    desk.pinned = [cms.Declared.of(signer.pem)]
    assert desk.opens(encrypts(Forger(signer).signs(), us.file, GCM)) == CLEAR
    nameless = Forger(signer).signs(name=tlv(0x80))
    assert desk.refuses(encrypts(nameless, us.file, GCM)) is Code.UNKNOWN_SIGNER


def test_two_certificates_of_a_partner_hold_together(
    desk: Desk, us: Us, pe: Signer, pe_rsa: Signer
) -> None:
    for signer in (pe, pe_rsa):
        desk.opens(encrypts(signer.signs(CLEAR), us.file, GCM))
        assert desk.verified is not None
        assert desk.verified.signer == signer.fingerprint


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"ends": NOW - timedelta(minutes=1)}, Code.SIGNATURE_REFUSED),
        ({"begins": NOW + DAY}, Code.SIGNATURE_REFUSED),
        ({"usage": usage(signs=False)}, Code.SIGNATURE_REFUSED),
        ({"usage": usage(signs=True)}, None),
        ({"algorithm": "rsa1024"}, Code.WEAK_CRYPTOGRAPHY),
        ({"algorithm": "p521"}, Code.WEAK_CRYPTOGRAPHY),
    ],
)
def test_a_declared_certificate_must_be_in_its_dates_made_to_sign_and_strong(
    desk: Desk, us: Us, tmp_path: Path, how: dict[str, object], code: Code | None
) -> None:
    signer = Signer(tmp_path, "PE", **how)  # type: ignore[arg-type]
    desk.pinned = [cms.Declared.of(signer.pem)]
    for cipher in (CBC, GCM):  # even in CBC: a true signature vouches for the content
        message = encrypts(signer.signs(CLEAR), us.file, cipher)
        if code is None:
            assert desk.opens(message) == CLEAR
        else:
            assert desk.refuses(message) is code


def test_a_signature_by_sha1_is_weak(desk: Desk, us: Us, pe_rsa: Signer) -> None:
    for how in (("-md", "sha1"), ("-keyopt", "rsa_padding_mode:pss", "-md", "sha1")):
        message = encrypts(pe_rsa.signs(CLEAR, *how), us.file, GCM)
        assert desk.refuses(message) is Code.WEAK_CRYPTOGRAPHY


def test_a_signature_without_its_content_or_without_attributes_is_refused(
    desk: Desk, us: Us, pe: Signer
) -> None:
    alone = openssl("cms", "-sign", "-binary", "-outform", "DER", *pe.files, stdin=CLEAR)
    assert desk.refuses(encrypts(alone, us.file, GCM)) is Code.SIGNATURE_REFUSED
    bare = pe.signs(CLEAR, "-noattr")
    assert desk.refuses(encrypts(bare, us.file, GCM)) is Code.SIGNATURE_REFUSED


def test_certificates_alone_sign_nothing(desk: Desk, us: Us, pe: Signer) -> None:
    alone = openssl("crl2pkcs7", "-nocrl", "-certfile", pe.files[1], "-outform", "DER")
    assert desk.refuses(encrypts(alone, us.file, GCM)) in {Code.NOT_SIGNED, Code.SIGNATURE_REFUSED}


# --- what people compare


def test_what_is_shown_of_a_certificate_is_what_two_people_compare(pe_rsa: Signer) -> None:
    shown = cms.describe_certificate(pe_rsa.pem)
    assert shown.fingerprint == shown.facts["fingerprint"] == pe_rsa.fingerprint
    assert shown.facts["algorithm"] == "RSA 2048"
    assert shown.facts["subject"] == "PE signature RSA"
    assert shown.facts["valid_until"] == shown.expires_at.date().isoformat()
    listed = openssl("x509", "-noout", "-fingerprint", "-sha256", stdin=pe_rsa.pem.encode())
    assert listed.decode().partition("=")[2].strip().replace(":", "").lower() == shown.fingerprint


@pytest.mark.parametrize(
    "name", ["a\nb", "x" * 64 + "!", "\u202egnp.exe", "<b>PE</b>", "\x1b[31mPE"]
)
def test_a_subject_that_could_deceive_is_not_shown(tmp_path: Path, name: str) -> None:
    pem = Signer(tmp_path, name[:64]).pem
    assert cms.describe_certificate(pem).facts["subject"] == "(non montré)" or name[:64] == "x" * 64


def test_a_certificate_that_could_not_sign_is_refused_at_the_door(
    tmp_path: Path, us: Us, pe: Signer
) -> None:
    expired = Signer(tmp_path / "a", "PE", ends=NOW - timedelta(minutes=1)).pem
    short = Signer(tmp_path / "b", "PE", "rsa1024").pem
    private = (tmp_path / "b" / "key").read_text()
    for pem in (
        expired,
        short,
        private + pe.pem,
        us.pair.public,
        pe.pem * 2,
        "",
        "PE",
        pe.pem[:300],
    ):
        with pytest.raises(Misconfigured):
            cms.describe_certificate(pem)
