"""What can be listed is compared with its list; what is read at a glance stays short."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.tree import PACKAGES, House, plant

FRONT_PAGE, FOLDER_PAGE = 200, 40
_ROW = re.compile(r"^\| `([^`]+)` \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
_PUBLICCODE = (
    "publiccodeYmlVersion",
    "name",
    "url",
    "platforms",
    "developmentStatus",
    "softwareType",
    "description",
    "legal",
    "maintenance",
    "localisation",
)
_PUBLICCODE_INNER = (
    "  fr:",
    "    shortDescription:",
    "    longDescription:",
    "    features:",
    "  license:",
    "  type:",
    "  contacts:",
    "  localisationReady:",
    "  availableLanguages:",
)


def long_pages(house: House) -> list[str]:
    """Pages longer than a glance: 199 lines for the front page, 39 for a folder's."""
    pages = [name for name in house.files if Path(name).name == "README.md"]
    return [
        name
        for name in pages
        if len(house.read(name).splitlines())
        >= (FRONT_PAGE if name == "README.md" else FOLDER_PAGE)
    ]


def test_a_page_is_read_at_a_glance(house: House) -> None:
    assert long_pages(house) == []


def test_a_long_page_is_seen(tmp_path: Path) -> None:
    planted = plant(tmp_path, {"README.md": "x\n" * 199, "keys/README.md": "x\n" * 40})
    assert long_pages(planted) == ["keys/README.md"]


@pytest.mark.parametrize("name", ["README.md", "LICENSE", "keys/README.md", "config/README.md"])
def test_the_page_a_newcomer_looks_for_is_there(house: House, name: str) -> None:
    assert name in house.files


def test_every_package_is_typed(house: House) -> None:
    assert {f"{package}/py.typed" for package in PACKAGES} <= set(house.files)


def test_every_dependency_has_its_reason(house: House) -> None:
    project = tomllib.loads(house.read("pyproject.toml"))
    rows = _ROW.findall(house.read("docs/dependencies.md"))
    listed = [(name, role.strip()) for name, role, _reason in rows]
    build = _names(project["build-system"]["requires"])
    runtime = _names(project["project"]["dependencies"])
    extras = project["project"]["optional-dependencies"].values()
    optional = _names([line for lines in extras for line in lines])
    development = _names(project["dependency-groups"]["dev"]) - build - optional
    assert len(listed) == len(set(listed))
    assert {name for name, role in listed if role == "exécution"} == runtime
    assert {name for name, role in listed if role == "facultatif"} == optional
    assert {name for name, role in listed if role == "développement"} == development
    assert {name for name, role in listed if role == "construction"} == build
    assert [name for name, _role, reason in rows if len(reason.strip()) < 10] == []


def test_publiccode_has_the_keys_its_standard_requires(house: House) -> None:
    text = house.read("publiccode.yml")
    assert [key for key in _PUBLICCODE if f"\n{key}:" not in f"\n{text}"] == []
    assert [key for key in _PUBLICCODE_INNER if f"\n{key}" not in text] == []


def test_publiccode_keeps_to_the_lengths_of_its_standard(house: House) -> None:
    text = house.read("publiccode.yml")
    short = _folded(text, "shortDescription")
    assert 0 < len(short) <= 150
    assert 150 <= len(_folded(text, "longDescription")) <= 10_000


def test_publiccode_names_our_licence(house: House) -> None:
    project = tomllib.loads(house.read("pyproject.toml"))
    assert f"  license: {project['project']['license']}\n" in house.read("publiccode.yml")


def _names(lines: list[str]) -> set[str]:
    return {str(canonicalize_name(Requirement(line).name)) for line in lines}


def _folded(text: str, key: str) -> str:
    found = re.search(rf"    {key}: >-\n((?:      .*\n)+)", text)
    return " ".join(found[1].split()) if found else ""
