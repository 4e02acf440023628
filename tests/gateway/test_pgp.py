"""What partners may send, and every lie we refuse, made with real gpg."""

import hashlib
import logging
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway import pgp
from gateway.errors import Misconfigured, Refused
from gateway.secret import Secret
from gateway.workroom import workroom
from schemas.codes import Code
from tests.world.openpgp import YEAR_2020, Partner, encrypted_part, flip, literal, partners

CLEAR = "nom;prénom;téléphone\n".encode("latin-1") + b"DUPONT-TEST;ANNE;\n" * 400
LIMIT = 1_000_000


@pytest.fixture(scope="module")
def cast() -> Iterator[list[Partner]]:
    with partners("Passerelle", "Calice", "Stranger") as made:
        yield made


@pytest.fixture(scope="module")
def us(cast: list[Partner]) -> Partner:
    return cast[0]


@pytest.fixture(scope="module")
def calice(cast: list[Partner]) -> Partner:
    return cast[1]


@pytest.fixture(scope="module")
def stranger(cast: list[Partner]) -> Partner:
    return cast[2]


@pytest.fixture(scope="module")
def own_key(us: Partner) -> Secret[str]:
    return Secret(us.secret)


@pytest.fixture
def room() -> Iterator[Path]:
    with workroom() as made:
        yield made


class Desk:
    """Where one delivery is opened, and what is left on it afterwards."""

    def __init__(self, room: Path, own_key: Secret[str], sender_key: str) -> None:
        self.room, self.own_key, self.sender_key = room, own_key, sender_key
        self.out = room / "clear"

    def opens(self, message: bytes, *, limit: int = LIMIT) -> bytes:
        source = self.room / "sealed"
        source.write_bytes(message)
        self.verified = pgp.decrypt(
            source, self.out, own_key=self.own_key, sender_key=self.sender_key, max_bytes=limit
        )
        return self.out.read_bytes()

    def refuses(self, message: bytes, *, limit: int = LIMIT) -> Code:
        with pytest.raises(Refused) as refusal:
            self.opens(message, limit=limit)
        left = {path.name for path in self.room.iterdir()} - {".alive", "sealed"}
        assert left == set(), "clear text was left behind"
        return refusal.value.code


@pytest.fixture
def desk(room: Path, own_key: Secret[str], calice: Partner) -> Desk:
    return Desk(room, own_key, calice.public)


@pytest.fixture(scope="module")
def good(us: Partner, calice: Partner) -> bytes:
    return calice.seals(CLEAR, us)


@pytest.fixture(scope="module")
def plain(us: Partner, calice: Partner) -> bytes:
    """The same, not compressed."""
    return calice.seals(CLEAR, us, "--compress-algo", "none")


def test_a_message_made_with_the_defaults_of_gpg_is_opened(
    desk: Desk, good: bytes, calice: Partner
) -> None:
    assert desk.opens(good) == CLEAR
    assert desk.verified == pgp.Verified(
        calice.fingerprint, len(CLEAR), hashlib.sha256(CLEAR).hexdigest()
    )


@pytest.mark.parametrize("options", [
    ("--compress-algo", "none"), ("--compress-algo", "bzip2"), ("--armor",), ("--textmode",),
    ("--digest-algo", "SHA256"), ("--throw-keyids",),
])  # fmt: skip
def test_other_usual_forms_are_opened(
    desk: Desk, us: Partner, calice: Partner, options: tuple[str, ...]
) -> None:
    assert desk.opens(calice.seals(CLEAR, us, *options)) == CLEAR


def test_a_message_also_meant_for_somebody_else_is_opened(
    desk: Desk, us: Partner, calice: Partner, stranger: Partner
) -> None:
    for first, second in ((us, stranger), (stranger, us)):
        assert desk.opens(calice.seals(CLEAR, first, "--recipient", second.fingerprint)) == CLEAR


def test_a_partner_may_change_from_one_key_to_another(
    room: Path, own_key: Secret[str], us: Partner, calice: Partner, stranger: Partner
) -> None:
    desk = Desk(room, own_key, calice.public + stranger.public)
    desk.opens(stranger.seals(CLEAR, us))
    assert desk.verified.signer_fingerprint == stranger.fingerprint


def test_an_empty_file_is_refused_as_empty(desk: Desk) -> None:
    assert desk.refuses(b"") is Code.EMPTY


