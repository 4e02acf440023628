"""Working days (jours ouvrés): Monday to Friday, public holidays of the region apart.

Holidays are those of the `holidays` library: the eleven of the Code du travail (L3133-1), the two of
Alsace-Moselle (L3134-13), the commemorations of overseas départements (L3422-2); for Guadeloupe and
Martinique it also counts days kept there by custom (mi-carême, Good Friday, 21 July).
"""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from holidays import country_holidays

DAY: Final = timedelta(days=1)
SATURDAY: Final = 5
# As settings name them → as the library does. Good Friday and 26 December: the same in its 57 and 6AE.
REGIONS: Final = {
    "FR": None,
    "FR-6AE": "6AE",
    "FR-971": "971",
    "FR-972": "972",
    "FR-973": "973",
    "FR-974": "974",
    "FR-976": "976",
}
_ALSACE_MOSELLE: Final = ("57", "67", "68")


def region_of(departement: str) -> str:
    """The region whose holidays a département keeps, when its settings do not say."""
    if departement in _ALSACE_MOSELLE:
        return "FR-6AE"
    overseas = f"FR-{departement}"
    return overseas if overseas in REGIONS else "FR"


@lru_cache(maxsize=256)
def holidays_of(region: str, year: int) -> frozenset[date]:
    """Public holidays of one year."""
    return frozenset(country_holidays("FR", subdiv=REGIONS[region], years=year))


def is_working(day: date, region: str) -> bool:
    """Whether people work that day."""
    return day.weekday() < SATURDAY and day not in holidays_of(region, day.year)


def next_working(day: date, region: str) -> date:
    """That day, or the first working day after it."""
    while not is_working(day, region):
        day += DAY
    return day


def previous_working(day: date, region: str) -> date:
    """That day, or the last working day before it."""
    while not is_working(day, region):
        day -= DAY
    return day


def nth_working(year: int, month: int, rank: int, region: str) -> date | None:
    """The nth working day of a month, from its end when negative; None when it has not so many."""
    days = [day for day in month_days(year, month) if is_working(day, region)]
    place = rank - 1 if rank > 0 else rank
    return days[place] if -len(days) <= place < len(days) else None


def month_days(year: int, month: int) -> Iterator[date]:
    """Every day of a month."""
    day = date(year, month, 1)
    while day.month == month:
        yield day
        day += DAY
