"""What is made of the verdicts of a crossing: points and priority of people, lives of signals."""

from datetime import date

import polars as pl

from gateway.passage.inputs import Crossing
from gateway.rules.crossing import Crossing as Found
from gateway.rules.crossing import in_use, moment_of
from gateway.rules.journeys import Journeys
from gateway.rules.lives import Now, carry, forget, no_life
from gateway.rules.points import flagged_people, weigh
from gateway.rules.protections import protections
from gateway.rules.thresholds import Thresholds
from gateway.rules.turns import turns
from gateway.store.releases import Crossed


def weighed(thresholds: Thresholds, found: Found, journeys: Journeys, as_of: date) -> pl.DataFrame:
    """`Crossing.people` with the points of each, and their terms."""
    moment = moment_of(journeys, as_of, thresholds)
    flagged = flagged_people(found.people, found.signals)
    return weigh(found.people, found.signals, protections(journeys, flagged, moment))


def lived(
    house: Crossing,
    before: Crossed | None,
    thresholds: Thresholds,
    found: Found,
    journeys: Journeys,
    as_of: date,
) -> pl.DataFrame:
    """The lives of a département's signals after this crossing, from those of its last one, `before`."""
    moment = moment_of(journeys, as_of, thresholds)
    # A crossing made by an earlier version kept no life.
    lives = house.journeys.read(before.lives) if before and before.lives else no_life()
    living = found.people.join(lives, on="PERSONNE", how="semi")
    now = Now(
        as_of,
        found.people,
        found.signals,
        turns(journeys, living, moment),
        {rule.id: rule for rule in in_use(thresholds)},
    )
    return forget(carry(lives, now, last=before.as_of if before else None), as_of)
