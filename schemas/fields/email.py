"""E-mail addresses as RDV-Insertion accepts them: anything else puts its whole row in error there.

Blanks removed, lower case, ASCII, a local part of two characters at least, a dotted domain.
"""

import polars as pl

from schemas.codes import Code
from schemas.fields.form import Fault, Form, matching, without_blanks

_LABEL = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_ADDRESS = rf"[a-z0-9_%+-][a-z0-9._%+-]{{1,63}}@(?:{_LABEL}\.)+[a-z]{{2,63}}"
_LONGEST = 254  # RFC 5321, path limit


def _is_acceptable(text: pl.Expr) -> pl.Expr:
    return matching(_ADDRESS)(text) & (text.str.len_chars() <= _LONGEST)


EMAIL = Form(
    lambda text: without_blanks(text).str.to_lowercase(), (Fault(Code.EMAIL, _is_acceptable),)
)
