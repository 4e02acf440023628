"""Plain text: kept as it is, refused when it holds control characters no business software writes."""

import polars as pl

from schemas.codes import Code
from schemas.fields.form import Fault, Form

_CONTROL = r"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F]"


def _as_it_is(text: pl.Expr) -> pl.Expr:
    return text


TEXT = Form(_as_it_is, (Fault(Code.WRONG_FORMAT, lambda text: ~text.str.contains(_CONTROL)),))
