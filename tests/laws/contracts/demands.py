"""Demands across the columns of one row, asked again without polars: which are broken, and mending them."""

from collections.abc import Mapping
from datetime import date, datetime
from random import Random
from typing import TypeAlias

from schemas.codes import Code
from schemas.contract import Column, ColumnType, Comparison, Contract, Rule
from tests.laws.contracts.values import is_given, value

Row: TypeAlias = dict[str, str | None]
Given: TypeAlias = Mapping[str, str | None]
Broken: TypeAlias = tuple[str, Code]


def broken(contract: Contract, row: Row) -> list[Broken]:
    """Say what a row breaks: one code per cell, the first demand of the contract that names it."""
    given = _given(contract, row)
    found = [one for rule in contract.rules for one in broken_by(contract, rule, given)]
    return list(dict(reversed(found)).items())


def broken_by(contract: Contract, rule: Rule, given: Given) -> list[Broken]:
    """Say what one demand finds."""
    if not all(given.get(name) == text for name, text in rule.when.items()):
        return []
    found = [(name, Code.MISSING_VALUE) for name in rule.required if given.get(name) is None]
    for name, allowed in rule.lists.items():
        if given.get(name) is not None and given[name] not in allowed:
            found.append((name, Code.NOT_IN_LIST))
    if rule.one_of and all(given.get(name) is None for name in rule.one_of):
        found.append((rule.one_of[0], Code.MISSING_VALUE))
    if len({given.get(name) is None for name in rule.cohesive}) > 1:
        found.append((rule.cohesive[0], Code.MISSING_VALUE))
    if rule.compared and not _agree(contract, rule.compared, given):
        found.append((rule.compared[0], Code.COLUMNS_DISAGREE))
    return found


def mended(contract: Contract, row: Row, rng: Random) -> Row | None:
    """Change a row until it breaks nothing; None when that does not come."""
    for _ in range(30):
        given = _given(contract, row)
        wrong = [rule for rule in contract.rules if broken_by(contract, rule, given)]
        if not wrong:
            return row
        row = row | _mending(contract, wrong[0], given, rng)
    return None


def spoiled(contract: Contract, rule: Rule, row: Row, rng: Random) -> Row:
    """Change a row of the kind this demand speaks of so that it breaks it."""
    columns = {column.name: column for column in contract.columns}
    changes: Row = {}
    if not rule.one_of and not rule.names <= columns.keys():
        return row
    for name in rule.required:
        changes[name] = rng.choice(contract.missing)
    for name, allowed in rule.lists.items():
        drawn = [value(columns[name], contract, rng) for _ in range(30)]
        changes[name] = rng.choice([text for text in drawn if text.strip() not in allowed])
    for name in columns.keys() & set(rule.one_of):
        changes[name] = rng.choice(contract.missing)
    if rule.cohesive:
        chosen = rng.choice(rule.cohesive)
        changes = {name: value(columns[name], contract, rng) for name in rule.cohesive}
        changes[chosen] = rng.choice(contract.missing)
    if rule.compared:
        pair = [rule.compared[0], rule.compared[2]]
        changes = {name: value(columns[name], contract, rng) for name in pair}
    return row | changes


def _given(contract: Contract, row: Row) -> Given:
    return {
        name: text.strip() if text is not None and is_given(text, contract) else None
        for name, text in row.items()
    }


def _mending(contract: Contract, rule: Rule, given: Given, rng: Random) -> Row:
    columns = {column.name: column for column in contract.columns}
    for name in rule.required:
        if given[name] is None:
            return {name: value(columns[name], contract, rng)}
    for name, allowed in rule.lists.items():
        known = [one for one in allowed if not columns[name].enum or one in columns[name].enum]
        if given[name] not in {*allowed, None}:
            return {name: rng.choice(known)}
    if rule.one_of:
        name = rng.choice([one for one in rule.one_of if one in columns])
        return {name: value(columns[name], contract, rng)}
    if rule.cohesive:
        return {name: value(columns[name], contract, rng) for name in rule.cohesive}
    assert rule.compared is not None
    return {rule.compared[0]: given[rule.compared[2]]}


def _agree(contract: Contract, compared: tuple[str, Comparison, str], given: Given) -> bool:
    name, how, other = compared
    first, second = given.get(name), given.get(other)
    if first is None or second is None:
        return True
    if contract.column(name).type is ColumnType.DATE:
        days = _day(first, contract.column(name)), _day(second, contract.column(other))
        return None in days or _holds(how, *days)
    return _holds(how, first, second)


def _holds(how: Comparison, first: object, second: object) -> bool:
    match how:
        case Comparison.EQUAL:
            return first == second
        case Comparison.AT_MOST:
            return first <= second  # type: ignore[operator,no-any-return]
        case Comparison.AT_LEAST:
            return first >= second  # type: ignore[operator,no-any-return]


def _day(text: str, column: Column) -> date | None:
    for written in column.formats:
        try:
            return datetime.strptime(text, written).date()  # noqa: DTZ007 - a day has no hour
        except ValueError:
            continue
    return None
