"""A bounded run of records, still text.

A row is its cells in the order of `Contract.read_columns` (None: nothing stood there at all),
then its first line, its last line and its record number. Misshapen records are only anomalies.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from schemas.reading import Anomaly

BATCH_ROWS = 20_000

# Where a row stood: our own names, no contract may use them.
LINE, END, RECORD = "LIGNE", "LIGNE_FIN", "ENREGISTREMENT"
PLACE = (LINE, END, RECORD)

Row = tuple[str | int | None, ...]


@dataclass(frozen=True, slots=True)
class Holding:
    """What the texts of a batch may hold; a reader that knows they do not spares the search."""

    decomposed: bool = True  # characters that Unicode writes in two ways
    windows: bool = True  # control characters that are Windows letters
    newlines: bool = True


@dataclass(frozen=True, slots=True)
class Batch:
    """`texts` are rows, or a frame of them: the columns read, in their order, then those of `PLACE`.

    `read` counts records of the batch, misshapen ones too; `warnings` cost no record.
    `stated` is what the envelope has said so far: the last batch has all of it. `total` is how
    many records the envelope should announce up to here. `position` is how many bytes of the file
    have been read, 0 when the reader does not say.
    """

    texts: Sequence[Row] | pl.DataFrame
    misshapen: Sequence[Anomaly]
    read: int
    total: int = 0
    stated: Mapping[str, str] = field(default_factory=dict)
    position: int = 0
    holding: Holding = Holding()
    warnings: Sequence[Anomaly] = ()

    @property
    def rows(self) -> Sequence[Row]:
        """The rows as tuples, whoever read them."""
        return self.texts.rows() if isinstance(self.texts, pl.DataFrame) else self.texts
