"""A moment of fuzzing at each push: mangled by chance everywhere, guided by coverage where atheris is."""

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from random import Random

import pytest

from schemas.contract import Contract
from tests.fuzz.mangling import mangled
from tests.fuzz.outcome import Leaked, compiled_once, outcome
from tests.fuzz.seeds import seeds
from tests.laws.contracts.effort import EVERY

ROOT = Path(__file__).parents[2]
SECONDS = 15
MANGLED = 20  # files of each contract


@EVERY
def test_a_mangled_file_is_read_or_refused_and_nothing_of_it_told(
    contract: Contract, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled_once(monkeypatch.setattr)
    rng = Random(f"{contract.flow} {contract.version}")
    started = seeds(contract)
    file = tmp_path / "depot"
    met = {outcome(file, mangled(rng.choice(started), rng), contract) for _ in range(MANGLED)}
    assert {outcome(file, body, contract) for body in started} == {"accepted"}
    assert len(met) > 1


@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris n'existe pas pour cette machine")
def test_guided_by_what_it_reaches_fuzzing_finds_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.fuzz.guided", "--seconds", str(SECONDS)]
    done = subprocess.run(
        [*command, "--corpus", str(tmp_path / "corpus")],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Instrumenting schemas.readers" in done.stderr
    found = re.search(r"^ *(\d+) inputs", done.stdout, re.MULTILINE)
    assert found is not None
    assert int(found.group(1)) > 50


def test_a_word_told_would_be_seen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from schemas.registry import contract
    from tests.fuzz import outcome as judged

    known = contract("cnaf-contacts")
    body = seeds(known)[0].replace(b"\n", b";zqxword;\n", 2)
    monkeypatch.setattr(judged, "to_csv", lambda _: "zqxword")
    with pytest.raises(Leaked):
        outcome(
            tmp_path / "depot", body.partition(b"zqxword;")[0][:-1] + b"\n" + b"zqxword\n", known
        )
