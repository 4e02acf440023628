"""Clear text has a room, and the room does not outlive its work."""

import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.errors import Misconfigured, Unavailable
from gateway.workroom import LONGEST_PATH, sweep, workroom

ROOT = Path(__file__).parents[2]
KILLED = """
import os, signal, sys
from pathlib import Path
from gateway import workroom
workroom.SHARED_MEMORY = Path(sys.argv[1])
with workroom.workroom() as room:
    (room / "clear").write_text("x")
    print(room, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A place of our own, because other tests may be working in the usual one."""
    with tempfile.TemporaryDirectory(prefix="pw-", dir="/tmp") as place:
        monkeypatch.setattr("gateway.workroom.SHARED_MEMORY", Path(place))
        yield Path(place)


def killed_inside(place: Path) -> Path:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(place)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    return Path(done.stdout.strip())


def test_a_room_is_private_short_and_gone_afterwards() -> None:
    with workroom() as room:
        assert stat.S_IMODE(room.stat().st_mode) == 0o700
        assert len(str(room)) <= LONGEST_PATH
        (room / "inner").mkdir()
        (room / "inner" / "clear").write_text("x")
    assert not room.exists()


def test_a_room_is_gone_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), workroom() as room:
        (room / "clear").write_text("x")
        raise ZeroDivisionError
    assert not room.exists()


def test_a_room_left_by_a_killed_process_is_swept_and_the_living_are_not(memory: Path) -> None:
    with workroom() as ours:
        left = killed_inside(memory)
        assert (left / "clear").exists()
        assert sweep() == 1
        assert not left.exists()
        assert ours.is_dir()


def test_a_room_born_without_its_lock_is_swept(memory: Path) -> None:
    with workroom() as ours:
        orphan = ours.parent / "0rphan"
        orphan.mkdir()
        assert sweep() == 1
        assert not orphan.exists()


def test_a_room_falls_back_to_the_base_when_memory_is_too_small(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.workroom.SHARED_MEMORY", tmp_path / "absent")
    monkeypatch.setattr("gateway.workroom.LONGEST_PATH", 4096)
    with workroom(tmp_path) as room:
        assert room.is_relative_to(tmp_path)
    assert sweep(tmp_path) == 0


def test_a_path_too_long_for_the_sockets_of_gpg_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.workroom.SHARED_MEMORY", tmp_path / "absent")
    deep = tmp_path / ("d" * LONGEST_PATH)
    deep.mkdir()
    with pytest.raises(Misconfigured, match="trop long"), workroom(deep):
        pass


def test_no_room_is_given_where_the_content_would_not_fit() -> None:
    with pytest.raises(Unavailable), workroom(need=1 << 60):
        pass


@pytest.mark.parametrize(
    ("available", "container", "fits"),
    [
        ("MemAvailable: 400 kB", None, True),
        ("MemAvailable: 399 kB", None, False),
        ("MemAvailable: 400 kB", ("max", "anon 0\nshmem 0\nkernel 0"), True),
        (
            "MemAvailable: 9999 kB",
            ("500000", "anon 50000\nshmem 30000\nkernel 10400\nfile 4"),
            True,
        ),
        (
            "MemAvailable: 9999 kB",
            ("500000", "anon 50000\nshmem 30000\nkernel 10401\nfile 4"),
            False,
        ),
    ],
)
def test_a_room_in_memory_leaves_half_of_what_machine_and_container_have(
    memory: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    available: str,
    container: tuple[str, str] | None,
    fits: bool,
) -> None:
    said, limits = tmp_path / "meminfo", tmp_path / "limits"
    said.write_text(f"MemTotal: 99999 kB\n{available}\nHugePages_Total: 0\n", "ascii")
    limits.mkdir()
    if container:
        for name, text in zip(("memory.max", "memory.stat"), container, strict=True):
            (limits / name).write_text(text, "ascii")
    monkeypatch.setattr("gateway.workroom.MEMORY", said)
    monkeypatch.setattr("gateway.workroom.CONTAINER", limits)
    base = tmp_path / "base"
    base.mkdir()
    monkeypatch.setattr("gateway.workroom.LONGEST_PATH", 4096)
    with workroom(base, need=200 << 10) as room:
        assert room.is_relative_to(memory) == fits
        assert room.is_relative_to(base) != fits


@pytest.mark.parametrize("trap", ["link", "lax"])
def test_a_hall_prepared_by_somebody_else_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trap: str
) -> None:
    monkeypatch.setattr("gateway.workroom.SHARED_MEMORY", tmp_path / "absent")
    hall = tmp_path / f"passerelle-{os.geteuid()}"
    if trap == "link":
        (tmp_path / "elsewhere").mkdir(mode=0o700)
        hall.symlink_to(tmp_path / "elsewhere")
    else:
        hall.mkdir()
        hall.chmod(0o755)
    with pytest.raises(Misconfigured), workroom(tmp_path):
        pass
