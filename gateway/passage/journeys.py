"""Journeys from the vaults: who is who, what each file says of whom, and what rules need of identities.

1. Identities are opened here and nowhere else in a crossing. What leaves is a pseudonym, and answers: an
   age in whole years, whether an address is in the département. Never a name, a number, a date or a town.
2. Facts in the partitions are named by the pseudonym of the subject; they are renamed by the person's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

import polars as pl

from gateway.identity.index import SUBJECT
from gateway.identity.passes import GRADE
from gateway.identity.resolve import PERSON, Resolution, resolve
from gateway.identity.scoring import FellegiSunter, default
from gateway.named import Named, named
from gateway.passage.inputs import Crossing, Inputs
from gateway.passage.returned import answerers, returned
from gateway.passage.who_is_who import decisions_of
from gateway.rules.codes import LINKED, UNLINKED
from gateway.rules.journeys import PEOPLE, Journeys, Received
from gateway.rules.rule import Flow
from gateway.rules.thresholds import Scored
from gateway.store.deliveries import Partition

# Where each flow keeps the commune of residence.
COMMUNES = {Flow.CNAF: "NUMCOM", Flow.PE: "COMMUNE_RESIDENCE"}
HOMES = {Flow.CNAF: "DOMICILE_CNAF", Flow.PE: "DOMICILE_PE"}


class Gathered(NamedTuple):
    """Journeys ready to be crossed, who is who among the latest files, and every subject ever known."""

    journeys: Journeys
    who: Resolution
    everybody: pl.Series


@dataclass(frozen=True, slots=True)
class _Opened:
    """What is open while journeys are gathered. `identities`: of each file, by its delivery."""

    ours: Named
    index: pl.DataFrame
    decisions: pl.DataFrame
    identities: Mapping[str, pl.DataFrame]

    @property
    def everybody(self) -> pl.Series:
        """Every subject the département ever had."""
        return self.index.get_column(SUBJECT)

    def who(self, deliveries: Iterable[str], *, link_scored: bool = False) -> Resolution:
        """Who is who among the subjects these files speak of; the others do not count."""
        spoken = pl.concat([self.identities[one].select(SUBJECT) for one in deliveries]).unique()
        index = self.index.join(spoken, on=SUBJECT, how="semi")
        scorer = FellegiSunter(default())
        return resolve(index, self.decisions, scorer, link_scored=link_scored)


def gather(house: Crossing, found: Inputs, departement: str, as_of: date) -> Gathered:
    """Open what a crossing stands on."""
    earlier = found.before.values()
    with house.engine.begin() as connection:
        decisions = decisions_of(connection, departement)
    opened = _Opened(
        named(house.engine, house.journeys, house.master),
        house.identities.read(found.index),
        decisions,
        {one.delivery: house.identities.read(one.identities) for one in (*found.parts, *earlier)},
    )
    links = found.thresholds.score is Scored.LINKED
    who = opened.who((part.delivery for part in found.parts), link_scored=links)
    names = _names(opened.ours, who.persons)
    files = {flow: _received(opened, part, names) for flow, part in found.files.items()}
    journeys = Journeys(
        people=_people(opened.ours, _answered(opened, found, who, departement, as_of)),
        cd=files[Flow.CD],
        cnaf=files.get(Flow.CNAF),
        pe=files.get(Flow.PE),
        before={flow: _earlier(opened, found, flow) for flow in found.before},
        returns=returned(
            opened.ours,
            found.returns,
            opened.everybody,
            _names(opened.ours, answerers(opened.index, who.persons)),
        ),
    )
    return Gathered(journeys, who, opened.everybody)


def _earlier(opened: _Opened, found: Inputs, flow: Flow) -> Received:
    """The file before the last of a flow, linked as if it were the last: only sure links are kept.

    Together, the old and the new identifier of one person would be two candidates for them.
    """
    part = found.before[flow]
    others = [one.delivery for one in found.parts if one.flow != flow]
    who = opened.who([*others, part.delivery])
    sure = who.grades.filter(pl.col(GRADE).is_in(LINKED)).select(PERSON)
    linked = who.persons if flow is not Flow.PE else who.persons.join(sure, on=PERSON, how="semi")
    earlier = _received(opened, part, _names(opened.ours, linked))
    return replace(earlier, facts=earlier.facts.drop_nulls("PERSONNE"))


def _answered(
    opened: _Opened, found: Inputs, who: Resolution, departement: str, as_of: date
) -> pl.DataFrame:
    """PERSON of the département's own file, with what rules need of identities."""
    homes = [
        _homes(opened.identities[part.delivery], flow, who.persons, departement)
        for flow, part in found.files.items()
        if flow in COMMUNES
    ]
    own = opened.identities[found.cd.delivery].select(pl.col(SUBJECT).unique())
    people = own.join(who.persons, on=SUBJECT).select(pl.col(PERSON).unique())
    ages = _ages(opened.index.join(who.persons, on=SUBJECT), as_of)
    for answer in (who.grades.select(PERSON, GRADE), ages, *homes):
        people = people.join(answer, on=PERSON, how="left")
    return people


def _names(ours: Named, people: pl.DataFrame) -> pl.DataFrame:
    """SOURCE (a subject's pseudonym in the partitions) → PERSONNE (the person's)."""
    return people.select(
        ours.of(people.get_column(SUBJECT)).alias("SOURCE"),
        ours.of(people.get_column(PERSON)).alias("PERSONNE"),
    )


def _received(opened: _Opened, part: Partition, names: pl.DataFrame) -> Received:
    facts = (
        opened.ours.read(part.facts, opened.everybody)
        .rename({"PERSONNE": "SOURCE"})
        .join(names, on="SOURCE", how="left", maintain_order="left")
        .drop("SOURCE")
    )
    return Received(facts, part.reference_date, part.delivery, part.sent_at.date())


def _people(ours: Named, people: pl.DataFrame) -> pl.DataFrame:
    """`PEOPLE`, from what was answered of each."""
    known = people.select(
        ours.of(people.get_column(PERSON)).alias("PERSONNE"),
        *(pl.col(name) for name in PEOPLE if name in people.columns),
    )
    return pl.concat([pl.DataFrame(schema=dict(PEOPLE)), known], how="diagonal").with_columns(
        pl.col(GRADE).fill_null(UNLINKED)
    )


def _ages(subjects: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """PERSON, AGE in whole years: by the département's birth date, else the CNAF's."""
    birth = pl.col("BIRTH")
    month, day = birth.dt.month(), birth.dt.day()
    to_come = (month > as_of.month) | ((month == as_of.month) & (day > as_of.day))
    return (
        subjects.filter(pl.col("FLOW").is_in((Flow.CD, Flow.CNAF)) & birth.is_not_null())
        .sort(PERSON, pl.col("FLOW") != Flow.CD, "BIRTH")
        .unique(PERSON, keep="first", maintain_order=True)
        .select(PERSON, AGE=(as_of.year - birth.dt.year() - to_come).cast(pl.Int64))
    )


def _homes(opened: pl.DataFrame, flow: Flow, who: pl.DataFrame, departement: str) -> pl.DataFrame:
    """PERSON, and whether one of the addresses this flow knows is in the département."""
    commune = pl.col(COMMUNES[flow])
    overseas = commune.str.contains("^9[78]")
    its = pl.when(overseas).then(commune.str.head(3)).otherwise(commune.str.head(2))
    return (
        opened.join(who, on=SUBJECT)
        .filter(commune.is_not_null())
        .group_by(PERSON)
        .agg((its == departement).any().alias(HOMES[flow]))
    )
