"""After a rotation every sealed name of ours is of the new epoch, and nobody's facts moved."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import Engine, create_engine, select, update

from gateway import rekeying
from gateway.errors import Misconfigured
from gateway.ledger.entry import Act, Entry
from gateway.ledger.tables import ENTRY
from gateway.pseudonym import JOURNEYS, carried_over, epoch_of
from gateway.rekeying import count_left, rekey
from gateway.secret import KeyPair, Secret
from gateway.store.database import open_engine
from gateway.store.epochs import in_force, recognise
from gateway.store.named_frames import NAMED, Exchange, exchange, replaced
from gateway.store.tables import PARTITION
from gateway.vault import generate_identity
from tests.world import named as world
from tests.world.databases import sqlite_url
from tests.world.named import Named, named

AT_ONCE = timedelta(0)


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Engine]:
    opened = open_engine(sqlite_url(tmp_path))
    yield opened
    opened.dispose()


@pytest.fixture
def house(tmp_path: Path, alone: Engine) -> Named:
    made = named(tmp_path, alone)
    made.deliver("d1")
    made.deliver("d2", people=2)
    made.deliver("e1", "51", people=3)
    made.cross("c1")
    made.cross("c2", "51")
    return made


def held(house: Named) -> dict[tuple[str, str, str], str]:
    """(table, département, column) → digest, of every frame that names people."""
    found = {}
    with house.engine.begin() as connection:
        for table, name in NAMED:
            key = next(iter(table.primary_key.columns))
            for where, digest, row in connection.execute(
                select(table.c.departement, table.c[name], key)
            ):
                found[f"{table.name}.{name}.{row}", where, name] = digest
    return found


def told(house: Named) -> dict[tuple[str, str, str], list[tuple[str, str]]]:
    """For each frame: whose row says what, its names resolved in whatever epoch they are."""
    said = {}
    for (place, where, name), digest in held(house).items():
        frame = house.files.journeys.read(digest)
        epoch = epoch_of(frame["PERSONNE"]) or JOURNEYS.epoch
        people = house.names(where, JOURNEYS.at(epoch))
        said[place, where, name] = sorted((people[n], case) for n, case in frame.iter_rows())
    return said


def epochs(house: Named) -> set[str | None]:
    frames = (house.files.journeys.read(digest) for digest in held(house).values())
    return {epoch_of(frame["PERSONNE"]) for frame in frames} - {None}


def entries(house: Named) -> list[Entry]:
    with house.engine.begin() as connection:
        bodies = connection.scalars(select(ENTRY.c.body).order_by(ENTRY.c.seq)).all()
    read = [Entry.decode(bytes(body)) for body in bodies]
    return [entry for entry in read if entry.act is Act.PSEUDONYMS_ROTATED]


def test_every_frame_is_rewritten_and_nobodys_facts_move(house: Named) -> None:
    before = told(house)
    house.rotate()
    assert count_left(house.engine) == 9  # three files; three frames for each crossing
    steps: list[tuple[int, int]] = []
    done = rekey(house.files, grace=AT_ONCE, tell=lambda n, whole: steps.append((n, whole)))
    assert told(house) == before
    assert epochs(house) == {"2"}
    assert (done.epoch, done.rewritten, done.nobodys, done.waiting) == ("2", 7, 0, 0)
    assert steps == [(n, 9) for n in range(1, 10)]  # 7, and two that name nobody
    assert count_left(house.engine) == 0
    for digest in held(house).values():  # the place of a row says nothing of the old name
        names = house.files.journeys.read(digest)["PERSONNE"]
        assert names.is_sorted()


def test_the_old_frames_are_erased_once_nobody_can_be_reading_them(house: Named) -> None:
    old = house.sealed()
    house.rotate()
    done = rekey(house.files)
    assert (done.erased, done.waiting) == (0, 7)
    assert old <= house.sealed()
    done = rekey(house.files, grace=AT_ONCE)
    assert (done.rewritten, done.erased) == (0, 7)
    assert house.sealed() == set(held(house).values())


def test_what_is_named_again_meanwhile_is_not_erased(house: Named) -> None:
    """A walk that began before kept the frame that was replaced: its bytes must stand."""
    old = held(house)["journey_partition.facts.d1", "08", "facts"]
    house.rotate()
    rekey(house.files)
    with house.engine.begin() as connection:
        late = update(PARTITION).where(PARTITION.c.delivery == "d2").values(facts=old)
        connection.execute(late)
        assert old not in replaced(connection, datetime.now(UTC))
    rekey(house.files, grace=AT_ONCE)
    assert epochs(house) == {"2"}
    assert house.sealed() >= set(held(house).values())


def test_a_frame_that_nothing_names_any_more_is_not_exchanged(house: Named) -> None:
    gone = Exchange("08", "0" * 64, "1", "1" * 64, "2", 1, 0, datetime.now(UTC))
    exchange(house.engine, gone)
    assert entries(house) == []


def test_twice_is_once(house: Named) -> None:
    house.rotate()
    rekey(house.files, grace=AT_ONCE)
    after, written = held(house), len(entries(house))
    done = rekey(house.files, grace=AT_ONCE)
    assert (done.seen, done.rewritten, done.erased) == (0, 0, 0)
    assert (held(house), len(entries(house))) == (after, written)


def test_without_a_rotation_nothing_is_rewritten(house: Named) -> None:
    before = held(house)
    assert count_left(house.engine) == 0
    assert rekey(house.files).rewritten == 0
    assert held(house) == before


def test_the_ledger_says_which_frame_replaced_which_and_names_nobody(house: Named) -> None:
    before = held(house)
    house.rotate()
    rekey(house.files, grace=AT_ONCE)
    rotated, *exchanged = entries(house)
    assert (rotated.actor, rotated.facts["from"], rotated.facts["to"]) == ("bruno", "1", "2")
    pairs = {e.facts["replaced_sha256"]: e.facts["by_sha256"] for e in exchanged}
    after = held(house)
    assert pairs == {old: after[place] for place, old in before.items() if old != after[place]}
    names = [n for where in house.people for n in house.names(where)]
    assert not [n for n in names for e in exchanged if n.encode() in e.encode()]


def test_two_rotations_in_a_row_and_frames_of_three_epochs_end_in_one(house: Named) -> None:
    before = told(house)
    house.rotate()
    house.deliver("d3", domain=JOURNEYS.at("2"), people=1)
    house.rotate("2027-a")
    later = told(house)
    rekey(house.files, grace=AT_ONCE)
    assert epochs(house) == {"2027-a"}
    assert told(house) == later
    assert before.items() <= later.items()


def test_a_file_kept_under_the_old_epoch_during_the_work_is_found_next(house: Named) -> None:
    house.rotate()
    late: list[str] = []

    def tell(_done: int, _whole: int) -> None:
        if not late:  # a walk that began before the rotation
            late.append(house.deliver("late", people=4).delivery)

    rekey(house.files, grace=AT_ONCE, tell=tell)
    assert late == ["late"]
    assert epochs(house) == {"2"}
    assert count_left(house.engine) == 0


def test_a_name_of_nobody_is_left_out_and_counted(house: Named) -> None:
    erased = house.people["08"][0]
    house.rotate()
    house.forget("08", erased)
    done = rekey(house.files, grace=AT_ONCE)
    assert done.nobodys == 4  # two files, one signal, one line of people
    said = told(house)
    assert not [row for rows in said.values() for row in rows if row[0] == erased]


class Killed(BaseException):
    """As if the process ended here."""


@pytest.mark.parametrize(
    ("seam", "turn", "before"),
    [
        ("exchange", 2, True),
        ("exchange", 0, False),
        ("see", 0, True),
        ("mark_erased", 1, True),
        ("mark_erased", 0, False),
    ],
)
def test_killed_anywhere_it_goes_on_from_there(
    house: Named, monkeypatch: pytest.MonkeyPatch, seam: str, turn: int, *, before: bool
) -> None:
    expected = told(house)
    house.rotate()
    _stop(monkeypatch, seam, turn, before=before)
    with pytest.raises(Killed):
        rekey(house.files, grace=AT_ONCE)
    assert told(house) == expected, "a reader in the middle"
    monkeypatch.undo()
    rekey(house.files, grace=AT_ONCE)
    assert told(house) == expected
    assert epochs(house) == {"2"}
    assert house.sealed() == set(held(house).values())
    assert len(entries(house)) == 8  # the rotation, and each exchange once


def _stop(monkeypatch: pytest.MonkeyPatch, seam: str, turn: int, *, before: bool) -> None:
    really: Callable[..., None] = getattr(rekeying, seam)
    turns = iter(range(100))

    def stops(*given: object) -> None:
        if next(turns) != turn:
            return really(*given)
        if not before:
            really(*given)
        raise Killed

    monkeypatch.setattr(rekeying, seam, stops)


KILLED = """
import os, signal, sys
from pathlib import Path
from gateway import rekeying
from gateway.archive import Archive
from gateway.secret import Secret
from gateway.store.database import open_engine
from gateway.vault import Unsealer, Vault, open_folder
url, root, master, *keys = sys.argv[1:]
archives = []
for name, pair in zip(("journeys", "identities"), (keys[:2], keys[2:])):
    store = open_folder(Path(root) / name)
    archives.append(Archive(Vault(store, [pair[0]]), Unsealer(store, [Secret(pair[1])])))
