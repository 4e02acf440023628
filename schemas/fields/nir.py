"""The NIR: 13 characters, or 15 with its key. A wrong one is refused, never repaired.

1. Blanks are removed and letters raised; length stays as received.
2. Sex 1-4, 7, 8 (3, 4, 7, 8 are waiting numbers); month 01-12 or 20-99 (incomplete civil
   registry); département 01-99, 2A or 2B; six figures of town and order; key 01-97 when given.
3. key = 97 - (number mod 97), Corsica counted 2A = 19 and 2B = 18.
"""

import polars as pl

from schemas.codes import Code
from schemas.fields.form import Fault, Form, matching, without_blanks

_MONTH = "(?:0[1-9]|1[0-2]|[2-9][0-9])"
_DEPARTEMENT = "(?:0[1-9]|[1-9][0-9]|2[AB])"
_KEY = "(?:0[1-9]|[1-8][0-9]|9[0-7])"
PATTERN = f"[1-478][0-9]{{2}}{_MONTH}{_DEPARTEMENT}[0-9]{{6}}{_KEY}?"
_WITH_KEY = 15


def has_right_key(text: pl.Expr) -> pl.Expr:
    """Hold when there is no key, or the right one. Only meaningful on a well-formed NIR.

    There a letter stands in the département only: it need not be looked for at its place.
    """
    number = (
        text.str.slice(0, 13)
        .str.replace("2A", "19", literal=True)
        .str.replace("2B", "18", literal=True)
        .cast(pl.Int64, strict=False)
    )
    key = text.str.slice(13, 2).cast(pl.Int64, strict=False)
    return (text.str.len_chars() != _WITH_KEY) | (key == 97 - number % 97)


NIR = Form(
    lambda text: without_blanks(text).str.to_uppercase(),
    (Fault(Code.NIR_FORMAT, matching(PATTERN)), Fault(Code.NIR_KEY, has_right_key)),
)
