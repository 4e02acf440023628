"""CROSSING, one per (département, as-of date): journeys → signals with their evidence.

    latest partitions → persons → rules → signals, points, lives, sealed

The same partitions as of the same date are the same crossing: done once, however often it is asked.
Identifiers are opened only to say which subjects are one person; rules see pseudonyms.
"""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime

from gateway.errors import Unavailable
from gateway.ledger.entry import Act, Entry
from gateway.passage.following import lived, weighed
from gateway.passage.inputs import Crossing, Inputs, inputs
from gateway.passage.journeys import gather
from gateway.passage.steps import Steps
from gateway.rules import cross
from gateway.rules.catalogue import SUPPRESSORS
from gateway.rules.crossing import Crossing as Found
from gateway.rules.rule import Effect
from gateway.store.releases import Crossed, keep_crossing

__all__ = ["Crossing", "Inputs", "inputs", "walk"]

Counts = Mapping[str, Mapping[str, int]]
_WHOLE = [one.id for one in SUPPRESSORS if one.effect is Effect.PERSON]


async def walk(
    crossing: str, departement: str, as_of: date, house: Crossing, steps: Steps
) -> Crossed:
    """Cross a département as of a date, and write that it was done. Raises `Unavailable`."""

    async def _cross() -> Crossed:
        return await asyncio.to_thread(_compute, crossing, departement, as_of, house)

    async def _keep() -> int:
        return await asyncio.to_thread(keep_crossing, house.engine, crossed, _entry(crossed))

    crossed = await steps.run("cross", _cross)
    await steps.run("keep", _keep)
    return crossed


def _compute(crossing: str, departement: str, as_of: date, house: Crossing) -> Crossed:
    stands_on = inputs(house, departement, as_of)
    if stands_on is None:
        raise Unavailable("aucun parcours de CD accepté : rien à croiser")
    gathered = gather(house, stands_on, departement, as_of)
    found = cross(gathered.journeys, as_of=as_of, thresholds=house.thresholds)
    return Crossed(
        id=crossing,
        departement=departement,
        as_of=as_of,
        signals=house.journeys.write(found.signals),
        counts=json.dumps(_counts(found), sort_keys=True),
        version=house.thresholds.version,
        people=house.journeys.write(weighed(house, found, gathered.journeys, as_of)),
        persons=house.identities.write(gathered.persons),
        lives=house.journeys.write(lived(house, departement, found, gathered.journeys, as_of)),
    )


def _counts(found: Found) -> Counts:
    """How many people, by rule and result, by suppressor, and in the population: nothing of anybody."""
    counted = found.signals.group_by("REGLE", "RESULTAT").len().sort("REGLE", "RESULTAT")
    counts: dict[str, dict[str, int]] = {}
    for rule, result, number in counted.iter_rows():
        counts.setdefault(rule, {})[result] = number
    told = found.people.get_column("SUPPRESSEUR")
    silenced = {one: int((told == one).sum()) for one in _WHOLE}
    counts |= {one: {"suppressed": number} for one, number in silenced.items() if number}
    member = found.people.get_column("POPULATION")
    return counts | {
        "population": {
            "oui": int(member.sum()),
            "non": int((~member).sum()),
            "inconnue": member.null_count(),
        }
    }


def _entry(crossed: Crossed) -> Entry:
    return Entry(
        act=Act.CROSSING_DONE,
        at=datetime.now(UTC),
        subject=crossed.id,
        facts={
            "departement": crossed.departement,
            "as_of": crossed.as_of.isoformat(),
            "signals_sha256": crossed.signals,
            "rules": crossed.version,
            "counts": crossed.counts,
        },
    )
