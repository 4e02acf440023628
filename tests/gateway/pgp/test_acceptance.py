"""What partners may send, and every lie we refuse, made with real gpg."""

import hashlib
import subprocess
from pathlib import Path

import pytest

from gateway import pgp
from gateway.errors import GatewayError, Misconfigured, Refused
from gateway.pgp.acceptance import Transcript, check_decryption
from gateway.secret import Secret
from schemas.codes import Code
from tests.world.openpgp import (
    CLEAR,
    YEAR_2020,
    Clerk,
    Partner,
    encrypted_part,
    flip,
    literal,
)


def test_a_message_made_with_the_defaults_of_gpg_is_opened(
    clerk: Clerk, good: bytes, calice: Partner
) -> None:
    assert clerk.opens(good) == CLEAR
    assert clerk.verified == pgp.Verified(
        calice.fingerprint, len(CLEAR), hashlib.sha256(CLEAR).hexdigest()
    )


@pytest.mark.parametrize("options", [
    ("--compress-algo", "none"), ("--compress-algo", "bzip2"), ("--armor",), ("--textmode",),
    ("--digest-algo", "SHA256"),
])  # fmt: skip
def test_other_usual_forms_are_opened(
    clerk: Clerk, us: Partner, calice: Partner, options: tuple[str, ...]
) -> None:
    assert clerk.opens(calice.seals(CLEAR, us, *options)) == CLEAR


def test_a_message_also_meant_for_somebody_else_is_opened(
    clerk: Clerk, us: Partner, calice: Partner, stranger: Partner
) -> None:
    for first, second in ((us, stranger), (stranger, us)):
        assert clerk.opens(calice.seals(CLEAR, first, "--recipient", second.fingerprint)) == CLEAR


def test_a_partner_may_change_from_one_key_to_another(
    room: Path, own_key: Secret[str], us: Partner, calice: Partner, stranger: Partner
) -> None:
    clerk = Clerk(room, own_key, calice.public + stranger.public)
    clerk.opens(stranger.seals(CLEAR, us))
    assert clerk.verified.signer_fingerprint == stranger.fingerprint


def test_an_empty_content_is_opened_as_empty(clerk: Clerk, us: Partner, calice: Partner) -> None:
    assert clerk.opens(calice.seals(b"", us)) == b""


def test_a_message_for_somebody_else_is_refused(
    clerk: Clerk, calice: Partner, stranger: Partner
) -> None:
    assert clerk.refuses(calice.seals(CLEAR, stranger)) is Code.NOT_FOR_US
    assert clerk.refuses(calice.seals(CLEAR, stranger, "--throw-keyids")) is Code.NOT_FOR_US


def test_a_message_locked_by_a_password_is_refused(clerk: Clerk, calice: Partner) -> None:
    locked = calice.gpg(
        "--pinentry-mode",
        "loopback",
        "--passphrase",
        "sesame",
        "--s2k-count",
        "65536",
        "--symmetric",
        stdin=CLEAR,
    )
    assert clerk.refuses(locked) is Code.NOT_FOR_US


def test_an_unsigned_message_is_refused(clerk: Clerk, us: Partner, calice: Partner) -> None:
    assert clerk.refuses(calice.encrypts(CLEAR, us)) is Code.NOT_SIGNED


def test_a_message_signed_by_an_unknown_key_is_refused(
    clerk: Clerk, us: Partner, stranger: Partner
) -> None:
    assert clerk.refuses(stranger.seals(CLEAR, us)) is Code.UNKNOWN_SIGNER


def test_a_message_signed_by_our_own_key_is_refused(clerk: Clerk, us: Partner) -> None:
    assert clerk.refuses(us.seals(CLEAR, us)) is Code.UNKNOWN_SIGNER


def test_a_partner_does_not_pass_for_another(
    room: Path, own_key: Secret[str], us: Partner, calice: Partner, stranger: Partner
) -> None:
    assert (
        Clerk(room, own_key, stranger.public).refuses(calice.seals(CLEAR, us))
        is Code.UNKNOWN_SIGNER
    )


def test_a_second_signature_is_refused(
    clerk: Clerk, us: Partner, calice: Partner, stranger: Partner
) -> None:
    calice.gpg("--import", stdin=stranger.secret.encode())
    both = calice.seals(
        CLEAR, us, "--local-user", calice.fingerprint, "--local-user", stranger.fingerprint
    )
    assert clerk.refuses(both) is Code.UNKNOWN_SIGNER
    clerk.sender_key += stranger.public
    assert clerk.refuses(both) is Code.SIGNATURE_REFUSED