def test_an_empty_content_is_opened_as_empty(desk: Desk, us: Partner, calice: Partner) -> None:
    assert desk.opens(calice.seals(b"", us)) == b""


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
def test_what_is_not_openpgp_is_refused(desk: Desk, content: bytes) -> None:
    assert desk.refuses(content) is Code.NOT_OPENPGP


def test_signed_but_not_encrypted_is_refused(desk: Desk, calice: Partner) -> None:
    assert desk.refuses(calice.signs(CLEAR)) is Code.NOT_OPENPGP
    assert desk.refuses(calice.signs(CLEAR, "--armor")) is Code.NOT_OPENPGP
    assert desk.refuses(calice.gpg("--clearsign", stdin=CLEAR)) is Code.NOT_OPENPGP


def test_a_plain_literal_packet_is_refused(desk: Desk) -> None:
    assert desk.refuses(literal(CLEAR)) is Code.NOT_OPENPGP


def test_a_public_key_sent_instead_of_a_message_is_refused(desk: Desk, calice: Partner) -> None:
    assert desk.refuses(calice.public.encode()) is Code.NOT_OPENPGP


def test_a_message_for_somebody_else_is_refused(
    desk: Desk, calice: Partner, stranger: Partner
) -> None:
    assert desk.refuses(calice.seals(CLEAR, stranger)) is Code.NOT_FOR_US
    assert desk.refuses(calice.seals(CLEAR, stranger, "--throw-keyids")) is Code.NOT_FOR_US


def test_a_message_locked_by_a_password_is_refused(desk: Desk, calice: Partner) -> None:
    locked = calice.gpg(
        "--pinentry-mode", "loopback", "--passphrase", "sesame", "--symmetric", stdin=CLEAR
    )
    assert desk.refuses(locked) is Code.NOT_FOR_US


def test_an_unsigned_message_is_refused(desk: Desk, us: Partner, calice: Partner) -> None:
    assert desk.refuses(calice.encrypts(CLEAR, us)) is Code.NOT_SIGNED


def test_a_message_signed_by_an_unknown_key_is_refused(
    desk: Desk, us: Partner, stranger: Partner
) -> None:
    assert desk.refuses(stranger.seals(CLEAR, us)) is Code.UNKNOWN_SIGNER


def test_a_message_signed_by_our_own_key_is_refused(desk: Desk, us: Partner) -> None:
    assert desk.refuses(us.seals(CLEAR, us)) is Code.UNKNOWN_SIGNER


def test_a_partner_does_not_pass_for_another(
    room: Path, own_key: Secret[str], us: Partner, calice: Partner, stranger: Partner
) -> None:
    assert (
        Desk(room, own_key, stranger.public).refuses(calice.seals(CLEAR, us)) is Code.UNKNOWN_SIGNER
    )


def test_a_second_signature_is_refused(
    desk: Desk, us: Partner, calice: Partner, stranger: Partner
) -> None:
    calice.gpg("--import", stdin=stranger.secret.encode())
    both = calice.seals(
        CLEAR, us, "--local-user", calice.fingerprint, "--local-user", stranger.fingerprint
    )
    assert desk.refuses(both) is Code.UNKNOWN_SIGNER
    desk.sender_key += stranger.public
    assert desk.refuses(both) is Code.SIGNATURE_REFUSED


@pytest.mark.parametrize("cut", [1, 2, 3, 20, 90, 120, 200, 250])
def test_a_truncated_message_is_refused_as_truncated(
    desk: Desk, good: bytes, plain: bytes, cut: int
) -> None:
    assert desk.refuses(good[:cut]) is Code.TRUNCATED
    assert desk.refuses(plain[:-cut]) is Code.TRUNCATED


def test_a_message_that_stops_before_its_content_is_truncated(desk: Desk, good: bytes) -> None:
    assert desk.refuses(good[: encrypted_part(good)]) is Code.TRUNCATED


def test_a_truncated_armored_message_is_refused_as_truncated(
    desk: Desk, us: Partner, calice: Partner
) -> None:
    armored = calice.seals(CLEAR, us, "--armor")
    for cut in (30, 60, 200, len(armored) - 10, len(armored) - 40):
        assert desk.refuses(armored[:cut]) is Code.TRUNCATED


def test_a_long_message_in_pieces_is_opened_and_known_when_cut(
    desk: Desk, us: Partner, calice: Partner
) -> None:
    long = bytes(range(256)) * 1200
    message = calice.seals(long, us, "--compress-algo", "none")
    assert desk.opens(message) == long
    desk.out.unlink()
    for cut in (9000, 70_000, len(message) - 1):
        assert desk.refuses(message[:cut]) is Code.TRUNCATED


