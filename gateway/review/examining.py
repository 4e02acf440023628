"""One person taken out of the journeys of a département, and crossed alone with everything told."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import polars as pl

from gateway.review.explanation import Examined, Source
from gateway.review.timeline import timeline
from gateway.rules.codes import LINKED
from gateway.rules.crossing import cross, in_use, moment_of
from gateway.rules.journeys import Journeys, Received
from gateway.rules.points import weigh
from gateway.rules.protections import protections
from gateway.rules.rule import Flow, Moment
from gateway.rules.thresholds import Thresholds


@dataclass(frozen=True, slots=True)
class Named:
    """Who is asked for, in which crossing. `person` is the pseudonym, never told.

    `current`: nothing arrived since that crossing.
    """

    id_cd: str
    departement: str
    crossing: str
    person: str
    current: bool = True


def alone(journeys: Journeys, person: str) -> Journeys:
    """The journeys of one person; what is said of the others is left out."""

    def of(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.filter(pl.col("PERSONNE") == person)

    def told(received: Received | None) -> Received | None:
        return replace(received, facts=of(received.facts)) if received else None

    return replace(
        journeys,
        people=of(journeys.people),
        cd=replace(journeys.cd, facts=of(journeys.cd.facts)),
        cnaf=told(journeys.cnaf),
        pe=told(journeys.pe),
        before={flow: replace(f, facts=of(f.facts)) for flow, f in journeys.before.items()},
        returns=of(journeys.returns),
    )


def examine(
    journeys: Journeys,
    named: Named,
    *,
    as_of: date,
    thresholds: Thresholds,
    lives: pl.DataFrame,
) -> Examined:
    """Everything the rules say of one person, crossed alone: a crossing never mixes two people."""
    theirs = alone(journeys, named.person)
    moment = moment_of(theirs, as_of, thresholds)
    found = cross(theirs, as_of=as_of, thresholds=thresholds, everything=True)
    signs = protections(theirs, found.people, moment)
    person = _only_row(weigh(found.people, found.signals, signs))
    return Examined(
        id_cd=named.id_cd,
        departement=named.departement,
        crossing=named.crossing,
        as_of=as_of,
        version=thresholds.version,
        regime=thresholds.regime.value,
        sources=_sources(theirs, moment),
        facts=timeline(theirs, moment, linked=person["GRADE"] in LINKED),
        person=person,
        signals=found.signals,
        signs=signs,
        lives=lives.filter(pl.col("PERSONNE") == named.person).sort("OUVERT_LE", "REGLE"),
        rules=in_use(thresholds),
        current=named.current,
    )


def _only_row(people: pl.DataFrame) -> Mapping[str, Any]:
    if people.height != 1:
        raise ValueError("one person was to be examined")
    return people.row(0, named=True)


def _sources(journeys: Journeys, moment: Moment) -> list[Source]:
    files = {Flow.CD: journeys.cd, Flow.CNAF: journeys.cnaf, Flow.PE: journeys.pe}
    usable = {Flow.PE: moment.is_pe_fresh}
    return [
        Source(flow.value, f.delivery, f.reference, f.received, usable.get(flow, True))
        for flow, f in files.items()
        if f is not None
    ]
