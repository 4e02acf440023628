"""Every lie a CMS message can tell has its verdict, and leaves nothing."""

import io
import secrets
from collections.abc import Iterator
from dataclasses import replace

import pytest

from gateway.cms import names
from gateway.cms.ciphers import UNVOUCHED
from gateway.cms.clearing import Clearing
from schemas.codes import Code
from tests.world.cms import (
    AES256_GCM,
    CBC,
    CLEAR,
    COMPRESSED,
    GCM,
    STREAM,
    Desk,
    Signer,
    Us,
    algorithm,
    authenticated,
    encrypts,
    enveloped,
    flip,
    in_cbc_with,
    info,
    openssl,
    recipient,
    tlv,
)


@pytest.fixture(params=["in_gcm", "in_cbc", "streamed", "around"])
def good(request: pytest.FixtureRequest) -> bytes:
    message: bytes = request.getfixturevalue(request.param)
    return message


def test_cut_anywhere_it_is_said_to_be_cut(desk: Desk, good: bytes) -> None:
    cuts = [*range(1, 90), *range(90, len(good), 97), *range(len(good) - 12, len(good))]
    wrong = {cut for cut in cuts if desk.refuses(good[:cut]) is not Code.TRUNCATED}
    assert wrong == set()


def test_one_bit_changed_anywhere_is_refused_or_changes_nothing(desk: Desk, good: bytes) -> None:
    places = [*range(60), *range(60, len(good), 41)]
    accepted = [place for place in places if not desk.is_refused(flip(good, place, place % 8))]
    # A version number, a recipient that is not us, the certificate that a message carries along.
    assert len(accepted) < len(places) / 3


def test_bytes_after_the_end_are_refused(desk: Desk, good: bytes) -> None:
    for extra in (b"\0", b"\0\0", good):
        assert desk.refuses(good + extra) is Code.TAMPERED


# --- CBC has one answer


def variants(message: bytes, sealed_from: int) -> Iterator[bytes]:
    """The same with one bit changed in each block of the encrypted content, and blocks moved about."""
    for place in range(sealed_from, len(message), 16):
        yield flip(message, place, place % 8)
    head, blocks = message[:sealed_from], message[sealed_from:]
    yield head + blocks[16:32] + blocks[:16] + blocks[32:]
    yield head + blocks[:-16] + blocks[:16]


