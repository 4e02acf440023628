"""What professionals answered to the signals they were sent: the latest answer to each, and the dismissals.

1. An answer is to one signal of one person: a rule (REGLE, null: all of them) and the clock it was told
   with (DEPUIS, null: whichever). Another clock is another signal.
2. The latest answer to a signal counts: by its DATE, then by the order in which it was received, which
   is the order of the rows.
3. A dismissal is in force from its DATE, and never before it, for `DAYS` days unless decided otherwise.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import polars as pl

DAYS: Final = 90  # section 5.4, S12
DISMISSALS = "ECARTES"  # List(Struct(REGLE, DEPUIS, DATE)): the dismissals in force of a person

# What professionals sent back, in the order it was received.
RETURNS: Mapping[str, pl.DataType] = MappingProxyType(
    {
        "PERSONNE": pl.String(),
        "REGLE": pl.String(),
        "RETOUR": pl.String(),
        "MOTIF": pl.String(),
        "DATE": pl.Date(),
        "DEPUIS": pl.Date(),
    }
)
_SIGNAL = ("PERSONNE", "REGLE", "DEPUIS")
_TOLD = ("REGLE", "DEPUIS", "DATE")


class Answer(StrEnum):
    """What was made of a signal, as the contract `cd-retours` spells it."""

    SEEN = "VU"
    CONTACTED = "CONTACTE"
    UNREACHABLE = "INJOIGNABLE"
    ORIENTED = "ORIENTE"
    BACK = "REMOBILISE"
    DISMISSED = "ECARTE"


def latest(returns: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """The latest answer to each signal, among those given on or before `as_of`."""
    return (
        returns.filter(pl.col("DATE") <= as_of)
        .sort("DATE", maintain_order=True)
        .unique(_SIGNAL, keep="last", maintain_order=True)
    )


def dismissed(returns: pl.DataFrame, *, as_of: date, days: int = DAYS) -> pl.DataFrame:
    """PERSONNE, ECARTES: one row per person of whom a dismissal is in force, sorted.

    `days`: how long a dismissal silences, as the département decided (`Thresholds.dismissal`).
    """
    since = as_of - timedelta(days=days)
    in_force = (pl.col("RETOUR") == Answer.DISMISSED.value) & (pl.col("DATE") > since)
    return (
        latest(returns, as_of=as_of)
        .filter(in_force)
        .group_by("PERSONNE")
        .agg(pl.struct(*_TOLD).sort().alias(DISMISSALS))
        .sort("PERSONNE")
    )
