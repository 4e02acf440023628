"""Nothing personal and nothing secret is versioned."""

import re
from pathlib import Path

import pytest

from tests.house.tree import House, plant

# Thirteen positions then a key of two; digits may be grouped the way a card prints them.
_GAP = r"[ .\u00a0\u202f-]?"
_NIR = re.compile(
    rf"(?<![0-9A-Za-z])([1-478]){_GAP}(\d{{2}}){_GAP}(\d{{2}}){_GAP}(\d{{2}}|2[ABab])"
    rf"{_GAP}(\d{{3}}){_GAP}(\d{{3}}){_GAP}(\d{{2}})(?![0-9A-Za-z])"
)
_PRIVATE = re.compile(
    "-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----|AGE-SECRET-KEY-1[A-Z0-9]{20}"
)
_ALLOWED_KEYS = {"keys/README.md", "keys/.gitignore", "keys/partners/.gitkeep"}


def valid_nirs(house: House) -> list[str]:
    """Places where a number that a person could bear is written."""
    return [
        f"{name}:{number}"
        for name in house.files
        for number, line in _lines(house, name)
        if any(_has_its_key(found) for found in _NIR.finditer(line))
    ]


def private_keys(house: House) -> list[str]:
    """Places where a private key is written."""
    return [
        f"{name}:{number}"
        for name in house.files
        for number, line in _lines(house, name)
        if _PRIVATE.search(line)
    ]


def test_no_file_holds_a_valid_nir(house: House) -> None:
    assert valid_nirs(house) == []


@pytest.mark.parametrize("shape", ["{}{:02}", "'{}{:02}'", "nir={} {:02};"])
@pytest.mark.parametrize("birth", ["2990199001001", "299012A001001", "299012B001001"])
def test_a_valid_nir_is_seen(tmp_path: Path, birth: str, shape: str) -> None:
    number = int(birth.replace("2A", "19").replace("2B", "18"))
    key = 97 - number % 97
    planted = plant(tmp_path, {"a.csv": shape.format(birth, key) + "\n"})
    assert valid_nirs(planted) == ["a.csv:1"]
    wrong = plant(tmp_path / "wrong", {"a.csv": shape.format(birth, key % 97 + 1) + "\n"})
    assert valid_nirs(wrong) == []


def test_no_file_holds_a_private_key(house: House) -> None:
    assert private_keys(house) == []


@pytest.mark.parametrize("kind", ["PGP PRIVATE KEY BLOCK", "OPENSSH PRIVATE KEY", "PRIVATE KEY"])
def test_a_private_key_is_seen(tmp_path: Path, kind: str) -> None:
    planted = plant(tmp_path, {"tests/world/key.txt": f"-----BEGIN {kind}-----\n"})
    assert private_keys(planted) == ["tests/world/key.txt:1"]


def test_keys_holds_only_its_manners(house: House) -> None:
    assert {name for name in house.files if name.startswith("keys/")} == _ALLOWED_KEYS


def test_config_holds_only_examples(house: House) -> None:
    real = {name for name in house.files if name.startswith("config/")} - {"config/README.md"}
    assert {name for name in real if not name.endswith((".example.toml", ".gitkeep"))} == set()


def _lines(house: House, name: str) -> list[tuple[int, str]]:
    try:
        return list(enumerate(house.read(name).splitlines(), 1))
    except UnicodeDecodeError:
        return list(enumerate((house.root / name).read_text(encoding="latin-1").splitlines(), 1))


def _has_its_key(found: re.Match[str]) -> bool:
    *positions, key = found.groups()
    number = "".join(positions).upper().replace("2A", "19").replace("2B", "18")
    return 97 - int(number) % 97 == int(key)
