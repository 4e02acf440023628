"""`.ci/run` and `.ci/checks` never hide a failure, whichever step it comes from."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.house.tree import House

STEPS = ("setup", "check", "test")


@pytest.mark.parametrize("failing", [(), *((step,) for step in STEPS), ("check", "test")])
def test_a_run_fails_exactly_when_a_step_fails(
    house: House, tmp_path: Path, failing: tuple[str, ...]
) -> None:
    outcome = _run(house, tmp_path, failing)
    assert (outcome.returncode != 0) == bool(failing)


@pytest.mark.parametrize("failing", [(), ("check",), ("test",), ("check", "test")])
def test_a_run_closes_with_the_line_of_its_tests(
    house: House, tmp_path: Path, failing: tuple[str, ...]
) -> None:
    lines = _run(house, tmp_path, failing).stdout.splitlines()
    assert lines[-1] == "== 3 passed =="


def test_a_check_that_fails_does_not_hide_the_next_ones(house: House, tmp_path: Path) -> None:
    place = tmp_path / ".venv/bin"
    place.mkdir(parents=True)
    _script(place / "python", '[ "$2" != mypy ] && [ "$2 $3" != "ruff format" ]')
    _script(place / "lint-imports", "true")
    outcome = subprocess.run(
        [house.root / ".ci/checks"], cwd=tmp_path, check=False, capture_output=True, text=True
    )
    assert outcome.returncode == 1
    assert "réussies : 2 sur 4" in outcome.stdout
    assert "ÉCHEC : types" in outcome.stdout
    assert "ÉCHEC : mise en page" in outcome.stdout


def test_a_missing_part_is_named_with_its_command(house: House, tmp_path: Path) -> None:
    # A path with neither gpg nor apt-get: an account that may install nothing.
    for name in ("bash", "env", "id"):
        (tmp_path / name).symlink_to(shutil.which(name) or "")
    (tmp_path / "parts").write_text(
        house.read(".ci/parts").replace('export PATH="$PATH:/usr/sbin:/sbin"', ""), "utf-8"
    )
    outcome = subprocess.run(
        [str(tmp_path / "bash"), str(tmp_path / "parts"), "gpg"],
        env={"PATH": str(tmp_path)},
        check=False,
        capture_output=True,
        text=True,
    )
    assert outcome.returncode == 1
    assert "apt-get install --yes gnupg" in outcome.stderr


def _run(house: House, place: Path, failing: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    (place / ".ci").mkdir()
    shutil.copy(house.root / ".ci/run", place / ".ci/run")
    rules = [
        f"{step}:\n\t@echo '== 3 passed =='{'; exit 1' if step in failing else ''}\n"
        for step in STEPS
    ]
    (place / "Makefile").write_text("".join(rules), encoding="utf-8")
    # Called from `make test`, a child make would inherit its flags and its job server.
    command = ["env", "-u", "MAKEFLAGS", "-u", "MAKELEVEL", "-u", "MFLAGS", str(place / ".ci/run")]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def _script(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/bash\n{body}\n", encoding="utf-8")
    path.chmod(0o755)
