"""What we sign apart is verified by anybody with gpg and our public key."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway import pgp
from gateway.errors import Misconfigured
from gateway.secret import Secret
from tests.world.clerks import Verifier, signing_key
from tests.world.halls import left_in, private_hall
from tests.world.openpgp import Partner

CONTENTS = (b"", b"{}\n", "ligne rejetée ; à corriger\r\n".encode(), bytes(range(256)) * 4000)


@pytest.fixture
def anybody(tmp_path: Path) -> Verifier:
    return Verifier(tmp_path / "theirs", signing_key().public)


def signed(folder: Path, contents: tuple[bytes, ...] = CONTENTS) -> list[Path]:
    """Each content in a file, its signature beside it."""
    found = []
    made = pgp.sign_detached(contents, signing_key().secret)
    for rank, (content, signature) in enumerate(zip(contents, made, strict=True)):
        file = folder / f"{rank}.json"
        file.write_bytes(content)
        file.with_name(f"{file.name}.asc").write_text(signature)
        found.append(file)
    return found


def test_each_signature_is_good_for_its_content_and_for_no_other(
    anybody: Verifier, tmp_path: Path
) -> None:
    files = signed(tmp_path)
    assert [anybody.accepts(file) for file in files] == [True] * len(CONTENTS)
    files[1].write_bytes(CONTENTS[1] + b" ")
    shutil.copy(tmp_path / "3.json.asc", tmp_path / "2.json.asc")
    assert [anybody.accepts(file) for file in files] == [True, False, False, True]


def test_nothing_to_sign_starts_nothing() -> None:
    assert pgp.sign_detached([], Secret("no key at all")) == []


@pytest.fixture
def stranger() -> Iterator[Partner]:
    one = Partner("Stranger")
    yield one
    one.close()


def test_a_key_that_cannot_sign_is_said_to_be_ours_to_repair(stranger: Partner) -> None:
    for key in ("", "not a key", stranger.public, stranger.secret + signing_key().secret.reveal()):
        with pytest.raises(Misconfigured, match="clé"):
            pgp.sign_detached([b"x"], Secret(key))


def test_an_expired_key_signs_nothing() -> None:
    expired = Partner("Expired", expires="1d", born="20200101T000000!")
    try:
        with pytest.raises(Misconfigured, match="expirée"):
            pgp.sign_detached([b"x"], Secret(expired.secret))
    finally:
        expired.close()


def test_the_key_leaves_no_trace(tmp_path: Path) -> None:
    with private_hall() as hall:
        files = signed(tmp_path)
        assert len(files) == len(CONTENTS)
        assert left_in(hall) == []
