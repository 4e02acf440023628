"""The SIRET: fourteen figures with the Luhn key of the SIREN they begin with, and their own.

La Poste's establishments (SIREN 356000000), its head office apart, have figures that sum to a multiple
of five instead of a key of their own. A wrong one is refused.
"""

from collections.abc import Sequence

import polars as pl

from schemas.codes import Code
from schemas.fields.form import Fault, Form, matching, without_blanks

_SIREN, _SIRET, _NINE = 9, 14, 9
_LA_POSTE, _HEAD_OFFICE = "356000000", "35600000000048"


def has_right_keys(text: pl.Expr) -> pl.Expr:
    """Hold when both keys are right. Only meaningful on fourteen figures."""
    figures = [text.str.slice(at, 1).cast(pl.Int64, strict=False) for at in range(_SIRET)]
    la_poste = text.str.starts_with(_LA_POSTE) & (text != _HEAD_OFFICE)
    own = pl.when(la_poste).then(pl.sum_horizontal(figures) % 5 == 0).otherwise(_luhn(figures))
    return own & _luhn(figures[:_SIREN])


def _luhn(figures: Sequence[pl.Expr]) -> pl.Expr:
    """Every second figure from the last but one is doubled and its own figures are summed."""
    doubled = [
        pl.when(one == _NINE).then(one).otherwise(2 * one % _NINE) if place % 2 else one
        for place, one in enumerate(reversed(figures))
    ]
    return pl.sum_horizontal(doubled) % 10 == 0


SIRET = Form(
    without_blanks, (Fault(Code.SIRET, matching("[0-9]{14}")), Fault(Code.SIRET, has_right_keys))
)
