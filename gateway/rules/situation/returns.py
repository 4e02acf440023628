"""What professionals set aside: ECARTES, the dismissals in force of a person (see `gateway.rules.answers`)."""

import polars as pl

from gateway.rules.answers import DISMISSALS, RETURNS, dismissed
from gateway.rules.journeys import Journeys
from gateway.rules.rule import Moment
from gateway.rules.situation.frames import NUMBER, check_columns


def describe(journeys: Journeys, people: pl.DataFrame, moment: Moment) -> pl.DataFrame:
    """RANG, ECARTES. Raises `ValueError` on a frame that is not one of ours."""
    check_columns(journeys.returns, RETURNS)
    found = dismissed(journeys.returns, as_of=moment.as_of, days=moment.thresholds.dismissal)
    return found.join(people.select(NUMBER, "PERSONNE"), on="PERSONNE").select(NUMBER, DISMISSALS)