def test_trailing_bytes_are_refused(desk: Desk, good: bytes) -> None:
    for extra in (b"\n", b"garbage", literal(CLEAR), good):
        assert desk.refuses(good + extra) is Code.TAMPERED


def test_trailing_text_after_the_armor_is_refused(desk: Desk, us: Partner, calice: Partner) -> None:
    armored = calice.seals(CLEAR, us, "--armor")
    assert desk.opens(armored + b"\r\n\r\n") == CLEAR
    desk.out.unlink()
    assert desk.refuses(armored + b"bonjour") is Code.TAMPERED
    assert desk.refuses(armored + armored) is Code.TAMPERED


def test_one_flipped_bit_in_the_content_is_refused_as_tampered(
    desk: Desk, good: bytes, plain: bytes
) -> None:
    for message in (good, plain):
        start = encrypted_part(message) + 8
        for offset in range(start, len(message), max(1, (len(message) - start) // 12)):
            assert desk.refuses(flip(message, offset, offset % 8)) is Code.TAMPERED


def test_one_flipped_bit_anywhere_never_gives_another_content(desk: Desk, plain: bytes) -> None:
    # The session-key packets are outside the integrity check: some of their bits (a length in bits,
    # the top bit of a Curve25519 point) mean nothing, and the very same content comes out.
    for offset in range(0, encrypted_part(plain) + 8, 3):
        try:
            assert desk.opens(flip(plain, offset, offset % 8)) == CLEAR
        except Refused:
            assert not desk.out.exists()
        desk.out.unlink(missing_ok=True)


def test_a_damaged_session_key_of_ours_is_tampering_and_not_somebody_elses(
    desk: Desk, plain: bytes
) -> None:
    assert desk.refuses(flip(plain, encrypted_part(plain) - 5)) is Code.TAMPERED


def test_a_false_signature_in_a_sound_envelope_is_refused(
    desk: Desk, us: Partner, calice: Partner
) -> None:
    signed = calice.signs(CLEAR)
    at = signed.index(b"DUPONT-TEST")
    assert desk.opens(calice.wraps(signed, us)) == CLEAR
    desk.out.unlink()
    assert desk.refuses(calice.wraps(flip(signed, at), us)) is Code.SIGNATURE_REFUSED


def test_two_contents_in_one_message_are_refused(desk: Desk, us: Partner, calice: Partner) -> None:
    both = calice.wraps(calice.signs(CLEAR) + literal(b"other"), us)
    assert desk.refuses(both) in {Code.TAMPERED, Code.SIGNATURE_REFUSED}


def test_a_message_without_integrity_is_refused(desk: Desk, us: Partner, calice: Partner) -> None:
    for seal in (calice.seals, calice.encrypts):
        assert (
            desk.refuses(seal(CLEAR, us, "--rfc2440", "--cipher-algo", "AES256"))
            is Code.NO_INTEGRITY
        )


def test_a_weak_digest_is_refused(desk: Desk, us: Partner, calice: Partner) -> None:
    assert desk.refuses(calice.seals(CLEAR, us, "--digest-algo", "SHA1")) is Code.SIGNATURE_REFUSED
    assert (
        desk.refuses(calice.seals(CLEAR, us, "--digest-algo", "SHA224")) is Code.SIGNATURE_REFUSED
    )


def test_a_bomb_is_stopped_at_the_limit(desk: Desk, us: Partner, calice: Partner) -> None:
    bomb = calice.seals(bytes(30_000_000), us)
    assert len(bomb) < 50_000
    assert desk.refuses(bomb) is Code.EXPANDS_TOO_MUCH


def test_a_limit_is_exact(desk: Desk, good: bytes, plain: bytes) -> None:
    for message in (good, plain):
        assert desk.opens(message, limit=len(CLEAR)) == CLEAR
        desk.out.unlink()
        assert desk.refuses(message, limit=len(CLEAR) - 1) is Code.EXPANDS_TOO_MUCH


def test_an_expired_key_is_refused(room: Path, own_key: Secret[str], us: Partner) -> None:
    old = Partner("Ancien", expires="1y", born=YEAR_2020)
    try:
        old.knows(us)
        sealed = old.wraps(old.signs(CLEAR, "--faked-system-time", YEAR_2020), us)
        assert Desk(room, own_key, old.public).refuses(sealed) is Code.SIGNATURE_REFUSED
    finally:
        old.close()


def test_an_expired_signature_is_refused(room: Path, own_key: Secret[str], us: Partner) -> None:
    old = Partner("Ancien", born=YEAR_2020)
    try:
        old.knows(us)
        sealed = old.wraps(
            old.signs(CLEAR, "--faked-system-time", YEAR_2020, "--default-sig-expire", "1d"), us
        )
        assert Desk(room, own_key, old.public).refuses(sealed) is Code.SIGNATURE_REFUSED
    finally:
        old.close()


def test_a_revoked_key_is_refused(room: Path, own_key: Secret[str], us: Partner) -> None:
    lost = Partner("Perdu")
    try:
        lost.knows(us)
        sealed = lost.seals(CLEAR, us)
        assert Desk(room, own_key, lost.public).opens(sealed) == CLEAR
        (room / "clear").unlink()
        lost.revokes()
        assert Desk(room, own_key, lost.public).refuses(sealed) is Code.SIGNATURE_REFUSED
    finally:
        lost.close()


def test_what_we_seal_is_opened_by_its_recipient_and_signed_by_us(
    room: Path, us: Partner, calice: Partner, own_key: Secret[str]
) -> None:
    (room / "in").write_bytes(CLEAR)
    pgp.encrypt(room / "in", room / "out", recipient_key=calice.public, signing_key=own_key)
    sealed = (room / "out").read_bytes()
    assert b"BEGIN PGP" not in sealed and len(sealed) > len(CLEAR)  # binary, not compressed
    said = calice.gpg(
        "--status-fd", "1", "--output", str(room / "back"), "--decrypt", str(room / "out")
    ).decode()
    assert (room / "back").read_bytes() == CLEAR
    assert f"VALIDSIG {us.fingerprint}" in said
    assert "PLAINTEXT 62 " in said and "in\n" not in said


def test_nothing_is_sealed_for_an_expired_key(room: Path, own_key: Secret[str]) -> None:
    old = Partner("Ancien", expires="1y", born=YEAR_2020)
    try:
        (room / "in").write_bytes(CLEAR)
        with pytest.raises(Misconfigured):
            pgp.encrypt(room / "in", room / "out", recipient_key=old.public, signing_key=own_key)
        assert {path.name for path in room.iterdir()} == {".alive", "in"}
    finally:
        old.close()


def test_the_keys_we_make_seal_and_open(room: Path) -> None:
    one, other = (
        pgp.generate_key(f"Passerelle {n} <{n}@example.invalid>") for n in ("alpha", "beta")
    )
    assert pgp.fingerprint_of(one.public) == one.fingerprint != other.fingerprint
    (room / "in").write_bytes(CLEAR)
    pgp.encrypt(room / "in", room / "sealed", recipient_key=other.public, signing_key=one.secret)
    verified = pgp.decrypt(
        room / "sealed",
        room / "clear",
        own_key=other.secret,
        sender_key=one.public,
        max_bytes=LIMIT,
    )
    assert verified.signer_fingerprint == one.fingerprint


def test_a_uid_cannot_write_options(room: Path) -> None:
    for uid in ("abcde\nKey-Type: rsa", "abc", "abcdef <a b@c>"):
        with pytest.raises(ValueError, match="uid"):
            pgp.generate_key(uid)


def test_a_private_key_given_as_a_public_one_is_refused(own_key: Secret[str]) -> None:
    with pytest.raises(Misconfigured, match="privée"):
        pgp.fingerprint_of(own_key.reveal())


def test_two_keys_are_not_one_recipient(
    room: Path, own_key: Secret[str], calice: Partner, stranger: Partner
) -> None:
    (room / "in").write_bytes(CLEAR)
    with pytest.raises(Misconfigured, match="une seule"):
        pgp.encrypt(
            room / "in",
            room / "out",
            recipient_key=calice.public + stranger.public,
            signing_key=own_key,
        )


def test_nothing_stays_of_an_operation(desk: Desk, good: bytes) -> None:
    hall = desk.room.parent
    before = set(hall.iterdir())
    desk.opens(good)
    desk.out.unlink()
    desk.refuses(good[:-20])
    assert set(hall.iterdir()) == before
    running = subprocess.run(
        ["ps", "-eo", "args"], capture_output=True, text=True, check=True
    ).stdout
    assert not [line for line in running.splitlines() if "gpg-agent" in line and str(hall) in line]


def test_no_log_repeats_the_name_a_partner_gave_its_file(
    desk: Desk, us: Partner, calice: Partner, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    desk.opens(calice.seals(CLEAR, us, "--set-filename", "DUPONT_ANNE.csv"))
    assert "DUPONT" not in caplog.text
