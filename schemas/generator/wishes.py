"""What is asked of the generator."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Layout(StrEnum):
    """The three orders of columns Pôle emploi's lists have had, named as in their contracts."""

    SINCE_2011 = "depuis-novembre-2011"
    BEFORE_2011 = "avant-novembre-2011"
    FIRST = "2009-2010"


@dataclass(frozen=True, slots=True)
class Wishes:
    """One département, its people, and what to spoil: `rates` is a share of records, by kind."""

    departement: str
    people: int
    seed: int
    as_of: date
    rates: Mapping[str, float] = field(default_factory=dict)
    layout: Layout = Layout.SINCE_2011
