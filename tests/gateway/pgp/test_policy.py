"""What is agreed with a partner: how strong, signed by which of its keys, for how many, how far it expands."""

import logging
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import pgp
from gateway.errors import Misconfigured, Refused
from gateway.pgp import KeyFacts, Part, Policy
from gateway.pgp.framing import HIDDEN, SessionKey
from gateway.pgp.policy import FREE
from gateway.secret import Secret
from schemas.codes import Code
from tests.gateway.pgp.conftest import TOMORROW
from tests.world.openpgp import CLEAR, YEAR_2020, Clerk, Partner

NOW = datetime(2026, 11, 22, tzinfo=UTC)
TODAY = NOW.date()


def part(algorithm: str, size: int, **other: object) -> Part:
    plain = Part("A" * 40, algorithm, size, NOW, None, False, True, True)
    return replace(plain, **other)  # type: ignore[arg-type]  # fields of a Part


# --- strength


@pytest.mark.parametrize("cipher", ["3DES", "CAST5", "IDEA", "BLOWFISH", "TWOFISH", "CAMELLIA256"])
def test_a_cipher_that_is_not_aes_is_refused(
    clerk: Clerk, us: Partner, calice: Partner, cipher: str
) -> None:
    sealed = calice.seals(CLEAR, us, "--cipher-algo", cipher)
    assert clerk.refuses(sealed) is Code.WEAK_CRYPTOGRAPHY


def test_each_aes_is_opened_unless_agreed_otherwise(
    clerk: Clerk, us: Partner, calice: Partner
) -> None:
    sealed = {
        name: calice.seals(CLEAR, us, "--cipher-algo", name)
        for name in ("AES128", "AES192", "AES256")
    }
    for message in sealed.values():
        assert clerk.opens(message) == CLEAR
        clerk.out.unlink()
    clerk.policy = Policy(ciphers=frozenset({"AES256"}))
    assert clerk.refuses(sealed["AES128"]) is Code.WEAK_CRYPTOGRAPHY
    assert clerk.opens(sealed["AES256"]) == CLEAR


def test_a_weak_digest_is_refused(clerk: Clerk, us: Partner, calice: Partner) -> None:
    for digest in ("SHA1", "SHA224", "RIPEMD160"):
        sealed = calice.seals(CLEAR, us, "--digest-algo", digest)
        assert clerk.refuses(sealed) is Code.WEAK_CRYPTOGRAPHY
    sealed = calice.seals(CLEAR, us, "--digest-algo", "SHA256")
    clerk.policy = Policy(digests=frozenset({"SHA384", "SHA512"}))
    assert clerk.refuses(sealed) is Code.WEAK_CRYPTOGRAPHY


def test_rsa_2048_signs_only_until_a_date_that_was_written_and_is_warned_of(
    room: Path,
    own_key: Secret[str],
    us: Partner,
    legacy: Partner,
    caplog: pytest.LogCaptureFixture,
) -> None:
    clerk, sealed = Clerk(room, own_key, legacy.public), legacy.seals(CLEAR, us)
    assert clerk.refuses(sealed) is Code.WEAK_CRYPTOGRAPHY
    assert caplog.messages == []
    clerk.policy = Policy(rsa_2048_until=TOMORROW)
    assert clerk.opens(sealed) == CLEAR
    assert [legacy.fingerprint in said for said in caplog.messages] == [True]
    assert caplog.records[0].levelno == logging.WARNING
    clerk.out.unlink()
    clerk.policy = Policy(rsa_2048_until=TOMORROW - timedelta(days=2))
    assert clerk.refuses(sealed) is Code.WEAK_CRYPTOGRAPHY


@pytest.mark.parametrize(("algorithm", "size"), [
    ("rsa3072", 3072), ("rsa4096", 4096), ("ed25519", 255), ("cv25519", 255), ("ed448", 441),
    ("nistp256", 256), ("nistp384", 384), ("nistp521", 521), ("brainpoolP256r1", 256),
    ("brainpoolP384r1", 384), ("brainpoolP512r1", 512),
])  # fmt: skip
def test_what_the_guides_recommend_is_accepted(algorithm: str, size: int) -> None:
    assert Policy().weakness_of(part(algorithm, size), TODAY) == ""


