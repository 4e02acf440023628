"""A CMS message is opened in constant memory: measured where it is measured for the table."""

from pathlib import Path

import pytest

from benchmarks.opening import Bench

SMALL, LARGE = 2_000_000, 40_000_000


@pytest.mark.parametrize("signed", [False, True])
def test_memory_does_not_grow_with_the_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signed: bool
) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
    bench = Bench.made(tmp_path / "b", signed=signed)
    peaks = []
    for size in (SMALL, LARGE):
        bench.write("message", size)
        peaks.append(bench.ours("message", size).peak)
    assert peaks[1] - peaks[0] < 8, f"peak memory in MiB: {peaks}"
