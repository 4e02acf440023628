"""Free texts of partners (a structure, a name) as a product may carry them.

A text that holds something like a NIR does not leave: its cell is empty. The control at the end would refuse
the whole file, and one mistyped line of a partner must not stop the list of a département. A SIRET is 14
digits, which no NIR is.
"""

import polars as pl

_GAPS = "[ .\u00a0\u202f-]"
_SIRET = r"\A[0-9]{14}\z"
_LIKE_A_NIR = "[0-9]{5}[0-9ABab]{2}[0-9]{6}"


def label(text: pl.Expr) -> pl.Expr:
    """The text, stripped; null when it is empty or may hold a NIR."""
    bare = text.str.strip_chars()
    packed = bare.str.replace_all(_GAPS, "")
    speaks = packed.str.contains(_SIRET) | ~packed.str.contains(_LIKE_A_NIR)
    return pl.when(speaks & (bare != "")).then(bare)


def spelled(day: pl.Expr) -> pl.Expr:
    """A date as AAAA-MM-JJ."""
    return day.dt.strftime("%Y-%m-%d")