@pytest.mark.parametrize(("algorithm", "size"), [
    ("rsa1024", 1024), ("rsa2048", 2048), ("rsa3071", 3071), ("dsa2048", 2048), ("dsa3072", 3072),
    ("elg4096", 4096), ("secp256k1", 256), ("algo99", 4096), ("", 0),
])  # fmt: skip
def test_what_they_do_not_is_refused(algorithm: str, size: int) -> None:
    assert Policy().weakness_of(part(algorithm, size), TODAY) != ""


def test_no_date_makes_rsa_under_2048_bits_pass_nor_any_after_2030() -> None:
    lenient = Policy(rsa_2048_until=date(2099, 1, 1))
    assert lenient.weakness_of(part("rsa1024", 1024), TODAY) != ""
    assert lenient.weakness_of(part("rsa2048", 2048), date(2030, 12, 31)) == ""
    assert lenient.weakness_of(part("rsa2048", 2048), date(2031, 1, 1)) != ""


def test_a_family_that_was_not_agreed_is_refused() -> None:
    curves = Policy(families=frozenset({"25519"}))
    assert curves.weakness_of(part("ed25519", 255), TODAY) == ""
    for algorithm, size in (("nistp384", 384), ("rsa4096", 4096)):
        assert curves.weakness_of(part(algorithm, size), TODAY) != ""


# --- for whom


def test_a_hidden_recipient_is_opened_only_where_it_was_agreed(
    clerk: Clerk, us: Partner, calice: Partner
) -> None:
    hidden = calice.seals(CLEAR, us, "--throw-keyids")
    assert clerk.refuses(hidden) is Code.NOT_FOR_US
    clerk.policy = Policy(hidden_recipients=True)
    assert clerk.opens(hidden) == CLEAR


def test_recipients_are_counted(
    clerk: Clerk, us: Partner, calice: Partner, stranger: Partner
) -> None:
    both = calice.seals(CLEAR, us, "--recipient", stranger.fingerprint)
    assert clerk.opens(both) == CLEAR
    clerk.out.unlink()
    clerk.policy = Policy(max_recipients=1)
    assert clerk.refuses(both) is Code.NOT_FOR_US


@pytest.mark.parametrize(
    ("session", "code"),
    [
        (SessionKey("AB" * 8, 16), Code.WEAK_CRYPTOGRAPHY),
        (SessionKey("AB" * 8, 20), Code.WEAK_CRYPTOGRAPHY),
        (SessionKey(HIDDEN, 18), Code.NOT_FOR_US),
        (SessionKey("AB" * 8, 18), None),
        (SessionKey("AB" * 8, 1), None),
    ],
)
def test_how_the_session_key_is_sealed_is_judged_before_gpg(
    session: SessionKey, code: Code | None
) -> None:
    if code is None:
        Policy().check_recipients([session])
        assert session.key_id != HIDDEN
        return
    with pytest.raises(Refused) as refusal:
        Policy().check_recipients([session])
    assert refusal.value.code is code


# --- how far it expands


def test_a_bomb_is_stopped_by_its_ratio_long_before_the_limit_of_the_flow(
    clerk: Clerk, us: Partner, calice: Partner
) -> None:
    sealed = calice.seals(bytes(FREE + 1), us)
    assert clerk.refuses(sealed, limit=1 << 40) is Code.EXPANDS_TOO_MUCH
    clerk.policy = Policy(max_ratio=FREE)
    assert len(clerk.opens(sealed, limit=1 << 40)) == FREE + 1


def test_a_small_file_that_compresses_well_is_no_bomb(
    clerk: Clerk, us: Partner, calice: Partner
) -> None:
    sealed = calice.seals(bytes(FREE), us)
    assert len(sealed) * 200 < FREE
    assert len(clerk.opens(sealed, limit=1 << 40)) == FREE


