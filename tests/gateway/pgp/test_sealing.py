"""What we seal and sign for others, and the keys we make."""

from pathlib import Path

import pytest

from gateway import pgp
from gateway.errors import Misconfigured
from gateway.secret import Secret
from tests.world.openpgp import CLEAR, LIMIT, YEAR_2020, Partner


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
