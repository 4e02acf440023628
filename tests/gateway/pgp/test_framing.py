"""A message that is cut is told from one that is altered, before any key is used."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.errors import Refused
from gateway.pgp.framing import check_framing
from schemas.codes import Code
from tests.world.openpgp import (
    CLEAR,
    Clerk,
    Partner,
    encrypted_part,
    literal,
    packet,
    partial_packet,
)

sessions = st.binary(max_size=300).map(lambda body: packet(1, b"\x03" + body))
encrypted = st.one_of(
    st.binary(max_size=3000).map(lambda body: packet(18, b"\x01" + body)),
    st.binary(max_size=3000).map(lambda body: partial_packet(18, b"\x01" + body)),
)
messages = st.tuples(st.lists(sessions, min_size=1, max_size=3), encrypted).map(
    lambda both: b"".join(both[0]) + both[1]
)
anywhere = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


def verdict(tmp_path: Path, message: bytes) -> Code | None:
    path = tmp_path / "message"
    path.write_bytes(message)
    try:
        check_framing(path)
    except Refused as refusal:
        return refusal.code
    return None


@anywhere
@given(messages)
def test_a_whole_message_passes(tmp_path: Path, message: bytes) -> None:
    assert verdict(tmp_path, message) is None


@anywhere
@given(messages, st.data())
def test_a_message_cut_anywhere_is_truncated(
    tmp_path: Path, message: bytes, data: st.DataObject
) -> None:
    cut = data.draw(st.integers(1, len(message) - 1))
    assert verdict(tmp_path, message[:cut]) is Code.TRUNCATED


@anywhere
@given(messages, st.binary(min_size=1, max_size=50))
def test_anything_after_the_end_is_tampering(tmp_path: Path, message: bytes, extra: bytes) -> None:
    assert verdict(tmp_path, message + extra) is Code.TAMPERED


@anywhere
@given(st.binary(max_size=400))
def test_any_bytes_get_a_verdict(tmp_path: Path, noise: bytes) -> None:
    assert verdict(tmp_path, noise) in {None, *Code}


def test_what_a_version_6_message_needs_is_said(tmp_path: Path) -> None:
    assert (
        verdict(tmp_path, packet(1, b"\x06" + bytes(40)) + packet(18, b"\x02" + bytes(40)))
        is Code.NOT_OPENPGP
    )


def test_an_encrypted_packet_without_integrity_or_recipient_is_refused(tmp_path: Path) -> None:
    assert (
        verdict(tmp_path, packet(1, b"\x03" + bytes(40)) + packet(9, bytes(40)))
        is Code.NO_INTEGRITY
    )
    assert verdict(tmp_path, packet(18, b"\x01" + bytes(40))) is Code.NOT_FOR_US
    assert (
        verdict(tmp_path, packet(3, b"\x04" + bytes(40)) + packet(18, b"\x01" + bytes(40)))
        is Code.NOT_FOR_US
    )


def test_a_foreign_packet_among_the_session_keys_is_tampering(tmp_path: Path) -> None:
    assert (
        verdict(tmp_path, packet(1, b"\x03") + literal(b"x") + packet(18, b"\x01")) is Code.TAMPERED
    )


def test_an_empty_file_is_refused_as_empty(clerk: Clerk) -> None:
    assert clerk.refuses(b"") is Code.EMPTY


@pytest.mark.parametrize(
    "content",
    [
        b"nom;prenom\n",
        b"PK\x03\x04",
        b"\xef\xbb\xbfnom",
        b"\x00",
        b"\xff" * 9,
        b"<?xml version='1.0'?>",
    ],
)
def test_what_is_not_openpgp_is_refused(clerk: Clerk, content: bytes) -> None:
    assert clerk.refuses(content) is Code.NOT_OPENPGP


def test_signed_but_not_encrypted_is_refused(clerk: Clerk, calice: Partner) -> None:
    assert clerk.refuses(calice.signs(CLEAR)) is Code.NOT_OPENPGP
    assert clerk.refuses(calice.signs(CLEAR, "--armor")) is Code.NOT_OPENPGP
    assert clerk.refuses(calice.gpg("--clearsign", stdin=CLEAR)) is Code.NOT_OPENPGP


def test_a_plain_literal_packet_is_refused(clerk: Clerk) -> None:
    assert clerk.refuses(literal(CLEAR)) is Code.NOT_OPENPGP


def test_a_public_key_sent_instead_of_a_message_is_refused(clerk: Clerk, calice: Partner) -> None:
    assert clerk.refuses(calice.public.encode()) is Code.NOT_OPENPGP


@pytest.mark.parametrize("cut", [1, 2, 3, 20, 90, 120, 200, 250])
def test_a_truncated_message_is_refused_as_truncated(
    clerk: Clerk, good: bytes, plain: bytes, cut: int
) -> None:
    assert clerk.refuses(good[:cut]) is Code.TRUNCATED
    assert clerk.refuses(plain[:-cut]) is Code.TRUNCATED


def test_a_message_that_stops_before_its_content_is_truncated(clerk: Clerk, good: bytes) -> None:
    assert clerk.refuses(good[: encrypted_part(good)]) is Code.TRUNCATED


def test_a_truncated_armored_message_is_refused_as_truncated(
    clerk: Clerk, us: Partner, calice: Partner
) -> None:
    armored = calice.seals(CLEAR, us, "--armor")
    for cut in (30, 60, 200, len(armored) - 10, len(armored) - 40):
        assert clerk.refuses(armored[:cut]) is Code.TRUNCATED


def test_a_long_message_in_pieces_is_opened_and_known_when_cut(
    clerk: Clerk, us: Partner, calice: Partner
) -> None:
    long = bytes(range(256)) * 1200
    message = calice.seals(long, us, "--compress-algo", "none")
    assert clerk.opens(message) == long
    clerk.out.unlink()
    for cut in (9000, 70_000, len(message) - 1):
        assert clerk.refuses(message[:cut]) is Code.TRUNCATED


def test_trailing_bytes_are_refused(clerk: Clerk, good: bytes) -> None:
    for extra in (b"\n", b"garbage", literal(CLEAR), good):
        assert clerk.refuses(good + extra) is Code.TAMPERED


def test_trailing_text_after_the_armor_is_refused(
    clerk: Clerk, us: Partner, calice: Partner
) -> None:
    armored = calice.seals(CLEAR, us, "--armor")
    assert clerk.opens(armored + b"\r\n\r\n") == CLEAR
    clerk.out.unlink()
    assert clerk.refuses(armored + b"bonjour") is Code.TAMPERED
    assert clerk.refuses(armored + armored) is Code.TAMPERED
