"""Several versions of one flow: each stays readable, and the name of a file says which it follows."""

from collections.abc import Callable
from pathlib import Path

import pytest

from schemas.check import check
from schemas.examples import example
from schemas.registry import Registry, UnknownContract
from tests.world.contracts import two_majors

NAME = "CD-PARCOURS_08_20220615_000001_V{}.csv"


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return two_majors(tmp_path)


def test_a_version_added_hides_none(registry: Registry, tmp_path: Path) -> None:
    assert registry.held == {"cd-parcours": ("1.0.0", "1.1.0", "2.0.0")}
    assert registry.contract("cd-parcours").version == "2.0.0"
    for version in registry.held["cd-parcours"]:
        old = registry.contract("cd-parcours", version)
        file = tmp_path / version
        file.write_bytes(example(old, rows=5, seed=1))
        assert check(file, old, departement="08").report.contract_version == version
    assert registry.changelog("cd-parcours") == "# Journal\n"


@pytest.mark.parametrize(
    ("name", "version"),
    [
        (NAME.format(1), "1.1.0"),
        (NAME.format(2), "2.0.0"),
        (NAME.format(3), "2.0.0"),
        ("(nom hors convention)", "2.0.0"),
    ],
)
def test_a_name_says_which_major_version_its_file_follows(
    registry: Registry, name: str, version: str
) -> None:
    assert registry.named("cd-parcours", name).version == version


def test_what_is_not_held_is_unknown(registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "cd-parcours" / "CHANGELOG.md").unlink()
    asked: list[Callable[[], object]] = [
        lambda: registry.contract("cd-parcours", "1.2.0"),
        lambda: registry.contract("cd-parcours", "../1.0.0"),
        lambda: registry.published("autre"),
        lambda: registry.named("autre", NAME),
        lambda: registry.changelog("cd-parcours"),
    ]
    for ask in asked:
        with pytest.raises(UnknownContract):
            ask()
