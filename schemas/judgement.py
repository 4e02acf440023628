"""One batch judged: clean rows on one side, anomalies on the other.

In order: rows out of the contract's scope (set aside, nothing else is asked of them), Windows bytes
and inner newlines (warnings, mended), normalisation, the pandera schema, cells emptied, rows refused,
dates cast. One anomaly per cell: the first thing wrong with it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import pandera.errors
import polars as pl
from pandera.config import ValidationDepth, config_context

from schemas.codes import Code, Effect
from schemas.compilation import Compiled, parse_check_name
from schemas.contract import ColumnType, Contract, Layout
from schemas.readers.batch import PLACE, Holding, Row
from schemas.reading import Anomaly

_ROW = "RANG"
_ANYTHING = Holding()
_EVERYTHING = ValidationDepth.SCHEMA_AND_DATA
_NEWLINES = r"[\r\n]+"
_C1 = r"[\x{80}-\x{9f}]"
# What Windows puts where ISO-8859 has control characters; five bytes are unassigned there too.
_WINDOWS = {chr(byte): bytes([byte]).decode("cp1252", "replace") for byte in range(0x80, 0xA0)}


@dataclass(frozen=True, slots=True)
class Judged:
    """`rows` are the accepted ones, with their place; `rejected` and `ignored` count rows, not anomalies."""

    rows: pl.DataFrame
    anomalies: Sequence[Anomaly]
    rejected: int
    ignored: int = 0


def judge(
    rows: Sequence[Row] | pl.DataFrame,
    contract: Contract,
    compiled: Compiled,
    holding: Holding = _ANYTHING,
) -> Judged:
    """Judge the rows of a batch; `holding` spares looking for what its reader knows is not there."""
    frame, outside = _in_scope(_frame(rows, contract), contract, compiled)
    frame, warnings = _mended(frame.with_row_index(_ROW), contract, holding)
    frame = frame.with_columns(compiled.normalise)
    found = _failures(frame, contract, compiled)
    lost = {row for row, _, code in found if code.entry.effect is Effect.ROW_REFUSED}
    anomalies = [*outside, *warnings, *_placed(frame, found)]
    kept = _emptied(frame, found).with_columns(compiled.cast)
    if lost:
        kept = kept.filter(~pl.col(_ROW).is_in(sorted(lost)))
    columns = [column.name for column in contract.columns]
    return Judged(kept.select(*columns, *PLACE), anomalies, len(lost), len(outside))


def empty_rows(contract: Contract) -> pl.DataFrame:
    """Give the frame of a file with nobody in it."""
    types = {c.name: pl.Date if c.type is ColumnType.DATE else pl.String for c in contract.columns}
    return pl.DataFrame(schema={**types, **dict.fromkeys(PLACE, pl.Int64)})


def _frame(rows: Sequence[Row] | pl.DataFrame, contract: Contract) -> pl.DataFrame:
    if isinstance(rows, pl.DataFrame):
        return rows
    names = [column.name for column in contract.read_columns]
    texts = dict.fromkeys(names, pl.String)
    places = dict.fromkeys(PLACE, pl.Int64)
    schema = {**texts, **places}
    columns = zip(*rows, strict=True) if rows else ((),) * len(schema)
    return pl.DataFrame(dict(zip(schema, columns, strict=True)), schema=schema)


def _in_scope(
    frame: pl.DataFrame, contract: Contract, compiled: Compiled
) -> tuple[pl.DataFrame, list[Anomaly]]:
    if not contract.kept:
        return frame, []
    (column, *_) = contract.kept
    outside = frame.filter(~compiled.ours).select(*PLACE)
    set_aside = [
        Anomaly(line, end, record, column, Code.OUT_OF_SCOPE)
        for line, end, record in outside.iter_rows()
    ]
    return frame.filter(compiled.ours), set_aside


def _mended(
    frame: pl.DataFrame, contract: Contract, holding: Holding
) -> tuple[pl.DataFrame, list[Anomaly]]:
    names = [column.name for column in contract.read_columns]
    warnings: list[Anomaly] = []
    if contract.is_unicode:
        if holding.decomposed:
            frame = frame.with_columns(pl.col(names).str.normalize("NFC"))
    elif holding.windows and (windows := _seen(frame, names, _C1, Code.CP1252_BYTE)):
        warnings += windows
        frame = frame.with_columns(pl.col(names).str.replace_many(_WINDOWS))
    if contract.layout is Layout.CSV and holding.newlines:
        warnings += _seen(frame, names, _NEWLINES, Code.QUOTED_NEWLINE)
        frame = frame.with_columns(pl.col(names).str.replace_all(_NEWLINES, " "))
    return frame, warnings


def _seen(frame: pl.DataFrame, names: Iterable[str], pattern: str, code: Code) -> list[Anomaly]:
    found = frame.select(pl.col(list(names)).str.contains(pattern).any()).row(0, named=True)
    return [
        Anomaly(line, end, record, name, code)
        for name in names
        if found[name]
        for line, end, record in frame.filter(pl.col(name).str.contains(pattern))
        .select(*PLACE)
        .iter_rows()
    ]


def _failures(
    frame: pl.DataFrame, contract: Contract, compiled: Compiled
) -> list[tuple[int, str, Code]]:
    """Give (row, column, code), one per cell, in the order of rows then columns."""
    suspect = frame.filter(~compiled.clean)
    if suspect.is_empty():
        return []
    try:
        # Said again at each call: pandera lets an environment variable switch all checks off.
        with config_context(validation_enabled=True, validation_depth=_EVERYTHING):
            compiled.schema.validate(suspect, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        # The column `failure_case` holds values of the file: it is never selected.
        cases = errors.failure_cases.select("index", "column", "check", "check_number")
    else:
        return []
    order = {column.name: rank for rank, column in enumerate(contract.columns)}
    rows = suspect.get_column(_ROW).to_list()
    first: dict[tuple[int, int], tuple[int, str, Code]] = {}
    for index, name, check, _ in sorted(cases.iter_rows(), key=_severity):
        code, column = (
            (Code.MISSING_VALUE, name) if check == "not_nullable" else parse_check_name(check)
        )
        row = rows[index]
        first.setdefault((row, order[column]), (row, column, code))
    return [first[cell] for cell in sorted(first)]


def _severity(case: tuple[int, str | None, str, int | None]) -> tuple[bool, int]:
    """Column checks before row rules, and among them the order of the contract."""
    _, column, _, number = case
    return column is None, -1 if number is None else number


def _placed(frame: pl.DataFrame, found: Iterable[tuple[int, str, Code]]) -> Iterator[Anomaly]:
    places = frame.select(*PLACE)
    for row, column, code in found:
        line, end, record = places.row(row)
        yield Anomaly(line, end, record, column, code)


def _emptied(frame: pl.DataFrame, found: Iterable[tuple[int, str, Code]]) -> pl.DataFrame:
    unusable: dict[str, list[int]] = {}
    for row, column, code in found:
        if code.entry.effect is Effect.CELL_EMPTIED or code is Code.UNUSABLE_DATE:
            unusable.setdefault(column, []).append(row)
    return frame.with_columns(
        pl.when(~pl.col(_ROW).is_in(rows)).then(pl.col(column)).alias(column)
        for column, rows in unusable.items()
    )