really, turns = rekeying.exchange, iter(range(9))
def dies(*given):
    really(*given)
    if next(turns) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
rekeying.exchange = dies
rekeying.rekey(rekeying.Files(open_engine(url), *archives, Secret(bytes.fromhex(master))))
"""


def test_killed_for_good_another_process_ends_the_work(
    tmp_path: Path, alone: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs: list[str] = []

    def remembered() -> KeyPair:
        pair = generate_identity()
        pairs.extend((pair.public, pair.secret.reveal()))
        return pair

    monkeypatch.setattr(world, "generate_identity", remembered)
    house = named(tmp_path, alone)
    house.deliver("d1")
    house.cross("c1")
    house.deliver("d2", people=2)
    house.deliver("e1", "51", people=3)
    expected = told(house)
    house.rotate()
    assert isinstance(house.files.master, Secret)
    master = house.files.master.reveal().hex()
    done = subprocess.run(
        [sys.executable, "-c", KILLED, sqlite_url(tmp_path), str(tmp_path), master, *pairs],
        cwd=Path(__file__).parents[2],
        check=False,
        capture_output=True,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert told(house) == expected
    assert epochs(house) == {"1", "2"}
    rekey(house.files, grace=AT_ONCE)
    assert (told(house), epochs(house)) == (expected, {"2"})


def test_a_reader_in_the_middle_carries_over_what_it_reads(house: Named) -> None:
    """As the crossing does: the same people whichever of the two epochs a frame is in."""
    house.rotate()
    domain = in_force(house.engine, JOURNEYS)
    frames = []
    for _ in range(2):
        digest = held(house)["journey_partition.facts.d1", "08", "facts"]
        frame, subjects = house.files.journeys.read(digest), house.people["08"]
        read = carried_over(frame, pl.Series(subjects), house.files.master, domain)
        frames.append(read)
        rekey(house.files)
    assert frames[0].equals(frames[1])
    assert set(frames[0]["PERSONNE"]) <= set(house.names("08", domain))


def test_another_master_is_refused_before_it_names_anybody(alone: Engine) -> None:
    recognise(alone, "a" * 16)
    recognise(alone, "a" * 16)
    with pytest.raises(Misconfigured, match="remettez la bonne"):
        recognise(alone, "b" * 16)
    other = create_engine(alone.url)
    with pytest.raises(Misconfigured, match="a" * 16):
        recognise(other, "b" * 16)
    other.dispose()
