"""Who was in the file before and is not in this one: a cut extraction looks like people who left.

Only for a full set, by the columns that name a person in its flow (`Contract.person`), among accepted
rows. What comes out is two numbers: nobody is named.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import polars as pl

from schemas.codes import Code
from schemas.contract import Contract
from schemas.reading import Report


@dataclass(frozen=True, slots=True)
class Disappearance:
    """Of `before` people, `gone` are no longer there; told above the share `threshold`."""

    before: int
    gone: int
    threshold: float

    @property
    def share(self) -> float:
        """The share of the people before that are gone."""
        return self.gone / self.before if self.before else 0.0

    @property
    def is_told(self) -> bool:
        """Whether somebody must be told (GW-707)."""
        return self.share > self.threshold


def people_of(frames: Iterable[pl.DataFrame], contract: Contract) -> pl.DataFrame:
    """Give the people of accepted rows, each once."""
    keys = [frame.select(contract.person).unique() for frame in frames]
    return pl.concat(keys).unique() if keys else pl.DataFrame(schema=list(contract.person))


def compare(before: pl.DataFrame, now: pl.DataFrame, contract: Contract) -> Disappearance | None:
    """Compare two sets of people, each once and under the same columns; None unless the flow is full sets."""
    if contract.disappearance_threshold is None:
        return None
    gone = before.join(now, on=before.columns, how="anti", nulls_equal=True)
    return Disappearance(before.height, gone.height, contract.disappearance_threshold)


def told(report: Report, found: Disappearance | None) -> Report:
    """Give the report that warns of it where somebody must be told: so many people, at no place."""
    if found is None or not found.is_told:
        return report
    counts = {**report.by_column(), (Code.PEOPLE_DISAPPEARED, None): found.gone}
    return replace(report, counts=counts)
