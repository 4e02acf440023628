"""`custom_checks`: demands across the columns of a row, in Validata's vocabulary and two words of ours.

Validata's: `one-of-required` (column1, column2), `cohesive-columns-value` (column, othercolumns),
`compare-columns-value` (column, op among ==, <=, >=, column2). Ours, for what it cannot say:
`required-when` (columns, when) and `enum-when` (column, values, when), where `when` gives the value
each named column must have for the demand to apply.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from schemas.contract import Comparison, Rule
from schemas.slips import ContractError, known

Params = Mapping[str, Any]


def parse_checks(items: Iterable[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """Read the checks of a contract, in its order. Raises `ContractError` at an unknown word."""
    return tuple(_rule(known(item, {"name", "params"})) for item in items)


def _rule(item: Mapping[str, Any]) -> Rule:
    if item["name"] not in _KINDS:
        raise ContractError(f"unknown custom check: {item['name']}")
    words, make = _KINDS[item["name"]]
    return make(known(item["params"], words))


def _one_of(params: Params) -> Rule:
    return Rule({}, one_of=(params["column1"], params["column2"]))


def _cohesive(params: Params) -> Rule:
    return Rule({}, cohesive=(params["column"], *params["othercolumns"]))


def _compared(params: Params) -> Rule:
    return Rule({}, compared=(params["column"], Comparison(params["op"]), params["column2"]))


def _required(params: Params) -> Rule:
    return Rule(params["when"], required=tuple(params["columns"]))


def _enumerated(params: Params) -> Rule:
    return Rule(params["when"], lists={params["column"]: tuple(params["values"])})


_KINDS: Mapping[str, tuple[set[str], Callable[[Params], Rule]]] = {
    "one-of-required": ({"column1", "column2"}, _one_of),
    "cohesive-columns-value": ({"column", "othercolumns"}, _cohesive),
    "compare-columns-value": ({"column", "op", "column2"}, _compared),
    "required-when": ({"columns", "when"}, _required),
    "enum-when": ({"column", "values", "when"}, _enumerated),
}
