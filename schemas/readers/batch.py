"""A bounded run of records, still text.

A row is its cells in the order of `Contract.read_columns` (None: nothing stood there at all),
then its first line, its last line and its record number. Misshapen records are only anomalies.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from schemas.reading import Anomaly

BATCH_ROWS = 20_000

Row = tuple[str | int | None, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """`read` counts records of the batch, misshapen ones too.

    `stated` is what the envelope has said so far: the last batch has all of it. `total` is how
    many records the envelope should announce up to here. `position` is how many bytes of the file
    have been read, 0 when the reader does not say.
    """

    rows: Sequence[Row]
    misshapen: Sequence[Anomaly]
    read: int
    total: int = 0
    stated: Mapping[str, str] = field(default_factory=dict)
    position: int = 0
