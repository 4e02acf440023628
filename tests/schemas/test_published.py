"""A contract is a published document: the layout and the words of schema.data.gouv.fr, a journal, examples."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from schemas.contract import Contract
from schemas.registry import contracts, held, ours, published
from tests.schemas.table_schema_spec import slips

CONTRACTS = [pytest.param(each, id=f"{each.flow}-{each.version}") for each in contracts()]
HOME = Path(__file__).parents[2] / "schemas" / "contracts"
DEMANDED = {
    "$schema",
    "name",
    "title",
    "description",
    "countryCode",
    "homepage",
    "path",
    "resources",
    "sources",
    "created",
    "lastModified",
    "version",
    "contributors",
    "contact",
    "fields",
    "missingValues",
}


def descriptor(contract: Contract) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(published(contract.flow, contract.version))
    return read


@pytest.mark.parametrize("contract", CONTRACTS)
def test_a_contract_says_what_the_state_asks_of_a_schema(contract: Contract) -> None:
    schema = descriptor(contract)
    assert DEMANDED - set(schema) == set()
    assert schema["countryCode"] == "FR"
    assert (schema["name"], schema["version"]) == (contract.flow, contract.version)
    assert HOME.joinpath(schema["name"], schema["version"], "schema.json").is_file()
    home = f"{schema['homepage'].rsplit('/', 1)[0]}/{contract.flow}"
    assert schema["homepage"] == home
    assert schema["path"] == f"{home}/{contract.version}/schema.json"
    assert date.fromisoformat(schema["created"]) <= date.fromisoformat(schema["lastModified"])
    valid = [one["path"] for one in schema["resources"]]
    assert f"{home}/{contract.version}/exemple.{contract.layout.value}" in valid
    assert all(one["title"] for key in ("sources", "contributors") for one in schema[key])
    assert schema["sources"]
    assert schema["contributors"]


@pytest.mark.parametrize("contract", CONTRACTS)
def test_a_contract_is_a_table_schema_by_another_reading_than_ours(contract: Contract) -> None:
    assert list(slips(descriptor(contract))) == []


@pytest.mark.parametrize(
    ("wrong", "slip"),
    [
        ({"type": "code"}, "A: type code"),
        ({"format": "courriel"}, "A: format of a string"),
        ({"type": "date", "format": "JJ/MM/AAAA"}, "A: format of a date"),
        ({"constraints": {"enum": []}}, "A: constraint enum"),
        ({"constraints": {"requis": True}}, "A: constraint requis"),
        ({"name": ""}, ": name"),
    ],
)
def test_another_reading_sees_a_slip(wrong: dict[str, Any], slip: str) -> None:
    assert list(slips({"fields": [{"name": "A", "type": "string"} | wrong]})) == [slip]


@pytest.mark.parametrize("contract", CONTRACTS)
def test_every_column_can_be_understood_by_who_fills_it(contract: Contract) -> None:
    for column in contract.columns:
        assert column.title, column.name
        assert column.description or column.title != column.name, column.name
        if column.example and column.pattern:
            assert re.fullmatch(column.pattern, column.example), column.name


@pytest.mark.parametrize("flow", held())
def test_a_flow_keeps_a_journal_that_names_each_of_its_versions_newest_first(flow: str) -> None:
    entries = re.findall(r"^## ([0-9.]+) \(.+ [0-9]{4}\)$", ours().changelog(flow), re.MULTILINE)
    assert entries == list(reversed(held()[flow]))


def test_the_layout_has_nothing_else() -> None:
    found = {file.relative_to(HOME).parts for file in HOME.glob("**/*") if file.is_file()}
    expected: set[tuple[str, ...]] = {(flow, "CHANGELOG.md") for flow in held()}
    expected |= {(flow, each, "schema.json") for flow, all_ in held().items() for each in all_}
    assert found == expected
