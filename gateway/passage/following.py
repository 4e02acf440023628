"""What is made of the verdicts of a crossing: points and priority of people, lives of signals."""

import polars as pl

from gateway.named import named
from gateway.passage.inputs import Crossing
from gateway.passage.journeys import Gathered
from gateway.rules.crossing import Crossing as Found
from gateway.rules.crossing import in_use
from gateway.rules.journeys import Journeys
from gateway.rules.lives import Now, carry, forget, no_life
from gateway.rules.points import flagged_people, weigh
from gateway.rules.protections import protections
from gateway.rules.rule import Moment
from gateway.rules.turns import turns
from gateway.store.releases import Crossed


def weighed(found: Found, journeys: Journeys, moment: Moment) -> pl.DataFrame:
    """`Crossing.people` with the points of each, and their terms."""
    flagged = flagged_people(found.people, found.signals)
    return weigh(found.people, found.signals, protections(journeys, flagged, moment))


def lived(
    house: Crossing, before: Crossed | None, found: Found, gathered: Gathered, moment: Moment
) -> pl.DataFrame:
    """The lives of a département's signals after this crossing, from those of its last one, `before`."""
    # A crossing made by an earlier version kept no life.
    lives = no_life()
    if before is not None and before.lives:
        ours = named(house.engine, house.journeys, house.master)
        lives = ours.read(before.lives, gathered.everybody)
    living = found.people.join(lives, on="PERSONNE", how="semi")
    now = Now(
        moment.as_of,
        found.people,
        found.signals,
        turns(gathered.journeys, living, moment),
        {rule.id: rule for rule in in_use(moment.thresholds)},
    )
    return forget(carry(lives, now, last=before.as_of if before else None), moment.as_of)
