"""A key described for people who compare it aloud, and ours under a passphrase."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway import pgp
from gateway.errors import Misconfigured
from gateway.pgp import Policy
from gateway.pgp.home import AGENT, FEW_ROUNDS
from gateway.secret import Secret
from tests.gateway.pgp.conftest import TOMORROW
from tests.world.openpgp import CLEAR, Partner


def test_a_key_is_described_with_its_whole_fingerprint_and_a_verdict(
    calice: Partner, legacy: Partner
) -> None:
    facts = pgp.describe_key(calice.public)
    assert facts.fingerprint == calice.fingerprint
    assert len(facts.fingerprint) == 40
    assert (facts.algorithm, facts.size, facts.expires, facts.revoked) == ("ed25519", 255, None, False)  # fmt: skip
    assert (facts.can_encrypt, facts.can_sign) == (True, True)
    assert [sub.algorithm for sub in facts.subkeys] == ["cv25519"]
    assert facts.user_ids == ("Calice <calice@example.invalid>",)
    assert datetime.now(UTC) - facts.created < timedelta(hours=1)
    assert (facts.accepted, facts.verdict) == (True, "acceptée")
    weak = pgp.describe_key(legacy.public)
    assert (weak.accepted, weak.verdict) == (False, "refusée : RSA de 2048 bits : 3072 au moins")
    spared = pgp.describe_key(legacy.public, Policy(rsa_2048_until=TOMORROW))
    assert spared.accepted
    assert spared.verdict.startswith("acceptée avec réserve : RSA de 2048 bits")
    assert (weak.can_encrypt, weak.can_sign) == (False, True)


def test_an_expired_and_a_revoked_key_are_described_as_refused() -> None:
    lost = Partner("Perdu", expires="1y")
    try:
        facts = pgp.describe_key(lost.public)
        assert facts.accepted
        assert facts.expires is not None
        after = pgp.describe_key(lost.public, now=facts.expires)
        assert (after.accepted, after.verdict) == (False, "refusée : expirée")
        lost.revokes()
        revoked = pgp.describe_key(lost.public)
        assert (revoked.revoked, revoked.accepted, revoked.verdict) == (True, False, "refusée : révoquée")  # fmt: skip
    finally:
        lost.close()


def test_a_file_that_is_not_one_public_key_is_not_described(
    us: Partner, calice: Partner, stranger: Partner
) -> None:
    for content, said in (
        (calice.public + stranger.public, "une seule"),
        (us.secret, "privée"),
        ("bonjour", "illisible"),
        (calice.public + "x" * (1 << 20), "trop gros"),
    ):
        with pytest.raises(Misconfigured, match=said):
            pgp.describe_key(content)


def test_the_name_on_a_key_cannot_write_on_a_terminal() -> None:
    sly = Partner("Été \x1b[31mrouge")
    try:
        (name,) = pgp.describe_key(sly.public).user_ids
        assert "\x1b" not in name
        assert name.startswith("Été ")
    finally:
        sly.close()


def test_a_key_under_a_passphrase_opens_and_signs_and_a_wrong_one_never_blames_the_sender(
    room: Path, calice: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.pgp.home.AGENT", AGENT + FEW_ROUNDS)  # as strong, for a test
    phrase = Secret("une phrase à nous")
    ours = pgp.generate_key("Passerelle sous clé", phrase)
    calice.gpg("--import", stdin=ours.public.encode())
    sealed = calice.gpg("--recipient", ours.fingerprint, "--sign", "--encrypt", stdin=CLEAR)
    (room / "sealed").write_bytes(sealed)
    for word, is_right in ((phrase, True), (Secret("une autre"), False), (None, False)):
        keys = pgp.Keys("calice", ours.secret, calice.public, word)
        desk = pgp.Desk(keys)
        try:
            if is_right:
                desk.decrypt(room / "sealed", room / "clear", max_bytes=10**6)
                desk.encrypt(room / "clear", room / "out")
                continue
            with pytest.raises(Misconfigured, match="phrase de passe"):
                desk.decrypt(room / "sealed", room / "again", max_bytes=10**6)
            with pytest.raises(Misconfigured, match="phrase de passe"):
                desk.encrypt(room / "clear", room / "again")
        finally:
            desk.close()
    assert calice.gpg("--decrypt", str(room / "out")) == CLEAR
    assert {path.name for path in room.iterdir()} == {".alive", "sealed", "clear", "out"}
