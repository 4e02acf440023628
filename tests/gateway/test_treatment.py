"""What a treatment tells of a file stays within what a person can read, and it has room to open it."""

import shutil
from pathlib import Path

import pytest
from obstore.store import MemoryStore

from gateway.archive import Archive
from gateway.delivery import Collected
from gateway.errors import Unavailable
from gateway.passage.treatment import REPORT_LINES, Treatment, _codes, _csv
from gateway.pgp import Desks, Keys
from gateway.secret import Secret
from gateway.stages.admit import Terms
from gateway.stages.unseal import OpenPgpPair
from gateway.store.database import open_engine
from gateway.vault import NotHeld, Unsealer, Vault, generate_identity
from schemas.codes import Code
from schemas.disappearance import Disappearance, told
from schemas.reading import Anomaly, Report
from schemas.registry import contract
from tests.world.records import passport

KEYS = Keys("pe/reception", Secret("ours"), "theirs")


def test_a_report_is_cut_where_the_counts_by_code_say_the_rest() -> None:
    many = REPORT_LINES + 5
    wrong = tuple(Anomaly(n + 2, n + 2, n + 1, "NIR", Code.NIR_KEY) for n in range(many))
    report = Report("cnaf-contacts", "1.0.0", many, 0, many, 0, wrong)
    assert len(_csv(report).splitlines()) == 1 + REPORT_LINES
    assert _codes(report) == {"GW-604": many}


def test_a_report_that_is_cut_keeps_what_its_sender_must_correct() -> None:
    mild = [Anomaly(n + 2, n + 2, n + 1, "NIR", Code.CP1252_BYTE) for n in range(REPORT_LINES)]
    wrong = Anomaly(99_999, 99_999, 99_998, "NIR", Code.NIR_KEY)
    report = Report("cnaf-contacts", "1.0.0", 99_998, 99_997, 1, 0, (*mild, wrong))
    written = _csv(report).splitlines()
    assert written[1].startswith("99999;99998;NIR;GW-604;")
    assert len(written) == 1 + REPORT_LINES


def test_what_is_told_of_the_whole_file_is_in_its_report() -> None:
    gone = Disappearance(before=40, gone=5, threshold=0.1)
    report = told(Report("cnaf-contacts", "1.0.0", 3, 3, 0, 0), gone)
    assert _csv(report).splitlines()[1].startswith(";;;GW-707;avertissement;")
    assert _codes(report) == {"GW-707": 5}


def test_a_clean_file_has_no_report() -> None:
    assert _csv(Report("cnaf-contacts", "1.0.0", 3, 3, 0, 0)) == ""


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Rooms on a disk whose free space is known."""
    monkeypatch.setattr("gateway.workroom.SHARED_MEMORY", tmp_path / "absent")
    monkeypatch.setattr("gateway.workroom.LONGEST_PATH", 4096)
    return tmp_path


def treatment(room: Path, pair: OpenPgpPair | None) -> Treatment:
    key, store = generate_identity(), MemoryStore()
    unsealer = Unsealer(store, [key.secret])
    archive = Archive(Vault(store, [key.public]), unsealer)
    engine, terms = open_engine(f"sqlite:///{room / 'base.sqlite'}"), contract("cnaf-contacts")
    return Treatment(
        engine,
        Terms(terms),
        unsealer,
        archive,
        archive,
        pair,
        None,
        Secret(bytes(32)),
        room,
        1 << 60,
    )


async def test_a_delivery_larger_than_the_room_waits_and_one_that_fits_is_opened(
    room: Path,
) -> None:
    most = int(shutil.disk_usage(room).free * 0.75)
    sealed, pair = Collected("d1", "ab" * 32, most, 0.1), OpenPgpPair(KEYS, Desks())
    with pytest.raises(NotHeld):
        await treatment(room, None).treat(passport(), sealed)
    with pytest.raises(Unavailable, match=f"{2 * most >> 20} Mio"):
        await treatment(room, pair).treat(passport(), sealed)
