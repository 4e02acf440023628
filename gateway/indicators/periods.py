"""The months and quarters that units are counted in, named so that they sort: `2022-05`, `2022-T2`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Self

import polars as pl

_NAME = re.compile(r"(\d{4})-(?:T([1-4])|(0[1-9]|1[0-2]))")
_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip


class Granularity(StrEnum):
    """How long a period is."""

    MONTH = "mois"
    QUARTER = "trimestre"

    @property
    def months(self) -> int:
        """Months in one."""
        return 1 if self is Granularity.MONTH else 3


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """One month or one quarter; both ends are in it."""

    start: date
    end: date
    name: str

    @classmethod
    def parse(cls, name: str) -> Self:
        """Read a name. Raises `ValueError`."""
        found = _NAME.fullmatch(name)
        if found is None:
            raise ValueError("a period is written 2022-05 or 2022-T2")
        year, quarter, month = int(found[1]), found[2], found[3]
        first = int(month) if month else 3 * int(quarter) - 2
        last = first if month else first + 2
        after = date(year + last // 12, last % 12 + 1, 1)
        return cls(date(year, first, 1), after - timedelta(days=1), name)

    @classmethod
    def holding(cls, day: date, granularity: Granularity) -> Self:
        """The period a day is in."""
        if granularity is Granularity.MONTH:
            return cls.parse(f"{day:%Y-%m}")
        return cls.parse(f"{day:%Y}-T{(day.month + 2) // 3}")

    def horizon(self, days: int) -> date:
        """The last day whose facts count for what began in this period."""
        return self.end + timedelta(days=days)

    @property
    def label(self) -> str:
        """In French."""
        if "T" in self.name:
            quarter = self.name[-1]
            return f"{quarter}{'er' if quarter == '1' else 'e'} trimestre {self.start:%Y}"
        return f"{_MONTHS[self.start.month - 1]} {self.start:%Y}"


def period_of(day: str, granularity: Granularity) -> pl.Expr:
    """The name of the period that a column of days falls in."""
    if granularity is Granularity.MONTH:
        return pl.col(day).dt.strftime("%Y-%m")
    return pl.format("{}-T{}", pl.col(day).dt.strftime("%Y"), pl.col(day).dt.quarter())


def last_periods(until: date, count: int, granularity: Granularity) -> Sequence[Period]:
    """The `count` last periods that ended by a day, the oldest first."""
    found: list[Period] = []
    day = until + timedelta(days=1)
    while len(found) < count:
        day = Period.holding(day, granularity).start - timedelta(days=1)
        found.append(Period.holding(day, granularity))
    return found[::-1]
