"""The published dictionary is the one in force, and every column of every flow is in it."""

from pathlib import Path

import pytest

from schemas.dictionary import render
from schemas.registry import UnknownContract, contract, held

PAGE = Path(__file__).parents[2] / "docs" / "dictionnaire.md"


def test_the_published_dictionary_is_the_one_in_force() -> None:
    assert PAGE.read_text("utf-8") == render(), "passerelle flow dictionary > docs/dictionnaire.md"


@pytest.mark.parametrize("flow", held())
def test_every_column_has_a_line_of_seven_cells(flow: str) -> None:
    lines = [line.replace("\\|", "") for line in render([flow]).splitlines() if line[:2] == "| "]
    head, *rows = lines
    assert head.count("|") == 8
    assert [row.split("|")[1].strip(" `") for row in rows] == [
        column.name for column in contract(flow).columns
    ]
    assert all(row.count("|") == 8 for row in rows)
    assert all(cell.strip() for row in rows for cell in row.split("|")[1:-1])


def test_a_flow_that_is_not_held_has_none() -> None:
    with pytest.raises(UnknownContract):
        render(["inconnu"])
