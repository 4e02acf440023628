"""A generated example is what its contract asks: accepted whole, the same each time, of nobody real."""

import json
import re
from pathlib import Path
from random import Random

import pytest

from schemas.check import check
from schemas.contract import Contract
from schemas.examples import example, file_name, records, template, written
from schemas.reading import FileRefused
from schemas.registry import contracts, published
from schemas.slips import ContractError
from schemas.specimens import specimen
from schemas.table_schema import parse_contract
from tests.schemas.test_contracts import household_contract

CONTRACTS = [pytest.param(each, id=f"{each.flow}-{each.version}") for each in contracts()]
ROWS = 40


@pytest.mark.parametrize("departement", ["08", "2A", "974"])
@pytest.mark.parametrize("contract", CONTRACTS)
def test_an_example_is_accepted_whole_by_its_contract(
    contract: Contract, departement: str, tmp_path: Path
) -> None:
    file = tmp_path / "exemple"
    file.write_bytes(example(contract, rows=ROWS, seed=3, departement=departement))
    reading = check(file, contract, departement=departement)
    assert reading.report.anomalies == ()
    assert (reading.report.read, reading.report.accepted) == (ROWS, ROWS)
    filled = {c.name for c in contract.read_columns if reading.rows[c.name].is_not_null().any()}
    assert filled == {column.name for column in contract.read_columns}


@pytest.mark.parametrize("contract", CONTRACTS)
def test_a_seed_is_a_file(contract: Contract) -> None:
    first = example(contract, rows=5, seed=1)
    assert first == example(contract, rows=5, seed=1)
    assert first != example(contract, rows=5, seed=2)
    assert first.decode(contract.encoding)


@pytest.mark.parametrize("contract", CONTRACTS)
def test_a_template_has_every_place_and_nobody(contract: Contract) -> None:
    empty = template(contract).decode(contract.encoding)
    assert records(contract, rows=0, seed=1) == []
    if contract.envelope is None:
        assert empty.rstrip().count("\n") == 0
        assert all(column.name in empty for column in contract.read_columns)
    else:
        assert all(f"<{path.split('/')[-1]}" in empty for path in contract.envelope.paths)
        assert f"<{contract.envelope.record}>" not in empty


@pytest.mark.parametrize("contract", CONTRACTS)
def test_an_example_of_a_name_follows_the_convention(contract: Contract) -> None:
    name = file_name(contract, departement="2A")
    if contract.file_name is None:
        assert name is None
    else:
        stated = contract.parse_name(name or "")
        assert stated is not None
        assert stated.get("departement", "2A") == "2A"


def test_a_changed_row_is_written_as_it_was_changed(tmp_path: Path) -> None:
    contract = next(each for each in contracts() if each.flow == "cd-parcours")
    rows = [dict(row) for row in records(contract, rows=3, seed=1)]
    rows[1]["FAIT"] = "AUTRE"
    file = tmp_path / "exemple"
    file.write_bytes(written(contract, rows, departement="08"))
    with pytest.raises(FileRefused) as refused:
        check(file, contract, departement="08")
    assert refused.value.report is not None
    assert {(a.line, a.column) for a in refused.value.report.anomalies} == {(3, "FAIT")}


def test_households_are_written_where_their_paths_say(tmp_path: Path) -> None:
    contract = household_contract()
    file = tmp_path / "foyers"
    file.write_bytes(example(contract, rows=ROWS, seed=1))
    reading = check(file, contract, departement="08")
    assert reading.report.accepted == ROWS
    assert {"RSA"} == set(re.findall("<NAT>(.*)</NAT>", file.read_text("iso-8859-1")))


def test_rows_settle_every_rule_across_columns(tmp_path: Path) -> None:
    """Each of Validata's words and ours at once, over three free columns."""
    checks: list[dict[str, object]] = [
        {"name": "one-of-required", "params": {"column1": "a", "column2": "b"}},
        {"name": "cohesive-columns-value", "params": {"column": "b", "othercolumns": ["c"]}},
        {"name": "compare-columns-value", "params": {"column": "a", "op": "==", "column2": "b"}},
    ]
    schema = json.loads(published("cd-parcours"))
    field = schema["fields"][6] | {"forme": "numdemrsa"}
    schema |= {"fields": [field | {"name": name} for name in "abc"], "custom_checks": checks}
    ruled = parse_contract(json.dumps(schema))
    file = tmp_path / "liste"
    file.write_bytes(example(ruled, rows=ROWS, seed=1))
    assert check(file, ruled, departement="08").report.accepted == ROWS


def test_a_contract_of_two_rows_gives_no_third() -> None:
    schema = json.loads(published("cd-parcours"))
    schema["fields"] = [schema["fields"][3]]
    schema["custom_checks"] = []
    small = parse_contract(json.dumps(schema))
    assert len(records(small, rows=2, seed=1)) == 2
    with pytest.raises(ValueError, match="different rows"):
        records(small, rows=3, seed=1)


@pytest.mark.parametrize(
    "pattern",
    [
        "[0-9][0-9AB][0-9]{3}",
        r"LISTE_(?P<jour>\d{2})(?:_[A-Z]+)?\.(csv|txt)",
        "a|b{2,3}|",
        r"[-\]_.a-c]*x.\w\s",
        "a{2,}",
    ],
)
def test_a_pattern_matches_what_it_illustrates(pattern: str) -> None:
    for seed in range(30):
        assert re.fullmatch(pattern, specimen(pattern, Random(seed))) is not None


def test_a_named_group_takes_what_it_is_given() -> None:
    assert specimen("(?P<a>[0-9])-(?P<b>[0-9])", Random(1), {"a": "08"}).startswith("08-")


@pytest.mark.parametrize("pattern", ["^a$", "(?=a)a", "[^a]", "(a", "a)", "*", "[]"])
def test_a_pattern_nobody_can_illustrate_is_a_slip_of_its_contract(pattern: str) -> None:
    with pytest.raises(ContractError):
        specimen(pattern, Random(1))
