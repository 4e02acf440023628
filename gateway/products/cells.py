"""The last look at the cells of an extract before they become bytes, the same for every format.

1. A column with a shape has typed cells: one of another shape is our mistake, and nothing is written.
2. In other columns (names, sentences), a cell that a spreadsheet would run (= + - @ first, full-width too,
   TAB, CR or LF, whatever blanks come before) gets an apostrophe before it: one person must not be able to
   stop, or arm, the file of a département.
3. A message names a column and a count, never a value.
"""

from collections.abc import Mapping

import polars as pl

STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_BLANKS = " \u00a0\u202f\u3000\u200b\ufeff"
APOSTROPHE = "'"


class UnsafeCell(ValueError):
    """A cell that must not leave."""


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet would run it."""
    return cell.lstrip(_BLANKS).startswith(STARTS_A_FORMULA)


def disarm(cell: str) -> str:
    """A cell that no spreadsheet runs."""
    return APOSTROPHE + cell if is_formula(cell) else cell


def runs(cells: pl.Expr) -> pl.Expr:
    """Which cells a spreadsheet would run."""
    first = cells.str.strip_chars_start(_BLANKS).str.slice(0, 1)
    return first.is_in(STARTS_A_FORMULA).fill_null(value=False)


def safe(frame: pl.DataFrame, shapes: Mapping[str, str]) -> pl.DataFrame:
    """The cells as they may leave. Raises `UnsafeCell` for one that has not the shape of its column."""
    for name in frame.columns:
        if name in shapes:
            _check_shape(name, frame[name], shapes[name])
    return frame.with_columns(disarmed(name) for name in frame.columns if name not in shapes)


def disarmed(name: str) -> pl.Expr:
    """A column whose cells no spreadsheet runs."""
    cells = pl.col(name)
    return pl.when(runs(cells)).then(pl.lit(APOSTROPHE) + cells).otherwise(cells).alias(name)


def _check_shape(name: str, cells: pl.Series, shape: str) -> None:
    written = cells.filter(cells.is_not_null() & (cells != ""))
    wrong = ~written.str.contains(rf"\A(?:{shape})\z")
    count = (wrong | written.to_frame().select(runs(pl.col(name))).to_series()).sum()
    if count:
        raise UnsafeCell(f"{count} cells of {name} have not the shape of the column")
