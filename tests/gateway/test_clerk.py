"""Notices are made and signed once: whoever asks again, whatever was killed between, tells the same bytes."""

import json
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from connectors.contract import Arrival
from connectors.folder import FolderSource
from connectors.hubee import HubeeSource
from connectors.sftp import SftpSource
from gateway.clerk import Address
from gateway.delivery import Kept
from gateway.ledger.log import bodies, committed_size
from gateway.notices import notices
from gateway.stages.keep import keep
from gateway.store.acknowledgements import (
    ADDRESS,
    WORDS,
    find_notices,
    keep_notices,
    note_again,
    origin_of,
    said_again,
    times_again,
)
from gateway.store.database import open_engine
from gateway.store.tables import ACKNOWLEDGEMENT
from gateway.vault import WrongKey
from schemas.codes import Code
from tests.house.tree import ROOT
from tests.world.clerks import Verifier, clerk, clerk_with_drawer, signing_key
from tests.world.dying import AFTER, BEFORE, NEVER, tell
from tests.world.records import NOON, collected, passport, refusal, treated

REMOTE = "DUPONT-TEST_ANNE.csv"
WHERE = Address(
    "cd", Arrival(key="k", name=REMOTE, size=3, seen_at=NOON, reference={"name": REMOTE})
)


@pytest.fixture
def kept(engine: Engine) -> Kept:
    return keep(engine, passport(), collected(), treated(report="LIGNE;CODE\n2;GW-604\n"))


def record_of(engine: Engine, delivery: str = "d1") -> Mapping[str, bytes]:
    with engine.begin() as connection:
        return find_notices(connection, delivery)


def test_asked_again_by_another_the_same_bytes_are_given(engine: Engine, kept: Kept) -> None:
    first = clerk(engine).notices(kept, WHERE, in_files=True)
    before = record_of(engine)
    again = clerk(engine).notices(replace(kept, ledger_index=99), None, in_files=False)
    assert again == first
    assert record_of(engine) == before
    names = {name for notice in first for name in notice.files}
    assert names == {
        f"{level}.json{end}" for level in ("ART", "ARL", "ARA") for end in ("", ".asc")
    } | {f"{name}.csv{end}" for name in ("ARA", "RAPPORT") for end in ("", ".asc")}


def test_of_two_that_make_them_at_once_one_is_told(engine: Engine, kept: Kept) -> None:
    first = keep_notices(engine, kept.delivery, {WORDS: b"one", "ART.json": b"1"}, NOON)
    second = keep_notices(engine, kept.delivery, {WORDS: b"two", "ART.json": b"2"}, NOON)
    assert first == second == record_of(engine) == {WORDS: b"one", "ART.json": b"1"}


def test_where_no_file_is_carried_only_the_words_are_kept_and_nobody_signs(
    engine: Engine, kept: Kept
) -> None:
    told = clerk(engine).notices(kept, WHERE, in_files=False)
    assert record_of(engine).keys() == {WORDS, ADDRESS}
    assert [n.message for n in told] == [n.message for n in notices(kept, at=NOON)]
    assert {len(notice.files) for notice in told} == {0}


def test_folders_and_sftp_carry_files_and_hubee_does_not() -> None:
    assert FolderSource(Path("x"), "cd").carries_files
    assert hasattr(SftpSource, "carries_files")
    assert not hasattr(HubeeSource, "carries_files")


def test_the_name_a_sender_gave_is_kept_sealed_and_opened_with_the_key_only(
    engine: Engine, kept: Kept
) -> None:
    mine = clerk(engine)
    mine.notices(kept, WHERE, in_files=False)
    with engine.begin() as connection:
        kept_bytes = b"".join(connection.scalars(select(ACKNOWLEDGEMENT.c.content)))
    assert b"age-encryption.org" in kept_bytes
    assert REMOTE.encode() not in kept_bytes
    assert mine.address(kept) == WHERE
    with pytest.raises(WrongKey):
        clerk(engine).address(kept)


def test_a_replay_is_told_where_its_original_was(engine: Engine, kept: Kept) -> None:
    mine = clerk(engine)
    mine.notices(kept, WHERE, in_files=False)
    replay = replace(kept, delivery="d2", replay_of="d1")
    assert mine.address(replay) == WHERE
    assert mine.address(replace(replay, replay_of="d0")) is None


