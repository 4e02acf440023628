"""Three organisations with real keys, and the clerk who opens one delivery."""

import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.errors import Refused
from gateway.pgp import Desk
from gateway.secret import Secret
from gateway.workroom import workroom
from schemas.codes import Code
from tests.world.openpgp import CLEAR, DESKS, Clerk, Partner, partners

TOMORROW = datetime.now(UTC).date() + timedelta(days=1)


@pytest.fixture(scope="package", autouse=True)
def _no_desk_is_left() -> Iterator[None]:
    yield
    DESKS.rest()


@pytest.fixture(scope="package")
def cast() -> Iterator[list[Partner]]:
    with partners("Passerelle", "Calice", "Stranger") as made:
        yield made


@pytest.fixture(scope="package")
def us(cast: list[Partner]) -> Partner:
    return cast[0]


@pytest.fixture(scope="package")
def calice(cast: list[Partner]) -> Partner:
    return cast[1]


@pytest.fixture(scope="package")
def stranger(cast: list[Partner]) -> Partner:
    return cast[2]


@pytest.fixture(scope="package")
def own_key(us: Partner) -> Secret[str]:
    return Secret(us.secret)


@pytest.fixture(scope="package")
def legacy(us: Partner) -> Iterator[Partner]:
    """Somebody whose key is RSA of 2048 bits."""
    made = Partner("Ancestral", algorithm="rsa2048")
    try:
        made.knows(us)
        yield made
    finally:
        made.close()


@pytest.fixture
def room() -> Iterator[Path]:
    with workroom() as made:
        yield made


@pytest.fixture
def clerk(room: Path, own_key: Secret[str], calice: Partner) -> Clerk:
    return Clerk(room, own_key, calice.public)


@pytest.fixture(scope="package")
def good(us: Partner, calice: Partner) -> bytes:
    return calice.seals(CLEAR, us)


@pytest.fixture(scope="package")
def plain(us: Partner, calice: Partner) -> bytes:
    """The same, not compressed."""
    return calice.seals(CLEAR, us, "--compress-algo", "none")


@pytest.fixture
def alone(room: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The hall of the rooms that gpg gets, where nobody else works."""
    with tempfile.TemporaryDirectory(prefix="pw-", dir="/tmp") as place:
        monkeypatch.setattr("gateway.workroom.SHARED_MEMORY", Path(place))
        yield Path(place) / f"passerelle-{os.geteuid()}"


def judge(desk: Desk, room: Path, message: bytes, limit: int) -> Code | bytes:
    """What a desk makes of a message: its content, or the code that refuses it, leaving nothing."""
    source, out = room / "sealed", room / "clear"
    source.write_bytes(message)
    try:
        desk.decrypt(source, out, max_bytes=limit)
        content = out.read_bytes()
        out.unlink()
    except Refused as refused:
        assert {path.name for path in room.iterdir()} == {".alive", "sealed"}
        return refused.code
    return content
