"""Journeys from the vaults: who is who, what each file says of whom, and what rules need of identities.

1. Identities are opened here and nowhere else in a crossing. What leaves is a pseudonym, and answers: an
   age in whole years, whether an address is in the département. Never a name, a number, a date or a town.
2. Facts in the partitions are named by the pseudonym of the subject; they are renamed by the person's.
3. The monthly files of the CAF and of the MSA are one source: of each fund the last file of the month, and
   every row says which file it is from.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

import polars as pl

from gateway.identity.index import SUBJECT
from gateway.identity.passes import GRADE
from gateway.identity.resolve import PERSON, Resolution
from gateway.named import Named, named
from gateway.passage.inputs import Crossing, Inputs
from gateway.passage.returned import answerers, returned
from gateway.passage.who_is_who import decisions_of, who_is_who
from gateway.rules.codes import LINKED, UNLINKED
from gateway.rules.journeys import PEOPLE, Journeys, Received
from gateway.rules.rule import Flow
from gateway.rules.situation.cnaf import FILE, FILE_DAY
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


class Monthly(NamedTuple):
    """A monthly file of the CNAF, and what it says that no later file of its fund does."""

    part: Partition
    facts: pl.DataFrame


@dataclass(frozen=True, slots=True)
class _Opened:
    """What is open while journeys are gathered. `identities`: of each file, by its delivery."""

    ours: Named
    index: pl.DataFrame
    decisions: pl.DataFrame
    identities: Mapping[str, pl.DataFrame]
    monthly: Sequence[Monthly]

    @property
    def everybody(self) -> pl.Series:
        """Every subject the département ever had."""
        return self.index.get_column(SUBJECT)

    def read(self, part: Partition) -> pl.DataFrame:
        """What a file says, under the names in force."""
        return self.ours.read(part.facts, self.everybody)

    def who(self, parts: Iterable[Partition], *, link_scored: bool = False) -> Resolution:
        """Who is who among the subjects these files speak of; the others do not count."""
        spoken = pl.concat([self.identities[one.delivery].select(SUBJECT) for one in parts])
        index = self.index.join(spoken.unique(), on=SUBJECT, how="semi")
        return who_is_who(index, self.decisions, link_scored=link_scored)


def gather(house: Crossing, found: Inputs, departement: str, as_of: date) -> Gathered:
    """Open what a crossing stands on."""
    opened = _open(house, found, departement)
    linking = _linking(opened, found)
    who = opened.who(linking, link_scored=found.thresholds.score is Scored.LINKED)
    names = _names(opened.ours, who.persons)
    journeys = Journeys(
        people=_people(opened.ours, _answered(opened, found, who, departement, as_of)),
        cd=_received(opened, found.cd, names),
        cnaf=_together(opened.monthly, names),
        pe=_received(opened, found.pe, names) if found.pe else None,
        before={flow: _earlier(opened, found, flow) for flow in found.before},
        returns=returned(
            opened.ours,
            found.returns,
            opened.everybody,
            _names(opened.ours, answerers(opened.index, who.persons)),
        ),
    )
    return Gathered(journeys, who, opened.everybody)


def _open(house: Crossing, found: Inputs, departement: str) -> _Opened:
    ours = named(house.engine, house.journeys, house.master)
    index = house.identities.read(found.index)
    with house.engine.begin() as connection:
        decisions = decisions_of(connection, departement)
    others = [part for part in (found.cd, found.pe, found.contacts) if part is not None]
    parts = (*others, *filter(None, [found.cnaf]), *found.beside, *found.before.values())
    identities = {part.delivery: house.identities.read(part.identities) for part in parts}
    monthly = _monthly(ours, index.get_column(SUBJECT), found)
    return _Opened(ours, index, decisions, identities, monthly)


def _linking(opened: _Opened, found: Inputs) -> Sequence[Partition]:
    """Every file whose people may be one person; those before the last are linked apart."""
    others = [part for part in (found.cd, found.pe, found.contacts) if part is not None]
    return [*others, *(one.part for one in opened.monthly)]


def _monthly(ours: Named, everybody: pl.Series, found: Inputs) -> Sequence[Monthly]:
    """The last monthly file of each fund, with its facts; another of the same fund is superseded."""
    kept: list[Monthly] = []
    seen: set[str] = set()
    for part in (found.cnaf, *found.beside) if found.cnaf else ():
        facts = ours.read(part.facts, everybody)
        funds = set(facts.get_column("FONORG").unique().to_list())
        if not kept or funds - seen:
            kept.append(Monthly(part, facts.filter(~pl.col("FONORG").is_in(seen))))
        seen |= funds
    return kept


def _together(monthly: Sequence[Monthly], names: pl.DataFrame) -> Received | None:
    if not monthly:
        return None
    last = monthly[0].part
    told = [
        _renamed(facts, names).with_columns(
            pl.lit(part.delivery).alias(FILE), pl.lit(part.reference_date).alias(FILE_DAY)
        )
        for part, facts in monthly
    ]
    return Received(pl.concat(told), last.reference_date, last.delivery, last.sent_at.date())


def _earlier(opened: _Opened, found: Inputs, flow: Flow) -> Received:
    """The file before the last of a flow, linked as if it were the last: only sure links are kept.

    Together, the old and the new identifier of one person would be two candidates for them.
    """
    part = found.before[flow]
    others = [one for one in _linking(opened, found) if one.flow != flow]
    who = opened.who([*others, part])
    sure = who.grades.filter(pl.col(GRADE).is_in(LINKED)).select(PERSON)
    linked = who.persons if flow is not Flow.PE else who.persons.join(sure, on=PERSON, how="semi")
    earlier = _received(opened, part, _names(opened.ours, linked))
    return replace(earlier, facts=earlier.facts.drop_nulls("PERSONNE"))


def _answered(
    opened: _Opened, found: Inputs, who: Resolution, departement: str, as_of: date
) -> pl.DataFrame:
    """PERSON of the département's own file, with what rules need of identities."""
    files = {
        Flow.CNAF: [one.part for one in opened.monthly],
        Flow.PE: [found.pe] if found.pe else [],
    }
    homes = [
        _homes([opened.identities[part.delivery] for part in parts], flow, who.persons, departement)
        for flow, parts in files.items()
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
    facts = _renamed(opened.read(part), names)
    return Received(facts, part.reference_date, part.delivery, part.sent_at.date())


def _renamed(facts: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    return (
        facts.rename({"PERSONNE": "SOURCE"})
        .join(names, on="SOURCE", how="left", maintain_order="left")
        .drop("SOURCE")
    )


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


def _homes(
    opened: Sequence[pl.DataFrame], flow: Flow, who: pl.DataFrame, departement: str
) -> pl.DataFrame:
    """PERSON, and whether one of the addresses this flow knows is in the département."""
    commune = pl.col(COMMUNES[flow])
    overseas = commune.str.contains("^9[78]")
    its = pl.when(overseas).then(commune.str.head(3)).otherwise(commune.str.head(2))
    nobody = pl.DataFrame(schema={SUBJECT: pl.String, COMMUNES[flow]: pl.String})
    told = pl.concat([nobody, *(frame.select(nobody.columns) for frame in opened)])
    return (
        told.join(who, on=SUBJECT)
        .filter(commune.is_not_null())
        .group_by(PERSON)
        .agg((its == departement).any().alias(HOMES[flow]))
    )
