"""Journeys from the vaults: who is who, what each file says of whom, and what rules need of identities.

1. Identities are opened here and nowhere else in a crossing. What leaves is a pseudonym, and answers: an
   age in whole years, whether an address is in the département. Never a name, a number, a date or a town.
2. Facts in the partitions are named by the pseudonym of the subject; they are renamed by the person's.
3. The monthly files of the CAF and of the MSA are one source: of each fund the last file of the month, and
   every row says which file it is from.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import polars as pl

from gateway.identity.index import SUBJECT
from gateway.identity.passes import GRADE
from gateway.identity.resolve import PERSON, resolve
from gateway.passage.inputs import Crossing, Inputs
from gateway.pseudonym import JOURNEYS, Pseudonymiser
from gateway.rules.codes import UNLINKED
from gateway.rules.journeys import PEOPLE, Journeys, Received
from gateway.rules.rule import Flow
from gateway.rules.situation.cnaf import FILE, FILE_DAY
from gateway.store.deliveries import Partition

# Where each flow keeps the commune of residence.
COMMUNES = {Flow.CNAF: "NUMCOM", Flow.PE: "COMMUNE_RESIDENCE"}
HOMES = {Flow.CNAF: "DOMICILE_CNAF", Flow.PE: "DOMICILE_PE"}


class Gathered(NamedTuple):
    """Journeys ready to be crossed, and who was who: SUBJECT → PERSON."""

    journeys: Journeys
    persons: pl.DataFrame


def gather(house: Crossing, found: Inputs, departement: str, as_of: date) -> Gathered:
    """Open what a crossing stands on."""
    monthly = _monthly(house, found)
    files: dict[Flow, list[Partition]] = {
        Flow.CD: [found.cd],
        Flow.PE: [found.pe] if found.pe else [],
        Flow.CNAF: [part for part, _ in monthly],
    }
    linking = [*files[Flow.CD], *files[Flow.PE], *files[Flow.CNAF], *found.before.values()]
    linking += [found.contacts] if found.contacts else []
    opened = {part.delivery: house.identities.read(part.identities) for part in linking}
    index = house.identities.read(found.index)
    # Who is who among the subjects the files speak of; older ones no longer count.
    present = pl.concat([frame.select(SUBJECT) for frame in opened.values()]).unique()
    who = resolve(index.join(present, on=SUBJECT, how="semi"))
    names = _names(house, who.persons)
    homes = [
        _homes([opened[part.delivery] for part in files[flow]], flow, who.persons, departement)
        for flow in COMMUNES
    ]
    own = opened[found.cd.delivery].select(pl.col(SUBJECT).unique()).join(who.persons, on=SUBJECT)
    ages = _ages(index.join(who.persons, on=SUBJECT), as_of)
    answers = (who.grades.select(PERSON, GRADE), ages, *homes)
    journeys = Journeys(
        people=_people(house, own.select(pl.col(PERSON).unique()), answers),
        cd=_received(house, found.cd, names),
        cnaf=_together(monthly, names),
        pe=_received(house, found.pe, names) if found.pe else None,
        before={flow: _received(house, part, names) for flow, part in found.before.items()},
    )
    return Gathered(journeys, who.persons)


def _monthly(house: Crossing, found: Inputs) -> Sequence[tuple[Partition, pl.DataFrame]]:
    """The last monthly file of each fund, with its facts; another of the same fund is superseded."""
    kept: list[tuple[Partition, pl.DataFrame]] = []
    seen: set[str] = set()
    for part in (found.cnaf, *found.beside) if found.cnaf else ():
        facts = house.journeys.read(part.facts)
        funds = set(facts.get_column("FONORG").unique().to_list())
        if not kept or funds - seen:
            kept.append((part, facts.filter(~pl.col("FONORG").is_in(seen))))
        seen |= funds
    return kept


def _together(
    monthly: Sequence[tuple[Partition, pl.DataFrame]], names: pl.DataFrame
) -> Received | None:
    if not monthly:
        return None
    last = monthly[0][0]
    told = [
        _renamed(facts, names).with_columns(
            pl.lit(part.delivery).alias(FILE), pl.lit(part.reference_date).alias(FILE_DAY)
        )
        for part, facts in monthly
    ]
    return Received(pl.concat(told), last.reference_date, last.delivery, last.sent_at.date())


def _names(house: Crossing, people: pl.DataFrame) -> pl.DataFrame:
    """SOURCE (a subject's pseudonym in the partitions) → PERSONNE (the person's)."""
    of = Pseudonymiser(house.master, JOURNEYS).of_series
    return people.select(
        of(people.get_column(SUBJECT)).alias("SOURCE"),
        of(people.get_column(PERSON)).alias("PERSONNE"),
    )


def _received(house: Crossing, part: Partition, names: pl.DataFrame) -> Received:
    facts = _renamed(house.journeys.read(part.facts), names)
    return Received(facts, part.reference_date, part.delivery, part.sent_at.date())


def _renamed(facts: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    return (
        facts.rename({"PERSONNE": "SOURCE"})
        .join(names, on="SOURCE", how="left", maintain_order="left")
        .drop("SOURCE")
    )


def _people(
    house: Crossing, people: pl.DataFrame, answers: tuple[pl.DataFrame, ...]
) -> pl.DataFrame:
    """`PEOPLE`, for the people of the département's own file."""
    for answer in answers:
        people = people.join(answer, on=PERSON, how="left")
    of = Pseudonymiser(house.master, JOURNEYS).of_series
    known = people.select(
        of(people.get_column(PERSON)).alias("PERSONNE"),
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
