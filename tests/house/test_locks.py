"""The lock files: names, versions and digests, and nothing of where packages come from."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.tree import House

LOCKS = ("requirements.lock", "requirements-build.lock", "requirements-dev.lock")
_PIN = re.compile(r"([a-z0-9][a-z0-9._-]*)==([^ ;]+)(?: ; [^\\]+)? \\")
_LINE = re.compile(rf"|#.*|{_PIN.pattern}|    --hash=sha256:[0-9a-f]{{64}}(?: \\)?|    # .*")
_PLACE = re.compile(r"://|@|--(?!hash=sha256:)|(?:^|[ =])/")


def strange_lines(text: str) -> list[str]:
    """Lines that are neither a pin, a digest nor a comment, or that name a place."""
    return [line for line in text.splitlines() if not _LINE.fullmatch(line) or _PLACE.search(line)]


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_pins_digests_and_comments_only(house: House, name: str) -> None:
    assert strange_lines(house.read(name)) == []


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://example.org/simple",
        "--trusted-host example.org",
        "--find-links /somewhere",
        "--extra-index-url=x",
        "passerelle @ file:///tmp/x",
        "aiohttp>=3",
        "aiohttp==3.14.5",
        "    # via -r /home/somebody/requirements.in",
        "#    pip-compile --cert=/etc/x.pem",
    ],
)
def test_a_line_that_names_a_place_or_lacks_a_digest_is_seen(line: str) -> None:
    assert strange_lines(line) == [line]


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_a_digest(house: House, name: str) -> None:
    blocks = re.split(r"(?m)^(?=[a-z0-9])", house.read(name))[1:]
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_the_three_locks_agree_on_every_version(house: House) -> None:
    development = pins(house, "requirements-dev.lock")
    for name in ("requirements.lock", "requirements-build.lock"):
        assert pins(house, name).items() <= development.items()


def test_the_locks_satisfy_the_project(house: House) -> None:
    project = tomllib.loads(house.read("pyproject.toml"))
    runtime = project["project"]["dependencies"]
    asked = {
        "requirements.lock": runtime,
        "requirements-build.lock": project["build-system"]["requires"],
        "requirements-dev.lock": [*runtime, *project["dependency-groups"]["dev"]],
    }
    assert [
        f"{lock} {line}"
        for lock, lines in asked.items()
        for line in lines
        if not _satisfied(Requirement(line), pins(house, lock))
    ] == []


def test_nothing_of_development_is_in_the_runtime_lock(house: House) -> None:
    project = tomllib.loads(house.read("pyproject.toml"))
    tools = {canonicalize_name(Requirement(r).name) for r in project["dependency-groups"]["dev"]}
    assert tools & pins(house, "requirements.lock").keys() == set()


def pins(house: House, lock: str) -> dict[str, str]:
    """The version of each package of a lock."""
    found = (_PIN.match(line) for line in house.read(lock).splitlines())
    return {str(canonicalize_name(pin[1])): pin[2] for pin in found if pin}


def _satisfied(asked: Requirement, locked: dict[str, str]) -> bool:
    version = locked.get(canonicalize_name(asked.name))
    return version is not None and asked.specifier.contains(version)


def test_a_lock_older_than_the_project_is_seen(tmp_path: Path) -> None:
    (tmp_path / "requirements.lock").write_text("rich==14.0 \\\n", encoding="utf-8")
    assert not _satisfied(Requirement("rich>=15"), pins(House(tmp_path), "requirements.lock"))
    assert not _satisfied(Requirement("typer"), pins(House(tmp_path), "requirements.lock"))
