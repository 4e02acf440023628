"""Prepared subjects for the scorer, from a few words: what a test does not say agrees with nothing."""

from collections.abc import Iterable
from datetime import date

import polars as pl

from gateway.identity.scoring.subjects import PREPARED

BORN = date(1980, 5, 17)


def subject(
    name: str,
    *,
    names: Iterable[str] = ("ZALDANDVARC",),
    first: str | None = "YZALIROGNIA",
    birth: date | None = BORN,
    certain: bool = True,
    nir: str | None = None,
) -> dict[str, object]:
    """One subject, called `name`."""
    return {
        "ID": name,
        "NIR13": nir,
        "BIRTH": birth,
        "BIRTH_CERTAIN": certain,
        "NAMES": list(names),
        "FIRST": first,
    }


def side(*subjects: dict[str, object]) -> pl.DataFrame:
    """One side of a comparison."""
    return pl.DataFrame(list(subjects), schema=PREPARED)
