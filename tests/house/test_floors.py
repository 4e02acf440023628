"""The floors of pyproject are kept, and a broken floor is seen."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.house.tree import PACKAGES, ROOT, House, plant


def test_every_floor_is_kept(house: House, tmp_path: Path) -> None:
    outcome = _lint(_copy(house, tmp_path))
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


@pytest.mark.parametrize(
    ("where", "line", "contract"),
    [
        ("connectors/planted.py", "import schemas", "Transport and data never meet"),
        ("schemas/planted.py", "import gateway.errors", "Transport and data never meet"),
        ("gateway/errors.py", "import gateway.app", "Floors of the gateway"),
        ("gateway/utils.py", "", "Floors of the gateway"),
        (
            "gateway/passage/release/__init__.py",
            "import gateway.passage.crossing",
            "three paths do not know",
        ),
        ("gateway/rules/planted.py", "import sqlalchemy", "deaf to the network"),
    ],
)
def test_a_broken_floor_is_seen(tmp_path: Path, where: str, line: str, contract: str) -> None:
    planted = _copy(House(tmp_path / "nowhere"), tmp_path)
    plant(planted, {where: line + "\n"})
    outcome = _lint(planted)
    assert outcome.returncode == 1
    assert any(contract in text and "BROKEN" in text for text in outcome.stdout.splitlines())


def _copy(house: House, to: Path) -> Path:
    """The packages, with an empty module for each floor nobody has built."""
    files = {source.path: source.text for source in house.shipped}
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    named = _modules(contracts["tool"]["importlinter"])
    for module in sorted(named | set(PACKAGES), key=len, reverse=True):
        place = module.replace(".", "/")
        if not any(path == f"{place}.py" or path.startswith(f"{place}/") for path in files):
            files[f"{place}.py" if module == "gateway.__main__" else f"{place}/__init__.py"] = ""
    for name in [name for name in files if "/" in name]:
        for parent in list(Path(name).parents)[:-1]:
            files.setdefault(f"{parent.as_posix()}/__init__.py", "")
    files["pyproject.toml"] = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return plant(to, files).root


def _modules(linter: dict[str, list[dict[str, list[str]]]]) -> set[str]:
    named: set[str] = set()
    for contract in linter["contracts"]:
        inside = [f"{container}." for container in contract.get("containers", [])] or [""]
        layers = [part.strip() for layer in contract.get("layers", []) for part in layer.split("|")]
        named |= {prefix + layer for prefix in inside for layer in layers}
        named |= {*contract.get("modules", []), *contract.get("source_modules", [])}
        forbidden = contract.get("forbidden_modules", [])
        named |= {module for module in forbidden if module.split(".")[0] in PACKAGES}
    return named


def _lint(root: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache", "--config"]
    return subprocess.run(
        [*command, "pyproject.toml"], cwd=root, capture_output=True, text=True, check=False
    )
