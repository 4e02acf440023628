"""`make` alone prints its menu, and the menu is the Makefile."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.house.tree import House

_TARGET = re.compile(r"^([a-zA-Z][\w-]*):(?!=)", re.MULTILINE)
_PHONY = re.compile(r"^\.PHONY: (.+)$", re.MULTILINE)
PROMISED = {"setup", "demo", "test", "check", "story", "bench", "image", "clean"}


@pytest.fixture(scope="session")
def menu(house: House) -> str:
    return _make(house.root)


def test_the_menu_lists_every_target(house: House, menu: str) -> None:
    targets = set(_TARGET.findall(house.read("Makefile"))) - {"menu"}
    shown = {line.split()[0] for line in menu.splitlines() if line.startswith("  ")}
    assert shown == targets
    assert targets >= PROMISED


def test_every_target_of_the_menu_has_a_sentence(menu: str) -> None:
    lines = [line.split(maxsplit=1) for line in menu.splitlines() if line.startswith("  ")]
    assert [line[0] for line in lines if len(line) < 2] == []


def test_no_target_is_mistaken_for_a_folder(house: House) -> None:
    text = house.read("Makefile")
    phony = {name for names in _PHONY.findall(text) for name in names.split()}
    assert phony == set(_TARGET.findall(text))


def test_the_menu_works_in_a_folder_with_a_space(house: House, tmp_path: Path) -> None:
    place = tmp_path / "mon dossier"
    place.mkdir()
    shutil.copy(house.root / "Makefile", place)
    assert _make(place).startswith("Passerelle")


def test_a_folder_of_samples_with_a_space_stays_one_word(house: House) -> None:
    recipe = _make(house.root, "--dry-run", "demo", "SAMPLES=/un dossier", "KEEP=1")
    assert '--samples "/un dossier" --keep' in recipe


def test_without_samples_the_demonstration_invents_its_own(house: House) -> None:
    recipe = _make(house.root, "--dry-run", "demo", "SAMPLES=")
    assert "passerelle demo --var var/demo" in recipe
    assert "--samples" not in recipe
    assert "--keep" not in recipe


@pytest.mark.parametrize("name", ["run", "checks", "parts", "venv", "lock"])
def test_a_script_stops_at_its_first_error(house: House, name: str) -> None:
    text = house.read(f".ci/{name}")
    assert text.startswith("#!/usr/bin/env bash\n")
    assert "\nset -euo pipefail\n" in text
    assert (house.root / f".ci/{name}").stat().st_mode & 0o100


def test_the_tests_come_last_in_ci(house: House) -> None:
    text = house.read(".ci/run")
    assert text.index("make setup") < text.index("make check") < text.index("make test")


def _make(folder: Path, *arguments: str) -> str:
    # Called from `make test`, a child make would inherit its flags and its job server.
    command = ["env", "-u", "MAKEFLAGS", "-u", "MAKELEVEL", "-u", "MFLAGS", "make", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout
