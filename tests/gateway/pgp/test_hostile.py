"""The fourteen messages of the corpus: fourteen right verdicts, and nothing left of any of them."""

import io
import tempfile
from collections.abc import Iterator
from pathlib import Path

import gnupg
import pytest

from gateway.pgp import Desk, Keys
from gateway.secret import Secret
from schemas.codes import Code
from tests.gateway.pgp.conftest import judge
from tests.world.hostile_openpgp import CAST, CONTENT, LIMIT, Message, messages
from tests.world.openpgp import Partner, partners


@pytest.fixture(scope="module")
def world() -> Iterator[tuple[list[Partner], list[Message]]]:
    with partners(*CAST) as cast:
        yield cast, messages(*cast)


def test_there_are_fourteen_and_one_is_good(world: tuple[list[Partner], list[Message]]) -> None:
    _, corpus = world
    assert len(corpus) == len({message.label for message in corpus}) == 14
    assert [message.label for message in corpus if message.code is None] == ["good"]


def test_each_gets_the_verdict_it_deserves_and_nothing_stays(
    alone: Path,
    room: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    world: tuple[list[Partner], list[Message]],
) -> None:
    (us, calice, *_), corpus = world
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    desk = Desk(Keys("calice/reception", Secret(us.secret), calice.public))
    try:
        verdicts = {m.label: judge(desk, room, m.content, LIMIT) for m in corpus}
    finally:
        desk.close()
    assert verdicts == {m.label: m.code or CONTENT for m in corpus}
    assert [path.name for path in alone.iterdir()] == [".door"]
    assert list(tmp_path.iterdir()) == []


def test_what_python_gnupg_calls_ok_or_valid_would_have_let_some_pass(
    tmp_path: Path, world: tuple[list[Partner], list[Message]]
) -> None:
    """Of 14, `ok` alone judged 10 right and `valid` alone 8 or 9: where a random message was altered decides."""
    (us, _, neighbour, _), corpus = world
    us.knows(neighbour)
    us.gpg("--batch", "--yes", "--delete-keys", _stranger(world).fingerprint)
    peer, source, out = gnupg.GPG(gnupghome=str(us.home)), tmp_path / "m", str(tmp_path / "out")
    right, passed = {"ok": 0, "valid": 0}, {"ok": 0, "valid": 0}
    for message in corpus:
        source.write_bytes(message.content)
        # From a pipe it would raise where gpg stops before the end.
        said = peer.decrypt_file(
            io.BytesIO(), always_trust=True, output=out, extra_args=["--", str(source)]
        )
        for word in right:
            right[word] += bool(getattr(said, word)) is (message.code is None)
            passed[word] += bool(getattr(said, word)) and message.code is not None
    assert max(right.values()) < len(corpus)
    assert all(passed.values()), "each alone accepts what must be refused"


def _stranger(world: tuple[list[Partner], list[Message]]) -> Partner:
    return world[0][3]


def test_the_codes_tell_the_causes_apart(world: tuple[list[Partner], list[Message]]) -> None:
    _, corpus = world
    assert {message.code for message in corpus} - {None} == {
        Code.TRUNCATED, Code.TAMPERED, Code.NOT_SIGNED, Code.UNKNOWN_SIGNER,
        Code.NOT_OPENPGP, Code.NO_INTEGRITY, Code.EXPANDS_TOO_MUCH,
    }  # fmt: skip