def test_one_flipped_bit_in_the_content_is_refused_as_tampered(
    clerk: Clerk, good: bytes, plain: bytes
) -> None:
    for message in (good, plain):
        start = encrypted_part(message) + 8
        for offset in range(start, len(message), max(1, (len(message) - start) // 8)):
            assert clerk.refuses(flip(message, offset, offset % 8)) is Code.TAMPERED


def test_one_flipped_bit_anywhere_never_gives_another_content(clerk: Clerk, plain: bytes) -> None:
    # The session-key packets are outside the integrity check: some of their bits (a length in bits,
    # the top bit of a Curve25519 point) mean nothing, and the very same content comes out.
    for offset in range(0, encrypted_part(plain) + 8, 5):
        try:
            assert clerk.opens(flip(plain, offset, offset % 8)) == CLEAR
        except Refused:
            assert not clerk.out.exists()
        clerk.out.unlink(missing_ok=True)


def test_a_damaged_session_key_of_ours_is_tampering_and_not_somebody_elses(
    clerk: Clerk, plain: bytes
) -> None:
    assert clerk.refuses(flip(plain, encrypted_part(plain) - 5)) is Code.TAMPERED


def test_a_false_signature_in_a_sound_envelope_is_refused(
    clerk: Clerk, us: Partner, calice: Partner
) -> None:
    signed = calice.signs(CLEAR)
    at = signed.index(b"DUPONT-TEST")
    assert clerk.opens(calice.wraps(signed, us)) == CLEAR
    clerk.out.unlink()
    assert clerk.refuses(calice.wraps(flip(signed, at), us)) is Code.SIGNATURE_REFUSED


def test_two_contents_in_one_message_are_refused(
    clerk: Clerk, us: Partner, calice: Partner
) -> None:
    both = calice.wraps(calice.signs(CLEAR) + literal(b"other"), us)
    assert clerk.refuses(both) in {Code.TAMPERED, Code.SIGNATURE_REFUSED}


def test_a_message_without_integrity_is_refused(clerk: Clerk, us: Partner, calice: Partner) -> None:
    for seal in (calice.seals, calice.encrypts):
        assert (
            clerk.refuses(seal(CLEAR, us, "--rfc2440", "--cipher-algo", "AES256"))
            is Code.NO_INTEGRITY
        )


def test_a_bomb_is_stopped_at_the_limit(clerk: Clerk, us: Partner, calice: Partner) -> None:
    bomb = calice.seals(bytes(30_000_000), us)
    assert len(bomb) < 50_000
    assert clerk.refuses(bomb) is Code.EXPANDS_TOO_MUCH


def test_a_limit_is_exact(clerk: Clerk, good: bytes, plain: bytes) -> None:
    for message in (good, plain):
        assert clerk.opens(message, limit=len(CLEAR)) == CLEAR
        clerk.out.unlink()
        assert clerk.refuses(message, limit=len(CLEAR) - 1) is Code.EXPANDS_TOO_MUCH


def test_an_expired_key_is_refused(room: Path, own_key: Secret[str], us: Partner) -> None:
    old = Partner("Ancien", expires="1y", born=YEAR_2020)
    try:
        old.knows(us)
        sealed = old.wraps(old.signs(CLEAR, "--faked-system-time", YEAR_2020), us)
        assert Clerk(room, own_key, old.public).refuses(sealed) is Code.SIGNATURE_REFUSED
    finally:
        old.close()


def test_an_expired_signature_is_refused(room: Path, own_key: Secret[str], us: Partner) -> None:
    old = Partner("Ancien", born=YEAR_2020)
    try:
        old.knows(us)
        sealed = old.wraps(
            old.signs(CLEAR, "--faked-system-time", YEAR_2020, "--default-sig-expire", "1d"), us
        )
        assert Clerk(room, own_key, old.public).refuses(sealed) is Code.SIGNATURE_REFUSED
    finally:
        old.close()


def test_a_revoked_key_is_refused(room: Path, own_key: Secret[str], us: Partner) -> None:
    lost = Partner("Perdu")
    try:
        lost.knows(us)
        sealed = lost.seals(CLEAR, us)
        assert Clerk(room, own_key, lost.public).opens(sealed) == CLEAR
        (room / "clear").unlink()
        lost.revokes()
        assert Clerk(room, own_key, lost.public).refuses(sealed) is Code.SIGNATURE_REFUSED
    finally:
        lost.close()


def test_nothing_stays_of_an_operation(
    alone: Path, room: Path, own_key: Secret[str], calice: Partner, good: bytes
) -> None:
    hall, sealed, out = alone, room / "sealed", room / "clear"
    for message, is_good in ((good, True), (good[:-20], False)):
        sealed.write_bytes(message)
        try:
            pgp.decrypt(sealed, out, own_key=own_key, sender_key=calice.public, max_bytes=10**6)
        except Refused:
            assert not is_good
        assert out.exists() is is_good
        out.unlink(missing_ok=True)
    assert {path.name for path in hall.iterdir()} == {".door"}
    assert {path.name for path in room.iterdir()} == {".alive", "sealed"}
    running = subprocess.run(
        ["ps", "-eo", "args"], capture_output=True, text=True, check=True
    ).stdout
    assert not [line for line in running.splitlines() if "gpg-agent" in line and str(hall) in line]


def test_a_signing_subkey_is_known_by_its_primary_key(
    room: Path, own_key: Secret[str], us: Partner
) -> None:
    careful = Partner("Prudent")
    try:
        careful.knows(us)
        careful.gpg(
            "--passphrase", "", "--quick-add-key", careful.fingerprint, "ed25519", "sign", "0"
        )
        clerk = Clerk(room, own_key, careful.public)
        assert clerk.opens(careful.seals(CLEAR, us)) == CLEAR
        assert clerk.verified.signer_fingerprint == careful.fingerprint
    finally:
        careful.close()


def test_a_trouble_of_ours_never_blames_the_sender(
    clerk: Clerk, good: bytes, calice: Partner
) -> None:
    clerk.own_key = Secret(calice.public)
    with pytest.raises(Misconfigured):
        clerk.opens(good)
    clerk.own_key = Secret("nonsense")
    with pytest.raises(Misconfigured):
        clerk.opens(good)


def test_a_partner_file_without_a_key_is_ours_to_repair(clerk: Clerk, good: bytes) -> None:
    clerk.sender_key = "nonsense"
    with pytest.raises(Misconfigured):
        clerk.opens(good)


def test_a_run_that_takes_too_long_is_stopped_and_held(
    clerk: Clerk, us: Partner, calice: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    endless = calice.seals(bytes(20_000_000), us)
    monkeypatch.setattr("gateway.pgp.home.SECONDS_AT_LEAST", 0.0)
    monkeypatch.setattr("gateway.pgp.home.BYTES_PER_SECOND", 1e15)
    with pytest.raises(GatewayError, match="stopped") as held:
        clerk.opens(endless, limit=100_000_000)
    assert not isinstance(held.value, Refused)


def test_no_limit_is_not_a_limit(clerk: Clerk, good: bytes) -> None:
    with pytest.raises(ValueError, match="limit"):
        clerk.opens(good, limit=0)


@pytest.mark.parametrize(
    ("info", "code"),
    [("0 9", Code.NO_INTEGRITY), ("0 9 0", Code.NO_INTEGRITY), ("2 9 0", None), ("0 9 2", None)],
)
def test_integrity_is_asked_of_gpg_too_and_not_of_the_framing_alone(
    info: str, code: Code | None
) -> None:
    words = [
        "DECRYPTION_KEY k",
        "BEGIN_DECRYPTION",
        f"DECRYPTION_INFO {info}",
        "PLAINTEXT 62 0",
        "DECRYPTION_OKAY",
        "GOODMDC",
    ]
    said = Transcript.of(0, "".join(f"[GNUPG:] {word}\n" for word in words), "")
    if code is None:
        check_decryption(said, own_key_ids=(), policy=pgp.Policy())
        return
    with pytest.raises(Refused) as refusal:
        check_decryption(said, own_key_ids=(), policy=pgp.Policy())
    assert refusal.value.code is code


@pytest.mark.parametrize(
    ("error", "is_ours"),
    [
        ("pkdecrypt_failed 67108875", True),
        ("pkdecrypt_failed 67108949", True),
        ("pkdecrypt_failed 16777226", False),
        ("get_passphrase 85", False),  # asked by what a damaged message happened to hold
    ],
)
def test_a_key_that_stays_locked_is_ours_to_repair_and_a_damaged_message_is_not(
    error: str, is_ours: bool
) -> None:
    said = Transcript.of(2, f"[GNUPG:] ENC_TO AB 18 0\n[GNUPG:] ERROR {error}\n", "")
    with pytest.raises(Misconfigured if is_ours else Refused):
        check_decryption(said, own_key_ids=["AB"], policy=pgp.Policy())
