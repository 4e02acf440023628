"""A contract compiled: how its text is normalised, and the pandera schema that judges the result.

- Everything arrives as text and is judged as text; dates are cast only once judged.
- Each check is one polars expression over the whole column, true of each row by itself, named by its
  code and column, so that a failure case gives a place and a code and nothing of its value is ever
  looked at.
- `clean` is all of them at once: pandera, which asks them one by one, is given only the rows of which
  it is not true. A law holds the two together.
- The schema must be given an eager frame: on a LazyFrame pandera skips data checks in silence.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, reduce

import pandera.polars as pa
import polars as pl
from pandera.api.polars.types import PolarsData

from schemas.codes import Code
from schemas.contract import Column, ColumnType, Comparison, Contract, Rule
from schemas.derivations import DERIVATIONS
from schemas.fields import form_of
from schemas.fields.dates import parsed, state
from schemas.fields.form import Fault, matching


@dataclass(frozen=True, slots=True)
class Verdict:
    """What must hold of a row: true where it does, null where it cannot be said."""

    code: Code
    column: str
    holds: pl.Expr


@dataclass(frozen=True)
class Compiled:
    """`normalise` and `cast` are whole-frame expressions; `clean` and `schema` stand between them.

    `ours` is asked first, of the text as it came: rows it is not true of are out of the contract's scope.
    """

    contract: Contract
    ours: pl.Expr
    normalise: tuple[pl.Expr, ...]
    clean: pl.Expr
    cast: tuple[pl.Expr, ...]

    @cached_property
    def schema(self) -> pa.DataFrameSchema:
        """The judge of the rows that are not clean, made when there is one."""
        return pa.DataFrameSchema(
            {column.name: _judged(column) for column in self.contract.columns},
            checks=[_check(verdict) for verdict in _rules(self.contract)],
        )


def compile_contract(contract: Contract) -> Compiled:
    """Compile once per file; cheap beside reading it."""
    columns = contract.columns
    present = [pl.col(column.name).is_not_null() for column in columns if column.required]
    verdicts = [verdict for column in columns for verdict in _of_column(column)]
    holds = [verdict.holds.fill_null(value=True) for verdict in (*verdicts, *_rules(contract))]
    return Compiled(
        contract=contract,
        ours=_ours(contract),
        normalise=tuple(_normalised(column, contract) for column in columns),
        clean=pl.all_horizontal(pl.lit(value=True), *present, *holds),
        cast=tuple(_cast(column) for column in columns),
    )


def parse_check_name(name: str) -> tuple[Code, str]:
    """Read back what a failed check says of itself."""
    code, _, column = name.partition("|")
    return Code(code), column


def _ours(contract: Contract) -> pl.Expr:
    """True of rows that have a kept value, and of those whose code nobody knows: these are judged."""
    scopes = []
    for name, values in contract.kept.items():
        column = contract.column(name)
        text = _text(column, contract)
        unknown = (
            text.is_not_null() & ~text.is_in(column.enum) if column.enum else pl.lit(value=False)
        )
        scopes.append((text.is_in(values) | unknown).fill_null(value=False))
    return pl.all_horizontal(pl.lit(value=True), *scopes)


def _normalised(column: Column, contract: Contract) -> pl.Expr:
    if column.state_of is not None:
        source = contract.column(column.state_of)
        text = pl.col(source.name).str.strip_chars()
        return state(text, source.formats).alias(column.name)
    if column.derived_from is not None:
        source = contract.column(column.derived_from)
        return DERIVATIONS[column.derivation](_text(source, contract)).alias(column.name)
    return _text(column, contract).alias(column.name)


def _text(column: Column, contract: Contract) -> pl.Expr:
    text = pl.col(column.name).str.strip_chars().replace(contract.missing, None)
    return form_of(column).normalise(text)


def _cast(column: Column) -> pl.Expr:
    text = pl.col(column.name)
    return parsed(text, column.formats) if column.type is ColumnType.DATE else text


def _judged(column: Column) -> pa.Column:
    checks = [_check(verdict) for verdict in _of_column(column)]
    return pa.Column(pl.String, checks, nullable=not column.required)


def _of_column(column: Column) -> Iterator[Verdict]:
    text = pl.col(column.name)
    for fault in _faults(column):
        yield Verdict(fault.code, column.name, text.is_null() | fault.holds(text))


def _faults(column: Column) -> Iterator[Fault]:
    yield from form_of(column).faults
    if column.pattern:
        yield Fault(Code.WRONG_FORMAT, matching(column.pattern))
    if column.enum:
        allowed = column.enum
        yield Fault(Code.NOT_IN_LIST, lambda text: text.is_in(allowed))
    if column.lawful:
        lawful = column.lawful
        yield Fault(Code.BEYOND_THE_LAW, lambda text: text.is_in(lawful))


def _rules(contract: Contract) -> Iterator[Verdict]:
    for rule in contract.rules:
        yield from _of_rule(rule, contract)


def _of_rule(rule: Rule, contract: Contract) -> Iterator[Verdict]:
    for name in rule.required:
        yield Verdict(Code.MISSING_VALUE, name, _unless(rule, pl.col(name).is_not_null()))
    for name, allowed in rule.lists.items():
        yield Verdict(Code.NOT_IN_LIST, name, _unless(rule, pl.col(name).is_in(allowed)))
    if rule.one_of:
        present = reduce(pl.Expr.or_, (pl.col(name).is_not_null() for name in rule.one_of))
        yield Verdict(Code.MISSING_VALUE, rule.one_of[0], _unless(rule, present))
    if rule.cohesive:
        given = [pl.col(name).is_not_null() for name in rule.cohesive]
        whole = pl.all_horizontal(given) | ~pl.any_horizontal(given)
        yield Verdict(Code.MISSING_VALUE, rule.cohesive[0], _unless(rule, whole))
    if rule.compared is not None:
        name, operator, other = rule.compared
        agree = _COMPARED[operator](*(_cast(contract.column(one)) for one in (name, other)))
        yield Verdict(Code.COLUMNS_DISAGREE, name, _unless(rule, agree))


_COMPARED: Mapping[Comparison, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    Comparison.EQUAL: pl.Expr.eq,
    Comparison.AT_MOST: pl.Expr.le,
    Comparison.AT_LEAST: pl.Expr.ge,
}


def _unless(rule: Rule, holds: pl.Expr) -> pl.Expr:
    """Hold also wherever the rule does not apply, an absent condition included."""
    applies = [pl.col(name).eq_missing(pl.lit(value)) for name, value in rule.when.items()]
    return reduce(lambda held, one: held | ~one, applies, holds.fill_null(value=True))


def _check(verdict: Verdict) -> pa.Check:
    holds = verdict.holds.fill_null(value=True)

    def run(given: PolarsData) -> pl.LazyFrame:
        return given.lazyframe.select(holds)

    return pa.Check(run, name=f"{verdict.code.value}|{verdict.column}")
