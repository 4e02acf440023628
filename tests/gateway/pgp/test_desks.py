"""A desk serves many messages of one partner, several at once, and nobody else; closed, nothing stays."""

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.errors import GatewayError, Misconfigured
from gateway.pgp import Desk, Desks, Keys
from gateway.secret import Secret
from gateway.workroom import sweep
from schemas.codes import Code
from tests.gateway.pgp.conftest import judge
from tests.house.tree import ROOT
from tests.world.openpgp import CLEAR, LIMIT, Partner

PATIENCE = 10.0  # seconds


@pytest.fixture
def desks() -> Iterator[Desks]:
    with Desks() as opened:
        yield opened


@pytest.fixture
def keys(own_key: Secret[str], calice: Partner) -> Keys:
    return Keys("calice/reception", own_key, calice.public)


@pytest.fixture
def both(good: bytes, stranger: Partner) -> tuple[bytes, Partner]:
    return good, stranger


def rooms(hall: Path) -> list[Path]:
    return sorted(path for path in hall.iterdir() if path.is_dir()) if hall.exists() else []


def agents(hall: Path) -> list[str]:
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    return [line for line in listed.stdout.splitlines() if "gpg-agent" in line and str(hall) in line]  # fmt: skip


def until(is_so: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if is_so():
            return True
        time.sleep(0.02)
    return False


def test_one_desk_serves_many_messages_several_at_once(
    alone: Path, room: Path, desks: Desks, keys: Keys, good: bytes
) -> None:
    def opened(number: int) -> bytes:
        source, out = room / f"sealed-{number}", room / f"clear-{number}"
        source.write_bytes(good)
        with desks.at(keys) as desk:
            desk.decrypt(source, out, max_bytes=LIMIT)
        return out.read_bytes()

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(opened, range(8))) == [CLEAR] * 8
    (only,) = rooms(alone)
    assert len(agents(alone)) == 1
    assert not list((only / "g").glob("*.status")) + list((only / "g").glob("*.log"))


def test_a_subkey_of_another_partner_does_not_sign_for_it_at_two_desks_open_at_once(
    alone: Path, room: Path, keys: Keys, us: Partner, calice: Partner
) -> None:
    other, desks = Partner("Voisin"), Desks()
    try:
        other.knows(us)
        other.gpg("--passphrase", "", "--quick-add-key", other.fingerprint, "ed25519", "sign", "0")
        theirs = replace(keys, name="voisin/reception", partner=other.public)
        by_other, by_calice = other.seals(CLEAR, us), calice.seals(CLEAR, us)
        with desks.at(keys) as here, desks.at(theirs) as there:
            assert len(rooms(alone)) == 2
            assert judge(here, room, by_other, LIMIT) is Code.UNKNOWN_SIGNER
            assert judge(there, room, by_calice, LIMIT) is Code.UNKNOWN_SIGNER
            assert judge(here, room, by_calice, LIMIT) == CLEAR
            assert judge(there, room, by_other, LIMIT) == CLEAR
    finally:
        desks.close()
        other.close()


def test_two_partners_who_declare_the_same_key_still_share_no_desk(
    alone: Path, desks: Desks, keys: Keys
) -> None:
    with desks.at(keys) as one, desks.at(replace(keys, name="autre/reception")) as other:
        assert one is not other
    assert len(rooms(alone)) == 2


def test_another_key_is_another_desk_and_the_one_before_serves_who_holds_it(
    alone: Path, room: Path, desks: Desks, keys: Keys, both: tuple[bytes, Partner]
) -> None:
    good, stranger = both
    changed = replace(keys, partner=stranger.public)
    with desks.at(keys) as before:
        with desks.at(changed) as after:
            assert judge(after, room, good, LIMIT) is Code.UNKNOWN_SIGNER
            assert judge(before, room, good, LIMIT) == CLEAR
        assert len(rooms(alone)) == 2
    assert len(rooms(alone)) == 1
    with desks.at(changed) as again:
        assert again is after
    with desks.at(keys):
        assert len(rooms(alone)) == 1


def test_a_desk_nobody_needs_is_closed(alone: Path, keys: Keys) -> None:
    with Desks(idle_seconds=0.2) as desks:
        with desks.at(keys):
            time.sleep(0.4)
            assert len(rooms(alone)) == 1, "it serves"
        assert until(lambda: not rooms(alone))
        assert until(lambda: not agents(alone))
        with desks.at(keys):
            assert len(rooms(alone)) == 1


def test_closed_with_the_house_nothing_stays_and_nothing_opens(alone: Path, keys: Keys) -> None:
    desks = Desks()
    with desks.at(keys):
        desks.close()
        assert len(rooms(alone)) == 1, "it serves until its user leaves"
    assert rooms(alone) == []
    assert until(lambda: not agents(alone))
    with pytest.raises(GatewayError, match="closed"), desks.at(keys):
        pass


def test_a_refusal_keeps_the_desk_and_a_trouble_replaces_it(
    alone: Path, room: Path, desks: Desks, keys: Keys, good: bytes
) -> None:
    with desks.at(keys) as first:
        assert judge(first, room, good[:-20], LIMIT) is Code.TRUNCATED
    for lost in ("g", "g/private-keys-v1.d"):
        (place,) = rooms(alone)
        shutil.rmtree(place / lost)
        with pytest.raises(GatewayError), desks.at(keys) as same:
            judge(same, room, good, LIMIT)
        assert same is first
        with desks.at(keys) as first:
            assert first is not same
            assert judge(first, room, good, LIMIT) == CLEAR
    assert len(rooms(alone)) == 1


def test_a_desk_that_cannot_be_opened_leaves_no_room(alone: Path, desks: Desks, keys: Keys) -> None:
    for _ in range(2):
        with pytest.raises(Misconfigured), desks.at(replace(keys, partner="nonsense")):
            pass
    assert rooms(alone) == []


def test_a_key_that_expires_while_its_desk_is_open_signs_no_more(
    room: Path, us: Partner, own_key: Secret[str]
) -> None:
    brief = Partner("Bref", expires="seconds=3")
    desk = Desk(Keys("bref/reception", own_key, brief.public))
    try:
        brief.knows(us)
        sealed = brief.seals(CLEAR, us)
        assert judge(desk, room, sealed, LIMIT) == CLEAR
        assert until(lambda: judge(desk, room, sealed, LIMIT) is Code.SIGNATURE_REFUSED)
        (room / "in").write_bytes(CLEAR)
        with pytest.raises(Misconfigured, match="expirée"):
            desk.encrypt(room / "in", room / "out")
    finally:
        desk.close()
        brief.close()


KILLED = """
import sys, time
from pathlib import Path
import gateway.workroom
from gateway.pgp import Desks, Keys
from gateway.secret import Secret
gateway.workroom.SHARED_MEMORY = Path(sys.argv[1])
own, theirs = sys.stdin.read().split("|")
with Desks() as desks, desks.at(Keys("calice/reception", Secret(own), theirs)):
    print("open", flush=True)
    time.sleep(60)
"""


def test_killed_with_a_desk_open_the_next_start_sweeps_it_and_its_agent_goes(
    alone: Path, keys: Keys
) -> None:
    command = [sys.executable, "-c", KILLED, str(alone.parent)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{keys.own.reveal()}|{keys.partner}")
        process.stdin.close()
        assert process.stdout.readline() == "open\n"
        assert len(agents(alone)) == 1
        process.send_signal(signal.SIGKILL)
    assert len(rooms(alone)) == 1
    assert sweep() == 1
    assert rooms(alone) == []
    assert until(lambda: not agents(alone))
