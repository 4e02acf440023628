"""Anomalies counted all, and listed up to a bound: a file of ten million bad rows must fit in memory.

Of each code and column the first `MOST_LISTED` records are listed. That is one more than a file of
rejects may hold: as long as rejects are written at all, none of them is missing from the list.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from schemas.codes import Code
from schemas.contract import Contract
from schemas.reading import Anomaly

MOST_LISTED = 10_001

_Kind = tuple[Code, str | None]


class Tally:
    """The anomalies of one file, told in the order of its records for each code and column."""

    def __init__(self) -> None:
        self._counts = Counter[_Kind]()
        self._records = Counter[_Kind]()
        self._last: dict[_Kind, int] = {}
        self._listed: list[Anomaly] = []

    def add(self, anomalies: Iterable[Anomaly]) -> None:
        """Count these, and list those that are among the first of their kind."""
        for one in anomalies:
            kind = (one.code, one.column)
            self._counts[kind] += 1
            if self._last.get(kind) != one.record:
                self._last[kind] = one.record
                self._records[kind] += 1
            if self._records[kind] <= MOST_LISTED:
                self._listed.append(one)

    @property
    def counts(self) -> Mapping[_Kind, int]:
        """How many of each, listed or not."""
        return dict(self._counts)

    def in_file_order(self, contract: Contract) -> tuple[Anomaly, ...]:
        """Give those listed: by record, then in the order of the contract's columns."""
        order = {column.name: rank for rank, column in enumerate(contract.columns)}
        return tuple(
            sorted(
                self._listed,
                key=lambda one: (one.record, order.get(one.column or "", -1), one.code),
            )
        )