@given(st.integers(1, 1 << 40), st.integers(1, 1 << 40), st.integers(1, 10_000))
def test_no_ratio_lifts_the_limit_of_the_flow(size: int, limit: int, ratio: int) -> None:
    most = Policy(max_ratio=ratio).most_bytes(size, limit)
    assert most <= limit
    assert most == limit or most >= min(FREE, limit)


# --- which of its keys


def test_only_the_required_signers_may_sign(
    room: Path, own_key: Secret[str], us: Partner, calice: Partner, stranger: Partner
) -> None:
    both = calice.public + stranger.public
    clerk = Clerk(room, own_key, both, signers=frozenset({stranger.fingerprint}))
    assert clerk.opens(stranger.seals(CLEAR, us)) == CLEAR
    clerk.out.unlink()
    assert clerk.refuses(calice.seals(CLEAR, us)) is Code.UNKNOWN_SIGNER


def test_required_signers_of_whom_we_hold_no_key_are_ours_to_repair(
    room: Path, own_key: Secret[str], calice: Partner, good: bytes
) -> None:
    clerk = Clerk(room, own_key, calice.public, signers=frozenset({"A" * 40}))
    with pytest.raises(Misconfigured, match="signers"):
        clerk.opens(good)


def test_a_signature_by_a_subkey_that_expired_since_is_refused(
    room: Path, own_key: Secret[str], us: Partner
) -> None:
    careful = Partner("Prudent", born=YEAR_2020)
    try:
        careful.knows(us)
        then = ("--faked-system-time", YEAR_2020)
        careful.gpg(*then, "--passphrase", "", "--quick-add-key", careful.fingerprint, "ed25519",
                    "sign", "1y")  # fmt: skip
        signed = careful.signs(CLEAR, "--faked-system-time", "20200601T000000!")
        clerk = Clerk(room, own_key, careful.public)
        assert clerk.refuses(careful.wraps(signed, us)) is Code.SIGNATURE_REFUSED
    finally:
        careful.close()


def receiving(fingerprint: str, algorithm: str = "ed25519", **other: object) -> KeyFacts:
    primary = part(algorithm, 255, fingerprint=fingerprint, can_encrypt=False, **other)
    sealing = replace(primary, fingerprint=f"sub-{fingerprint}", can_encrypt=True)
    return KeyFacts(primary, (sealing,), (), True, True)


def test_we_seal_for_the_newest_key_that_may_still_receive_in_whatever_order_they_stand() -> None:
    old = receiving("B", created=NOW - timedelta(days=900))
    new = receiving("A", created=NOW - timedelta(days=10))
    over = receiving("C", created=NOW, revoked=True)
    late = receiving("D", created=NOW, expires=NOW)
    weak = receiving("E", created=NOW, algorithm="dsa2048")
    for theirs in ([old, new, over, late, weak], [weak, late, over, new, old]):
        assert Policy().receiver(theirs, NOW).fingerprint == "sub-A"
    assert Policy().receiver([over, old], NOW).fingerprint == "sub-B"
    twin = receiving("F", created=new.created)
    assert Policy().receiver([twin, new], NOW).fingerprint == "sub-F"
    with pytest.raises(Misconfigured, match="révoquée"):
        Policy().receiver([over, late, weak], NOW)


def test_what_we_send_is_opened_by_the_newest_key_and_by_our_archive(
    room: Path, own_key: Secret[str], us: Partner, calice: Partner, stranger: Partner
) -> None:
    older = Partner("Calice avant", born=YEAR_2020)
    try:
        (room / "in").write_bytes(CLEAR)
        pgp.encrypt(room / "in", room / "out", recipient_key=older.public + calice.public,
                    signing_key=own_key, archive_key=stranger.public)  # fmt: skip
        for reader in (calice, stranger):
            assert reader.gpg("--decrypt", str(room / "out")) == CLEAR
        older.knows(us)
        with pytest.raises(RuntimeError, match="No secret key"):
            older.gpg("--decrypt", str(room / "out"))
    finally:
        older.close()
