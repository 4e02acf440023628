"""What leaves the house: three packages and their data; never a key, never a setting."""

import importlib.metadata
import subprocess
import sys
import tarfile
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.house.tree import PACKAGES, House

SECRETS = (
    "keys/private.asc",
    "keys/openpgp-release.key",
    "keys/partners/x.asc",
    "config/real.toml",
)
SOURCES_OF_SDIST = (*PACKAGES, "tests")
FILES_OF_SDIST = {"README.md", "LICENSE", "pyproject.toml", "PKG-INFO", ".gitignore"}


@pytest.fixture(scope="session")
def checkout(house: House, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree where somebody left keys and settings, and no .gitignore protects them."""
    root = tmp_path_factory.mktemp("checkout")
    for name in house.files:
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes((house.root / name).read_bytes())
    if not (root / "README.md").exists():  # pyproject names it: no build without one
        (root / "README.md").write_text("# Passerelle\n", encoding="utf-8")
    for name in SECRETS:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("secret", encoding="utf-8")
    for ignored in (".gitignore", "keys/.gitignore"):
        (root / ignored).unlink(missing_ok=True)
    return root


@pytest.fixture(scope="session")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _build(checkout, "wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def in_wheel(wheel: Path) -> set[str]:
    return set(zipfile.ZipFile(wheel).namelist())


@pytest.fixture(scope="session")
def in_sdist(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    with tarfile.open(_build(checkout, "sdist", tmp_path_factory.mktemp("sdist"))) as archive:
        return {name.partition("/")[2] for name in archive.getnames()}


def test_the_wheel_holds_three_packages_and_its_own_description(in_wheel: set[str]) -> None:
    tops = {name.split("/")[0] for name in in_wheel}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in in_wheel)


def test_every_file_of_the_packages_is_in_the_wheel_data_included(
    house: House, in_wheel: set[str]
) -> None:
    ours = {name for name in house.files if name.split("/")[0] in PACKAGES}
    assert ours - in_wheel == set()
    assert in_wheel - ours == {name for name in in_wheel if ".dist-info/" in name}


def test_every_package_of_the_wheel_is_typed(in_wheel: set[str]) -> None:
    assert {f"{package}/py.typed" for package in PACKAGES} <= in_wheel


def test_the_sdist_holds_sources_and_tests_only(in_sdist: set[str]) -> None:
    strangers = {name for name in in_sdist if name.split("/")[0] not in SOURCES_OF_SDIST}
    assert strangers <= FILES_OF_SDIST
    assert {"README.md", "LICENSE", "pyproject.toml"} <= strangers


def test_a_key_left_in_the_tree_would_leave_with_a_default_sdist(
    checkout: Path, tmp_path: Path
) -> None:
    # The trap our `only-include` closes: shown open here, so that the bolt is known to hold something.
    project = checkout / "pyproject.toml"
    locked = project.read_text(encoding="utf-8")
    opened = "\n".join(line for line in locked.splitlines() if not line.startswith("only-include"))
    project.write_text(opened, encoding="utf-8")
    try:
        with tarfile.open(_build(checkout, "sdist", tmp_path)) as archive:
            names = archive.getnames()
    finally:
        project.write_text(locked, encoding="utf-8")
    assert any(name.endswith("keys/private.asc") for name in names)


@pytest.fixture(scope="session")
def find_installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Where an environment that holds the wheel alone finds a module."""
    place = tmp_path_factory.mktemp("bare")
    venv.create(place / "venv", with_pip=False, symlinks=True)
    python = place / "venv/bin/python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    _run([*pip, "--no-deps", "--no-index", "--no-compile", str(wheel)], cwd=place)
    code = (
        "import sys; from importlib.util import find_spec as f; print(f(sys.argv[1]) is not None)"
    )
    return lambda name: _run([str(python), "-c", code, name], cwd=place).strip()


@pytest.mark.parametrize("name", PACKAGES)
def test_the_installed_wheel_gives_our_packages(
    find_installed: Callable[[str], str], name: str
) -> None:
    assert find_installed(name) == "True"


@pytest.mark.parametrize("name", ["keys", "config", "tests", "benchmarks"])
def test_the_installed_wheel_gives_neither_keys_nor_settings_nor_tests(
    find_installed: Callable[[str], str], name: str
) -> None:
    assert find_installed(name) == "False"


def test_our_names_belong_to_us_alone() -> None:
    owners = importlib.metadata.packages_distributions()
    assert {name for name in PACKAGES if set(owners.get(name, ())) - {"passerelle"}} == set()
    assert {"keys", "config", "tests"} & owners.keys() == set()


def _build(checkout: Path, target: str, into: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory"]
    _run([*command, str(into)], cwd=checkout)
    (built,) = (path for path in into.iterdir() if path.suffix in {".whl", ".gz"})
    return built


def _run(command: list[str], *, cwd: Path) -> str:
    outcome = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return outcome.stdout
