"""Invented départements, drawn once for all the stories; one story lived by each of them."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from schemas.generator import Truth
from schemas.generator.flows.monthly import write_week
from tests.story.lived import Lived, live
from tests.world.samples import sample
from tests.world.town import week_of

AS_OF = date(2022, 6, 15)
PEOPLE = {"08": 120, "2A": 130, "2B": 60, "974": 90}
SAMPLE = "échantillon"


@dataclass(frozen=True)
class Drawn:
    """An invented département: the folder of its files, and all that was drawn for them."""

    folder: Path
    truth: Truth


Drawing = Callable[[str], Drawn]


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Drawing:
    """Give an invented département by its number."""
    known: dict[str, Drawn] = {}

    def draw(departement: str) -> Drawn:
        if departement not in known:
            into, people = tmp_path_factory.mktemp(f"d{departement}"), PEOPLE[departement]
            truth = write_week(
                into, departement=departement, people=people, seed=people, as_of=AS_OF
            )
            known[departement] = Drawn(into, truth)
        return known[departement]

    return draw


@pytest.fixture(scope="session", params=[*PEOPLE, SAMPLE])
def lived(
    request: pytest.FixtureRequest, drawn: Drawing, tmp_path_factory: pytest.TempPathFactory
) -> Lived:
    """The whole week of one département, already lived."""
    if request.param == SAMPLE:
        samples = sample("dept-08/expected/signals.json").parent.parent
    else:
        samples = drawn(request.param).folder
    folder = tmp_path_factory.mktemp("town") / "t"
    return asyncio.run(live(folder, samples, week_of(samples)))
