"""What comes out of a contract: accepted rows, a report without a single value, or a refusal.

`FileRefused` is for the whole file; everything smaller is an `Anomaly` in the `Report`.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from schemas.codes import Code, Effect


class FileRefused(Exception):
    """The whole file is refused. Carries a code, a place and counts; never a value of the file."""

    def __init__(
        self,
        code: Code,
        *,
        column: str | None = None,
        line: int | None = None,
        report: "Report | None" = None,
    ) -> None:
        super().__init__(code.value)
        self.code, self.column, self.line, self.report = code, column, line, report


@dataclass(frozen=True, slots=True)
class Anomaly:
    """Something wrong at one place. `line` is physical (the header is line 1), `record` counts data records."""

    line: int
    end_line: int
    record: int
    column: str | None
    code: Code

    @property
    def effect(self) -> Effect:
        """What the code did to the row or the cell."""
        return self.code.entry.effect


@dataclass(frozen=True, slots=True)
class Report:
    """Counts and places. `read` = `accepted` + `rejected` + `ignored`.

    `anomalies` are the first of each code and column (`schemas.tally`); `counts` says how many there
    were in all, and is None when the anomalies are all there.
    """

    flow: str
    contract_version: str
    read: int
    accepted: int
    rejected: int
    ignored: int
    anomalies: tuple[Anomaly, ...] = ()
    counts: Mapping[tuple[Code, str | None], int] | None = None

    def by_column(self) -> Mapping[tuple[Code, str | None], int]:
        """How many anomalies of each code in each column, None being the whole row; exact."""
        if self.counts is None:
            return Counter((a.code, a.column) for a in self.anomalies)
        return self.counts

    def by_code(self) -> Mapping[Code, int]:
        """How many anomalies of each code; exact."""
        found = Counter[Code]()
        for (code, _), number in self.by_column().items():
            found[code] += number
        return found


@dataclass(frozen=True, slots=True)
class Examination:
    """What a whole file said of itself and what was found in it, its rows having gone elsewhere."""

    report: Report
    departement: str | None = None
    reference_date: date | None = None
    made_on: date | None = None
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """An accepted file: `rows` has one column per contract column (String or Date), plus `LIGNE`.

    `departement`, `reference_date`, `made_on` and `kind` are those the file states of itself, None when
    its layout states none. `kind` tells apart files of one flow that speak of one day: `M`, `I`, `M-ANO`.
    """

    rows: pl.DataFrame
    report: Report
    departement: str | None = None
    reference_date: date | None = None
    made_on: date | None = None
    kind: str | None = None
