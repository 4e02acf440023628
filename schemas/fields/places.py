"""Places by their official codes: commune and département, as INSEE writes them.

- Commune: five characters, `2A004` and `97105` included.
- Département: `08`, `2A`, `971`; files also write `8`, `008` or `052`, which are the same.
"""

import polars as pl

from schemas.codes import Code
from schemas.fields.form import Fault, Form, matching, without_blanks

_DEPARTEMENT = "(?:0[1-9]|1[0-9]|2[1-9AB]|[3-8][0-9]|9[0-5]|97[1-8]|98[46-8])"
_COMMUNE = (
    "(?:(?:0[1-9]|1[0-9]|2[1-9AB]|[3-8][0-9]|9[0-5])[0-9]{3}|97[1-8][0-9]{2}|98[46-8][0-9]{2})"
)


def _compact(text: pl.Expr) -> pl.Expr:
    return without_blanks(text).str.to_uppercase()


def _departement(text: pl.Expr) -> pl.Expr:
    bare = _compact(text)
    figures = bare.str.extract("^0*([1-9]|[1-9][0-9]|2[AB]|9[78][0-9])$")
    return figures.str.pad_start(2, "0").fill_null(bare)


COMMUNE = Form(_compact, (Fault(Code.WRONG_FORMAT, matching(_COMMUNE)),))
DEPARTEMENT = Form(_departement, (Fault(Code.WRONG_FORMAT, matching(_DEPARTEMENT)),))
