"""Locks by name: exclusive, dead with their holder, and each says who holds it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from gateway.errors import Misconfigured, Unavailable
from gateway.store.flocks import FileLocks, ours
from gateway.store.holding import BothLocks, Locks, borrowed, first_free
from gateway.store.locks import account_locks, slot_locks, state_locks
from gateway.store.sessions import SessionLocks
from tests.house.tree import ROOT
from tests.world.databases import KINDS
from tests.world.postgres import has_postgres, postgres

HOLDING = """\
import sys, time
from pathlib import Path
from gateway.store.locks import state_locks
locks = state_locks(sys.argv[1], Path(sys.argv[2]))
print(locks.take(sys.argv[3]), flush=True)
time.sleep(60)
"""
Open = Callable[[], Locks]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    if not has_postgres():
        pytest.skip("PostgreSQL is not installed")
    with postgres() as url:
        yield url


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path]:
    """A database and a folder that gateways share."""
    kind: str = request.param
    url = request.getfixturevalue("server") if kind == "postgresql" else "sqlite:///x.sqlite"
    return url, tmp_path


@pytest.fixture
def opened(place: tuple[str, Path]) -> Iterator[Open]:
    every: list[Locks] = []

    def open_one() -> Locks:
        every.append(state_locks(*place))
        return every[-1]

    yield open_one
    for locks in every:
        locks.close()


def test_a_name_is_held_by_one_and_taking_twice_is_taking_once(opened: Open) -> None:
    one, two = opened(), opened()
    assert [one.take("a"), one.take("a"), two.take("a"), two.take("b")] == [True, True, False, True]
    one.release("a")
    assert two.take("a")
    assert not one.take("a")


def test_what_is_closed_is_free(opened: Open) -> None:
    one, two = opened(), opened()
    assert one.take("a")
    one.close()
    assert two.take("a")


def test_who_waits_can_name_the_holder(opened: Open) -> None:
    one, two = opened(), opened()
    assert two.holder("a") is None
    assert one.take("a")
    holder = two.holder("a")
    assert holder is not None
    assert (holder.pid, holder.host) == (os.getpid(), os.uname().nodename)
    assert holder.since is not None
    assert one.holder("a") is None  # ours
    one.release("a")
    assert two.holder("a") is None


def test_a_killed_holder_holds_nothing(place: tuple[str, Path], opened: Open) -> None:
    here = opened()
    with holding(*place, "a") as process:
        assert not here.take("a")
        holder = here.holder("a")
        assert holder is not None
        assert holder.pid == process.pid
        os.kill(process.pid, signal.SIGSTOP)  # neither dead nor answering: it still holds
        assert not here.take("a")
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        until(lambda: here.take("a"))
    assert here.holder("a") is None


def test_each_process_has_a_slot_and_the_first_free_one_is_taken_again(opened: Open) -> None:
    one, two, three = opened(), opened(), opened()
    assert [first_free(one), first_free(two)] == ["noeud-1", "noeud-2"]
    one.close()
    assert first_free(three) == "noeud-1"


def test_slots_are_kept_where_the_notebook_is_or_may_be(tmp_path: Path) -> None:
    lite, session = "sqlite:///x", "postgresql+psycopg://u@h/d"
    assert isinstance(slot_locks(lite, lite, tmp_path), FileLocks)
    assert isinstance(slot_locks(lite, session, tmp_path), FileLocks)
    for durable, state in ((session + "-durable", session), (session, lite)):
        kept = slot_locks(durable, state, tmp_path)
        assert isinstance(kept, SessionLocks)
        assert kept.url == session


def test_what_is_borrowed_is_given_back(opened: Open) -> None:
    one, two = opened(), opened()
    with borrowed(one, "a") as taken:
        assert taken
        with borrowed(two, "a") as other:
            assert not other
        assert not two.take("a")
    assert two.take("a")


def test_two_places_are_held_together_or_not_at_all(tmp_path: Path) -> None:
    folders = [ours(tmp_path / name) for name in ("x", "y")]
    both = BothLocks(tuple(FileLocks(folder) for folder in folders))
    alone = FileLocks(folders[1])
    assert alone.take("a")
    assert not both.take("a")
    assert FileLocks(folders[0]).take("a")  # nothing is kept of what could not be held whole
    assert alone.holder("a") is None
    assert both.holder("a") is not None


def test_two_gateways_of_one_user_exclude_each_other_whatever_their_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    one, two = (account_locks("sqlite:///x", tmp_path / name) for name in ("one", "two"))
    assert one.take("compte-1")
    assert not two.take("compte-1")
    assert two.take("compte-2")
    shared = tmp_path / f"passerelle-{os.geteuid()}-verrous"
    assert shared.stat().st_mode & 0o777 == 0o700
    one.close()
    assert two.take("compte-1")
    two.close()


def test_what_a_lock_file_says_is_who_and_nothing_more(tmp_path: Path) -> None:
    locks = FileLocks(tmp_path)
    assert locks.take("compte-abc")
    (file,) = tmp_path.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert json.loads(file.read_text()).keys() == {"pid", "hote", "depuis"}
    locks.close()


def test_a_lock_erased_under_us_is_lost_and_seen_so(tmp_path: Path) -> None:
    one, two = FileLocks(tmp_path), FileLocks(tmp_path)
    assert one.take("a")
    (tmp_path / "a.verrou").unlink()
    assert two.take("a")
    assert not one.take("a")


def test_a_session_lost_is_every_lock_lost_and_seen_so(server: str) -> None:
    one, two = SessionLocks(server), SessionLocks(server)
    assert one.take("a")
    cut(server)
    assert two.take("a")
    assert not one.take("a")
    cut(server)
    assert one.take("a")
    one.close()
    two.close()


def test_a_database_that_does_not_answer_gives_no_lock() -> None:
    locks = SessionLocks("postgresql+psycopg://moi:sesame@127.0.0.1:9/base?connect_timeout=2")
    with pytest.raises(Unavailable, match="verrous") as silence:
        locks.take("a")
    assert "sesame" not in repr(silence.value)


@pytest.mark.parametrize("name", ["", "../a", "a/b", "A", "a" * 200, "a\x00"])
def test_a_name_that_could_be_a_path_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="lower-case"):
        FileLocks(tmp_path).take(name)


def test_a_folder_that_is_not_ours_alone_is_refused(tmp_path: Path) -> None:
    (tmp_path / "wide").mkdir(mode=0o755)
    (tmp_path / "wide").chmod(0o755)
    with pytest.raises(Misconfigured, match="chmod 700"):
        ours(tmp_path / "wide")
    (tmp_path / "link").symlink_to(ours(tmp_path / "real"))
    with pytest.raises(Misconfigured, match="n'est pas un dossier à nous"):
        ours(tmp_path / "link")
    (tmp_path / "file").touch()
    with pytest.raises(Misconfigured, match="n'est pas un dossier à nous"):
        ours(tmp_path / "file")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a folder away")
def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    os.chown(ours(tmp_path / "theirs"), 65534, 65534)
    with pytest.raises(Misconfigured, match="n'est pas un dossier à nous"):
        ours(tmp_path / "theirs")


def test_a_lock_file_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("kept")
    folder = ours(tmp_path / "locks")
    (folder / "a.verrou").symlink_to(tmp_path / "target")
    with pytest.raises(OSError, match="symbolic"):
        FileLocks(folder).take("a")
    assert (tmp_path / "target").read_text() == "kept"


def cut(server: str) -> None:
    """End every other session, as a restart of the server would."""
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name LIKE 'passerelle %'"
            )
        )
    admin.dispose()
    time.sleep(0.1)


@contextmanager
def holding(url: str, var: Path, name: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds a lock."""
    command = [sys.executable, "-c", HOLDING, url, str(var), name]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "True\n"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def until(is_so: Callable[[], bool], seconds: float = 10.0) -> None:
    limit = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < limit
        time.sleep(0.05)
