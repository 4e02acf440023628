"""Exits from Pôle emploi's list that are no break of a journey: a job, a training, an illness, a move.

The codes are those of the list `pe-motifs-sortie`, group `sortie_sans_rupture`; no public list says all
of them, so that a code outside the group is only not known to be harmless.
"""

import polars as pl

from schemas.nomenclatures import nomenclature

HARMLESS = "sortie_sans_rupture"


def is_harmless_exit(code: pl.Expr) -> pl.Expr:
    """Give `1` for an exit of the group, `0` for another, null without a code."""
    harmless = nomenclature("pe-motifs-sortie").groups[HARMLESS]
    return (
        pl.when(code.is_in(harmless)).then(pl.lit("1")).when(code.is_not_null()).then(pl.lit("0"))
    )
