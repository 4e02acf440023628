"""Dates written exactly as the contract says, that exist in the calendar.

`1/2/2022` is not `JJ/MM/AAAA` and `2022` is not a date; years run from 1000 to 9999. A column may
accept several writings; one that ends in an hour (`AAAA-MM-JJ 00:00:00.0`) takes that hour and no other. A *soft* date keeps its row: an unusable one is a warning, the value is
absent, and a companion column says how it was found (`DateState`).
"""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

import polars as pl

from schemas.codes import Code
from schemas.fields.form import Fault, Form

_PARTS = {"%d": "[0-9]{2}", "%m": "[0-9]{2}", "%Y": "[1-9][0-9]{3}"}


class DateState(StrEnum):
    """How a soft date was found in the file."""

    USABLE = "utilisable"
    ABSENT = "date_absente"
    EMPTY = "date_vide"
    UNUSABLE = "date_inexploitable"


def parsed(text: pl.Expr, formats: Sequence[str]) -> pl.Expr:
    """Give the date, or null when no writing of the contract fits."""
    return pl.coalesce(*(_in_one_format(text, each) for each in formats))


def _in_one_format(text: pl.Expr, written: str) -> pl.Expr:
    pattern = written
    for part, figures in _PARTS.items():
        pattern = pattern.replace(part, figures)
    exact = pl.when(text.str.contains(f"^{pattern}$")).then(text)
    return exact.str.to_date(written, strict=False)


def state(text: pl.Expr, formats: Sequence[str]) -> pl.Expr:
    """Say how a soft date was found: null is no tag at all, the empty text an empty tag."""
    return (
        pl.when(text.is_null())
        .then(pl.lit(DateState.ABSENT.value))
        .when(text == "")
        .then(pl.lit(DateState.EMPTY.value))
        .when(parsed(text, formats).is_not_null())
        .then(pl.lit(DateState.USABLE.value))
        .otherwise(pl.lit(DateState.UNUSABLE.value))
    )


def date_form(formats: Sequence[str], *, minimum: date | None, code: Code) -> Form:
    """Build the form of one date column; `code` says whether a bad date costs the row."""

    def holds(text: pl.Expr) -> pl.Expr:
        day = parsed(text, formats)
        late_enough = pl.lit(True) if minimum is None else day >= minimum
        return day.is_not_null() & late_enough

    return Form(lambda text: text, (Fault(code, holds),))
