"""The last look at the cells of an extract before they become bytes.

A spreadsheet runs a cell that begins with = + - @ TAB or CR. Our columns are typed, so none should:
one that does is our mistake, and nothing is written. The message names the column, never the value.
"""

from collections.abc import Iterable

import polars as pl

STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class UnsafeCell(ValueError):
    """A cell that must not leave."""


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet would run it."""
    return cell.startswith(STARTS_A_FORMULA)


def check_cells(frame: pl.DataFrame) -> None:
    """Raise `UnsafeCell` if any text of the frame would be run by a spreadsheet."""
    for name, kind in frame.schema.items():
        if kind == pl.String:
            _check_column(name, frame[name].drop_nulls())


def _check_column(name: str, cells: Iterable[str]) -> None:
    count = sum(is_formula(cell) for cell in cells)
    if count:
        raise UnsafeCell(f"{count} cells of {name} would be run as a formula")
