"""Laws of the whole file that its rows and its name hold; those of its envelope are `schemas.laws`.

1. Where a column says the département of its row, every accepted row says the sender's; when nobody told
   which that is, the one the file says first (GW-404).
2. The département and the day that a name states are those the content states (GW-404, GW-705).

A refusal names the column and the line, never what they hold.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

import polars as pl

from schemas.codes import Code
from schemas.contract import Contract
from schemas.laws import normalise_departement
from schemas.readers.batch import LINE
from schemas.reading import FileRefused

DEPARTEMENT, DAY = "departement", "date_reference"
NAME: Final = "nom du fichier"  # where a refusal stands that only the name provokes
_SEEN: Final = "DEPARTEMENT_DE_LA_LIGNE"  # our own name, no contract may use it


class OneDepartement:
    """Every row is of one département: asked batch after batch, holding nothing but its name."""

    def __init__(self, contract: Contract, expected: str | None) -> None:
        self.column = contract.departement_column
        self.found = None if expected is None else normalise_departement(expected)

    def look(self, rows: pl.DataFrame) -> None:
        """Look at accepted rows. Raises `FileRefused` at the first of another département."""
        if self.column is None:
            return
        said = rows.select(LINE, pl.col(self.column).alias(_SEEN)).drop_nulls(_SEEN)
        for value in said.get_column(_SEEN).unique(maintain_order=True):
            name = normalise_departement(value)
            self.found = self.found or name
            if name != self.found:
                line = said.filter(pl.col(_SEEN) == value).item(0, LINE)
                raise FileRefused(Code.OTHER_DEPARTEMENT, column=self.column, line=line)


def check_name(stated: Mapping[str, str], departement: str | None, reference: date | None) -> None:
    """Hold what a name states against what the content states. Raises `FileRefused`.

    `stated` is what `Contract.parse_name` gave; None where the content states nothing.
    """
    named = stated.get(DEPARTEMENT)
    if named and departement and normalise_departement(named) != normalise_departement(departement):
        raise FileRefused(Code.OTHER_DEPARTEMENT, column=NAME)
    if not day_agrees(stated, reference):
        raise FileRefused(Code.INCOHERENT_DATES, column=NAME)


def day_agrees(stated: Mapping[str, str], reference: date | None) -> bool:
    """Whether the day a name states is the one the content states, where both state one."""
    if DAY not in stated or reference is None:
        return True
    try:
        return date.fromisoformat(stated[DAY]) == reference
    except ValueError:
        return False
