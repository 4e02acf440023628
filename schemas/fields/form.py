"""The shape of a field type: how its text is normalised, and what must then hold.

`normalise` gives the canonical text, or leaves the text alone when it cannot: it never repairs
what it does not understand. `faults` are tried in order and the first one that does not hold
names the cell. Everything is a polars expression: one pass per column, no loop over rows.
"""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from schemas.codes import Code

Step = Callable[[pl.Expr], pl.Expr]


@dataclass(frozen=True, slots=True)
class Fault:
    """A code, and the boolean expression that is true of every value free of it."""

    code: Code
    holds: Step


@dataclass(frozen=True, slots=True)
class Form:
    """One field type, used by every contract that names it."""

    normalise: Step
    faults: tuple[Fault, ...]


def matching(pattern: str) -> Step:
    """Hold when the whole text matches the pattern."""
    return lambda text: text.str.contains(f"^(?:{pattern})$")


def without_blanks(text: pl.Expr) -> pl.Expr:
    """Remove every blank, inner and non-breaking ones too."""
    return text.str.replace_all(r"\s", "")


def once(text: pl.Expr, step: Step) -> pl.Expr:
    """Take a step that reads its text several times: polars would compute the text each time."""
    held = pl.struct(text.alias("text"))
    return held.struct.with_fields(step(pl.field("text")).alias("text")).struct.field("text")
