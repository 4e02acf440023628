"""An invented département, and the demo played on it: calmly, and among hostile files."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.generator import Truth
from schemas.generator.flows.monthly import write_week
from tests.world.demo import Played, hostile, play, stage
from tests.world.needles import Needles, needles
from tests.world.records import DAY


@pytest.fixture(scope="package")
def departement(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Truth]:
    into = tmp_path_factory.mktemp("samples")
    return into, write_week(into, departement="2A", people=80, seed=7, as_of=DAY)


@pytest.fixture(scope="package")
def people(departement: tuple[Path, Truth]) -> Needles:
    return needles(departement[1])


@pytest.fixture(scope="package")
def calm(departement: tuple[Path, Truth]) -> Iterator[Played]:
    with stage() as here:
        yield play(here, departement[0])


@pytest.fixture(scope="package")
def attacked(
    departement: tuple[Path, Truth], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Played]:
    samples = hostile(*departement, tmp_path_factory.mktemp("hostile"))
    with stage() as here:
        yield play(here, samples)
