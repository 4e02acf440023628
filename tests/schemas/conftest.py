from datetime import date
from pathlib import Path

import pytest
from hypothesis import settings

from schemas.generator import Truth, write_departement
from tests.schemas import everything
from tests.schemas.everything import Departement
from tests.schemas.papers import Desk

AS_OF = date(2022, 6, 15)

# A law is about truth: a busy machine must not break it.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Truth]:
    folder = tmp_path_factory.mktemp("dept")
    return folder, write_departement(folder, departement="08", people=400, seed=7, as_of=AS_OF)


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Departement:
    return everything.written(tmp_path_factory.mktemp("place"), people=1_000)


@pytest.fixture(scope="session")
def folder(written: tuple[Path, Truth]) -> Path:
    return written[0]


@pytest.fixture(scope="session")
def truth(written: tuple[Path, Truth]) -> Truth:
    return written[1]
