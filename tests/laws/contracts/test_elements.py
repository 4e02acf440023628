"""XML: an element said twice, or standing elsewhere, changes nothing but what its place says."""

from dataclasses import replace
from random import Random

from hypothesis import given

from schemas.codes import Code
from schemas.contract import Column, Contract
from tests.laws.contracts.effort import SEEDS, TREES, tried
from tests.laws.contracts.files import lenient, row, verdict
from tests.laws.contracts.mutations import expected, told
from tests.laws.contracts.trees import Element, record, statement, tree
from tests.laws.contracts.values import value


def plain(contract: Contract) -> list[Column]:
    """Columns read at one place of their row."""
    return [c for c in contract.read_columns if not (c.many or c.presence or "[" in c.path)]


@TREES
@tried(3)
@given(seed=SEEDS)
def test_an_element_said_twice_counts_once(contract: Contract, seed: int) -> None:
    rng = Random(seed)
    given_rows = [row(contract, rng) for _ in plain(contract)]
    for one, column in zip(given_rows, plain(contract), strict=True):
        one[column.name] = one[column.name] or value(column, contract, rng)
    free = replace(lenient(contract), rules=())
    once = [record(contract, [one]) for one in given_rows]
    twice = [record(contract, [one]) for one in given_rows]
    for element, column in zip(twice, plain(contract), strict=True):
        home, leaf = found(element, contract, column)
        home.children.insert(home.children.index(leaf) + 1, Element(leaf.tag, "AUTRE"))
    said = statement(contract, len(once))
    first, second = (verdict(free, tree(contract, each, said).body) for each in (once, twice))
    assert second.report.anomalies == ()
    assert second.rows.drop("LIGNE").equals(first.rows.drop("LIGNE"))


@TREES
@tried(3)
@given(seed=SEEDS)
def test_an_element_out_of_its_place_is_not_there(contract: Contract, seed: int) -> None:
    rng = Random(seed)
    records, faults = [], []
    for column in plain(contract):
        one = row(contract, rng)
        one[column.name] = one[column.name] or value(column, contract, rng)
        element = record(contract, [one])
        home, leaf = found(element, contract, column)
        home.children[home.children.index(leaf)] = Element("ailleurs", children=[leaf])
        records.append(element)
        faults.append([(column.name, Code.MISSING_VALUE)] if column.required else [])
    paper = tree(contract, records, statement(contract, len(records)))
    free = replace(lenient(contract), rules=())
    reading = verdict(free, paper.body)
    assert told(reading.report.anomalies) == expected(faults, paper.places)
    assert reading.report.rejected == sum(bool(each) for each in faults)


def found(whole: Element, contract: Contract, column: Column) -> tuple[Element, Element]:
    """Give the element of a column, and the one that holds it."""
    steps = column.path.lstrip("/").split("/")
    inside = contract.envelope and contract.envelope.row
    if inside and not column.path.startswith("/"):
        steps = [*inside.split("/"), *steps]
    home = leaf = whole
    for step in steps:
        home, leaf = leaf, next(each for each in leaf.children if each.tag == step)
    return home, leaf
