"""Over SFTP into the vault in constant memory, and what each run says of itself."""

from pathlib import Path

import pytest

from benchmarks.giant import pulled
from benchmarks.sftp import standing, told
from benchmarks.sftp_courier import Verb


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    peaks = [pulled(tmp_path / str(size), size).peak for size in (8, 64)]
    assert peaks[1] - peaks[0] < 16, f"peak memory in MiB: {peaks}"


def test_a_courier_pulls_what_stands_there_and_pushes_it_again_each_time_anew(
    tmp_path: Path,
) -> None:
    body = b"x" * 100_000
    with standing(tmp_path) as stand:
        file = stand.home / "depot" / "A.csv.gpg"
        file.write_bytes(body)
        (stand.home / "depot" / "B.csv.gpg").write_bytes(b"another")
        pull = stand.carry(Verb.PULL)
        push = stand.carry(Verb.PUSH, file=file)
        stand.sftp([f"get depot/{file.name} {stand.got}/"])
        left = {path.name: path.read_bytes() for path in (stand.home / "retrait").iterdir()}
    assert left == {"MESURE.csv.gpg": body}
    assert (stand.got / file.name).read_bytes() == body
    assert [path.name for path in (tmp_path / "coffre").rglob("*.age")] == [], (
        "kept, then forgotten"
    )
    assert f"mémoire {max(pull.peak, push.peak)} Mio" in told([pull, push])
