"""From HubEE into the vault in constant memory: measured where it is measured for the table."""

from pathlib import Path

import pytest

from benchmarks.receiving import receive
from benchmarks.standing import standing

GROWTH = 40  # MiB


def test_memory_does_not_grow_with_the_attachment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
    with standing(tmp_path, 16 << 20, 256 << 20) as hub:
        peaks = [receive(tmp_path, hub, key).peak for key in hub.keys]
        hub.lie_once()
        peaks.append(receive(tmp_path, hub, hub.keys[-1]).peak)
    # 240 MiB more are received; what the blocks under way take depends on how busy the machine is.
    assert max(peaks) - peaks[0] < GROWTH, f"peak memory in MiB: {peaks}"
