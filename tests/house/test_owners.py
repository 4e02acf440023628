"""Each sharp library has one owner, the environment one reader, each state one builder."""

from pathlib import Path

import pytest

from gateway.delivery import BUILT_BY, DURABLE
from tests.house import imports
from tests.house.tree import House, plant


def test_each_sharp_library_is_imported_by_its_owner_alone(house: House) -> None:
    assert imports.borrowed(house) == []


@pytest.mark.parametrize(
    "line",
    [
        "import gnupg",
        "from gnupg import GPG",
        "import sqlalchemy.orm as orm",
        "from sqlalchemy import select",
        "from jwt.algorithms import ECAlgorithm",
        "def late():\n    import asyncssh",
        "import importlib\nimportlib.import_module('dbos')",
        "import keys",
        "from config import gateway",
    ],
)
def test_a_borrowed_library_is_seen(tmp_path: Path, line: str) -> None:
    planted = plant(tmp_path, {"gateway/stages/unseal.py": line + "\n"})
    assert len(imports.borrowed(planted)) == 1


def test_an_owner_may_use_its_library(tmp_path: Path) -> None:
    planted = plant(
        tmp_path,
        {
            "gateway/pgp/home.py": "import gnupg\n",
            "connectors/sandbox/sftp.py": "import asyncssh\n",
            "gateway/stages/keep.py": "from sqlalchemy import Engine\n",
            "tests/world/sftp.py": "import asyncssh\n",
        },
    )
    assert imports.borrowed(planted) == []


def test_only_the_settings_read_the_environment(house: House) -> None:
    assert imports.environment_readers(house) == []


@pytest.mark.parametrize("line", ["import os\nA = os.environ['A']", "from os import getenv"])
def test_a_hidden_read_of_the_environment_is_seen(tmp_path: Path, line: str) -> None:
    planted = plant(tmp_path, {"gateway/app.py": line, imports.READS_ENVIRONMENT: line})
    assert [place.split(":")[0] for place in imports.environment_readers(planted)] == [
        "gateway/app.py"
    ]


def test_nothing_unpickles_mocks_or_trusts_any_host(house: House) -> None:
    assert imports.forbidden(house) == []


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "from yaml import safe_load",
        "from unittest import mock",
        "connect(known_hosts=None)",
        "run('ls', shell=True)",
        "get('/', verify=False)",
    ],
)
def test_a_dangerous_line_is_seen(tmp_path: Path, line: str) -> None:
    planted = plant(tmp_path, {"tests/world/partner.py": line + "\n"})
    assert len(imports.forbidden(planted)) == 1


def test_only_its_stage_builds_a_state(house: House) -> None:
    assert imports.builders(house, BUILT_BY) == []


def test_every_builder_is_a_file_and_builds_what_it_is_named_for(house: House) -> None:
    promised = {(path, name) for name, paths in BUILT_BY.items() for path in paths}
    nobody: dict[str, tuple[str, ...]] = dict.fromkeys(BUILT_BY, ())
    places = (line.split() for line in imports.builders(house, nobody))
    built = {(place.partition(":")[0], name) for place, name in places}
    assert promised - built == set()


def test_every_durable_state_has_a_builder() -> None:
    assert {state.__name__ for state in DURABLE} - BUILT_BY.keys() == set()


def test_a_forged_state_is_seen(tmp_path: Path) -> None:
    planted = plant(
        tmp_path,
        {
            "gateway/stages/check.py": "Checked(rows=1)\n",
            "gateway/passage/reception.py": "delivery.Checked(rows=1)\n",
        },
    )
    assert imports.builders(planted, {"Checked": ("gateway/stages/check.py",)}) == [
        "gateway/passage/reception.py:1 Checked"
    ]
