"""Indicators for those who pilot: what the journeys of a département say of its delays, in counts.

    journeys → units (one row per thing counted) → blocks (counts of one period) → what may be shown → edition

Pure. A number leaves here only through `secrecy`, and a period that was published once is repeated as it
was for ever (`edition`): no two publications differ by a few people.
"""

from gateway.indicators.catalogue import CATALOGUE, Granularity, Indicator
from gateway.indicators.edition import Edition, Observed, compile_edition
from gateway.indicators.periods import Period

__all__ = [
    "CATALOGUE",
    "Edition",
    "Granularity",
    "Indicator",
    "Observed",
    "Period",
    "compile_edition",
]