def test_rejected_lines_are_told_from_their_drawer_and_signed_like_the_rest(
    engine: Engine, tmp_path: Path
) -> None:
    mine, drawer = clerk_with_drawer(engine)
    lines = tmp_path / "REJETS.csv.gpg"
    lines.write_bytes(b"only the sender opens this")
    digest = drawer.put(lines).digest
    kept = keep(engine, passport(), collected(), treated(rejects=digest))
    last = mine.notices(kept, WHERE, in_files=True)[-1]
    assert last.files["REJETS.csv.gpg"] == lines.read_bytes()
    said = json.loads(last.files["ARA.json"])["rejets"]
    assert said == {"fichier": "REJETS.csv.gpg", "sha256": digest, "absence": None}
    (tmp_path / "REJETS.csv.gpg.asc").write_bytes(last.files["REJETS.csv.gpg.asc"])
    assert Verifier(tmp_path / "theirs", signing_key().public).accepts(lines)
    assert lines.read_bytes() not in record_of(engine).values()


def test_a_duplicate_is_told_which_delivery_came_first(engine: Engine, kept: Kept) -> None:
    first = treated()
    again = passport("d2")
    keep(engine, again, collected("d2"), refusal("d2", Code.DUPLICATE, plaintext=first.plaintext))
    keep(engine, passport("d3"), collected("d3"), refusal("d3", Code.DUPLICATE))
    with engine.begin() as connection:
        found = origin_of(connection, "d2")
        assert (origin_of(connection, "d3"), origin_of(connection, "d9")) == (None, None)
    assert found is not None
    assert (found.delivery, found.ledger_index) == (kept.delivery, kept.ledger_index)


def test_telling_again_is_written_with_its_motive_which_the_ledger_does_not_show(
    engine: Engine, kept: Kept
) -> None:
    assert said_again(record_of(engine)) == []
    indexes = [note_again(engine, "d1", kept.ledger_index, by="ada", motive=why) for why in "ab"]
    again = said_again(record_of(engine))
    assert [(one.by, one.motive, one.ledger_index) for one in again] == [
        ("ada", "a", indexes[0]),
        ("ada", "b", indexes[1]),
    ]
    with engine.begin() as connection:
        assert times_again(connection) == {"d1": 2}
    entry = json.loads(list(bodies(engine, 0, committed_size(engine)))[-1])
    assert (entry["act"], entry["actor"], entry["subject"]) == ("delivery.told-again", "ada", "d1")
    assert entry["facts"]["about"] == kept.ledger_index
    assert len(entry["facts"]["motive"]) == 64


async def test_killed_before_or_after_the_place_is_told_the_sender_has_the_first_bytes(
    tmp_path: Path,
) -> None:
    for name in ("depot", "archive", "ack"):
        (tmp_path / "place" / name).mkdir(parents=True)
    (tmp_path / "place" / "depot" / "a.csv").write_bytes(b"NIR\n")
    (tmp_path / "signing.key").write_text(signing_key().secret.reveal())
    engine = open_engine(f"sqlite:///{tmp_path / 'passerelle.sqlite'}")
    ack = tmp_path / "place" / "ack"

    def lives(moment: str) -> int:
        command = [sys.executable, "-m", "tests.world.dying", str(tmp_path), moment]
        return subprocess.run(command, cwd=ROOT, check=False, timeout=60).returncode

    assert lives(BEFORE) == -signal.SIGKILL
    made = record_of(engine)
    assert list(ack.iterdir()) == []
    assert lives(AFTER) == -signal.SIGKILL
    told = {path.name.removeprefix("a.csv."): path.read_bytes() for path in ack.iterdir()}
    assert told == {name: body for name, body in made.items() if name not in (WORDS, ADDRESS)}
    await tell(tmp_path, NEVER)
    assert record_of(engine) == made
    assert {p.name.removeprefix("a.csv."): p.read_bytes() for p in ack.iterdir()} == told
    acts = [json.loads(body)["act"] for body in bodies(engine, 0, committed_size(engine))]
    assert acts == ["delivery.accepted", "delivery.acknowledged"]
    assert (tmp_path / "place" / "archive" / "a.csv").exists()
    engine.dispose()