def test_in_cbc_altered_wrong_key_unsigned_and_unknown_are_one_verdict(
    desk: Desk, us: Us, pe: Signer, stranger: Signer, in_cbc: bytes
) -> None:
    sealed_from = len(in_cbc) - (len(pe.signs(CLEAR)) // 16) * 16
    altered = [flipped for flipped in variants(in_cbc, sealed_from) if desk.is_refused(flipped)]
    told = [desk.verdict(variant) for variant in altered]
    told.append(desk.verdict(encrypts(CLEAR, us.file, CBC)))
    told.append(desk.verdict(encrypts(stranger.signs(CLEAR, "-nocerts"), us.file, CBC)))
    told.append(desk.verdict(encrypts(pe.signs(CLEAR)[:-40], us.file, CBC)))
    told.append(desk.verdict(encrypts(flip(pe.signs(CLEAR), -3), us.file, CBC)))
    locked = [secrets.token_bytes(384), bytes(384), secrets.token_bytes(20), b""]
    told += [desk.verdict(enveloped(recipient(us, b"", locked=key))) for key in locked]
    told.append(desk.verdict(enveloped(recipient(us, bytes(16)))))  # a key of another size
    told.append(desk.verdict(enveloped(recipient(us, bytes(32)), content=tlv(0x80, bytes(31)))))
    told.append(desk.verdict(enveloped(recipient(us, bytes(32)), content=b"\x80\0")))
    assert len(told) > 60
    assert {(refused.code, refused.detail) for refused in told} == {(Code.TAMPERED, UNVOUCHED)}


def test_in_cbc_a_true_signature_lets_us_say_more(
    desk: Desk, us: Us, pe: Signer, stranger: Signer
) -> None:
    assert desk.refuses(encrypts(stranger.signs(CLEAR), us.file, CBC)) is Code.UNKNOWN_SIGNER
    old = encrypts(pe.signs(CLEAR, "-md", "sha1"), us.file, CBC)
    assert desk.refuses(old) is Code.WEAK_CRYPTOGRAPHY


# --- what it is, and for whom


@pytest.mark.parametrize(
    "message",
    [
        b"nom;prenom\n",
        b"\x00",
        b"\x30\x00",
        b"\x30\x80\x00\x00",
        secrets.token_bytes(300).replace(b"\x30", b"\x31"),
        b"\x1f" * 50,
        b"-----BEGIN CMS-----\nMIIB\n",
        b"MIME-Version: 1.0\nContent-Type: application/pkcs7-mime\n\nMIIB",
        info(names.DATA, tlv(0x04, b"clear")),
        info(COMPRESSED, tlv(0x30, b"")),
        info(names.oid("1.2.840.113549.1.7.6"), tlv(0x30, b"")),  # EncryptedData: a shared key
        info(names.ENVELOPED, tlv(0x31, b"")),
        tlv(0x30, tlv(0x06, names.ENVELOPED)),
        tlv(0x30, tlv(0x04, names.ENVELOPED), tlv(0xA0, b"")),
    ],
)
def test_what_is_no_envelope_is_said_to_be_none(desk: Desk, message: bytes) -> None:
    assert desk.refuses(message) in {Code.NOT_CMS, Code.TRUNCATED}
    if message[1:2] != b"\x31":
        assert desk.refuses(message, signature=False, integrity=False) in {
            Code.NOT_CMS,
            Code.TRUNCATED,
        }


def test_signed_and_not_encrypted_is_no_envelope(desk: Desk, pe: Signer) -> None:
    assert desk.refuses(pe.signs(CLEAR)) is Code.NOT_CMS
    assert desk.refuses(pe.signs(CLEAR), signature=False) is Code.NOT_CMS


def test_a_message_for_somebody_else_is_refused(desk: Desk, stranger: Signer) -> None:
    crt = stranger.files[1]
    for how in ((), ("-keyid",)):
        sealed = openssl(
            "cms", "-encrypt", "-binary", "-outform", "DER", CBC, *how, crt, stdin=CLEAR
        )
        assert desk.refuses(sealed) is Code.NOT_FOR_US


def test_key_agreement_is_not_for_us(desk: Desk, pe: Signer) -> None:
    sealed = openssl("cms", "-encrypt", "-binary", "-outform", "DER", CBC, pe.files[1], stdin=CLEAR)
    assert desk.refuses(sealed) is Code.NOT_FOR_US


@pytest.mark.parametrize(
    "lock",
    [
        ("-pwri_password", "sesame"),
        ("-secretkey", "00" * 32, "-secretkeyid", "01"),
    ],
)
def test_a_password_or_a_shared_key_alone_is_not_for_us(desk: Desk, lock: tuple[str, ...]) -> None:
    sealed = openssl("cms", "-encrypt", "-binary", "-outform", "DER", CBC, *lock, stdin=CLEAR)
    refused = desk.verdict(sealed, signature=False, integrity=False)
    assert refused.code is Code.NOT_FOR_US
    assert "mot de passe" in refused.detail


@pytest.mark.parametrize("cipher", ["-des3", "-des-ede3-cbc", "-camellia256"])
def test_old_ciphers_are_weak(desk: Desk, us: Us, cipher: str) -> None:
    sealed = encrypts(CLEAR, us.file, cipher)
    assert desk.refuses(sealed, signature=False, integrity=False) is Code.WEAK_CRYPTOGRAPHY


# --- integrity


def test_gcm_altered_is_refused_before_anything_is_said_of_its_content(
    desk: Desk, us: Us, in_gcm: bytes
) -> None:
    bare = encrypts(CLEAR, us.file, GCM)
    for message in (flip(bare, -40), flip(bare, -1), flip(bare, -19), flip(in_gcm, -200)):
        assert desk.refuses(message) is Code.TAMPERED
    assert desk.refuses(bare) is Code.NOT_SIGNED
    assert desk.opens(bare, signature=False) == CLEAR


def test_attributes_that_gcm_authenticates_are_verified(desk: Desk, us: Us) -> None:
    attribute = tlv(0x30, tlv(0x06, names.CONTENT_TYPE), tlv(0x31, tlv(0x06, names.DATA)))
    message = authenticated(us, CLEAR, attributes=attribute)
    assert desk.opens(message, signature=False) == CLEAR
    assert desk.refuses(flip(message, -20), signature=False) is Code.TAMPERED
    without = message.replace(tlv(0xA1, attribute), b"")
    cut = len(message) - len(without)
    shorter = _shortened(without, by=cut)
    assert desk.refuses(shorter, signature=False) is Code.TAMPERED


def _shortened(message: bytes, by: int) -> bytes:
    """The three outer lengths (each said on two bytes) brought down."""
    changed = bytearray(message)
    oid_end = 4 + 2 + len(names.AUTH_ENVELOPED)
    for place in (2, oid_end + 2, oid_end + 6):
        length = int.from_bytes(changed[place : place + 2], "big") - by
        changed[place : place + 2] = length.to_bytes(2, "big")
    return bytes(changed)


@pytest.mark.parametrize(("size", "verdict"), [(16, None), (12, None), (11, 1), (4, 1), (0, 1)])
def test_a_short_tag_is_weak(desk: Desk, us: Us, size: int, verdict: int | None) -> None:
    message = authenticated(us, CLEAR, tag_size=size)
    if verdict is None:
        assert desk.opens(message, signature=False) == CLEAR
    else:
        assert desk.refuses(message, signature=False) is Code.WEAK_CRYPTOGRAPHY


def test_a_tag_shorter_than_announced_is_refused(desk: Desk, us: Us) -> None:
    short = authenticated(us, CLEAR, tag_size=12)
    lying = short.replace(tlv(0x02, b"\x0c"), tlv(0x02, b"\x10"))
    assert desk.refuses(lying, signature=False) is Code.TAMPERED


def test_without_signature_cbc_must_be_accepted_on_purpose(desk: Desk, us: Us) -> None:
    sealed = encrypts(CLEAR, us.file, CBC)
    assert desk.refuses(sealed, signature=False) is Code.NO_INTEGRITY
    assert desk.opens(sealed, signature=False, integrity=False) == CLEAR


def test_a_content_that_is_no_whole_number_of_blocks_is_refused(desk: Desk, us: Us) -> None:
    given_up = {"signature": False, "integrity": False}
    assert desk.opens(in_cbc_with(us, CLEAR, b""), **given_up) == CLEAR
    for extra in (b"x", bytes(15)):
        refused = desk.verdict(in_cbc_with(us, CLEAR, extra), **given_up)
        assert (refused.code, refused.detail) == (Code.TAMPERED, UNVOUCHED)


def test_bad_padding_is_refused_where_only_the_channel_vouches(desk: Desk, us: Us) -> None:
    sealed = flip(encrypts(CLEAR[:40], us.file, CBC), -17, 7)  # the last byte of the last block
    refused = desk.verdict(sealed, signature=False, integrity=False)
    assert (refused.code, refused.detail) == (Code.TAMPERED, UNVOUCHED)


def test_a_mode_under_the_other_kind_of_envelope_is_refused(desk: Desk, us: Us) -> None:
    gcm = algorithm(AES256_GCM, tlv(0x30, tlv(0x04, bytes(12)), tlv(0x02, b"\x10")))
    message = enveloped(recipient(us, bytes(32)), cipher=gcm)
    assert desk.refuses(message, signature=False, integrity=False) is Code.NOT_CMS


# --- what is inside


@pytest.mark.parametrize("cipher", [CBC, GCM])
def test_one_message_inside_another_is_refused(desk: Desk, us: Us, pe: Signer, cipher: str) -> None:
    signed = pe.signs(CLEAR)
    inside = (
        pe.signs(signed),
        pe.signs(encrypts(CLEAR, us.file, CBC)),
        pe.signs(info(COMPRESSED, tlv(0x30, bytes(40)))),
    )
    for content in inside:
        assert desk.refuses(encrypts(content, us.file, cipher)) is Code.NESTED_ARCHIVE
    around = pe.signs(encrypts(signed, us.file, cipher))
    assert desk.refuses(around) is Code.NESTED_ARCHIVE
    twice = pe.signs(pe.signs(encrypts(CLEAR, us.file, cipher)))
    assert desk.refuses(twice) is Code.NOT_CMS
    assert desk.refuses(encrypts(signed, us.file, GCM), signature=False) is Code.NESTED_ARCHIVE


def test_more_than_the_limit_is_refused_and_the_limit_itself_is_not(
    desk: Desk, us: Us, pe: Signer
) -> None:
    messages: tuple[tuple[bytes, dict[str, bool]], ...] = (
        (encrypts(pe.signs(CLEAR, STREAM), us.file, CBC, STREAM), {}),
        (pe.signs(encrypts(CLEAR, us.file, GCM)), {}),
        (encrypts(CLEAR, us.file, GCM), {"signature": False}),
    )
    for message, policy in messages:
        exactly, less = replace(desk, limit=len(CLEAR)), replace(desk, limit=len(CLEAR) - 1)
        assert exactly.opens(message, **policy) == CLEAR
        assert less.refuses(message, **policy) is Code.EXPANDS_TOO_MUCH


def test_past_the_limit_nothing_more_is_written() -> None:
    out = io.BytesIO()
    clearing = Clearing(out, 10)
    for _ in range(5):
        clearing.take(b"12345")
    assert (out.getvalue(), clearing.size) == (b"1234512345", 25)
