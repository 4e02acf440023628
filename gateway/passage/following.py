"""What is made of the verdicts of a crossing: points and priority of people, lives of signals."""

from datetime import date

import polars as pl

from gateway.passage.inputs import Crossing
from gateway.rules.crossing import Crossing as Found
from gateway.rules.crossing import in_use, moment_of
from gateway.rules.journeys import Journeys
from gateway.rules.lives import Now, carry, forget, no_life
from gateway.rules.points import weigh
from gateway.rules.protections import protections
from gateway.rules.turns import turns
from gateway.store.releases import Crossed, last_crossing


def weighed(house: Crossing, found: Found, journeys: Journeys, as_of: date) -> pl.DataFrame:
    """`Crossing.people` with the points of each, and their terms."""
    moment = moment_of(journeys, as_of, house.thresholds)
    return weigh(found.people, found.signals, protections(journeys, found.people, moment))


def lived(
    house: Crossing, departement: str, found: Found, journeys: Journeys, as_of: date
) -> pl.DataFrame:
    """The lives of the département's signals after this crossing, from those of its last one."""
    moment = moment_of(journeys, as_of, house.thresholds)
    before = _last(house, departement)
    now = Now(
        as_of,
        found.people,
        found.signals,
        turns(journeys, found.people, moment),
        {rule.id: rule for rule in in_use(house.thresholds)},
    )
    # A crossing made by an earlier version kept no life.
    lives = house.journeys.read(before.lives) if before and before.lives else no_life()
    return forget(carry(lives, now, last=before.as_of if before else None), as_of)


def _last(house: Crossing, departement: str) -> Crossed | None:
    with house.engine.begin() as connection:
        return last_crossing(connection, departement)
