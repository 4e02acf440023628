"""CROSSING, one per (département, as-of date): journeys → signals with their evidence.

    latest partitions → persons → rules → signals, sealed

The same partitions as of the same date are the same crossing: done once, however often it is asked.
Identifiers are opened only to say which subjects are one person; rules see pseudonyms.
"""

import asyncio
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

import polars as pl
from sqlalchemy import Engine

from gateway.archive import Archive
from gateway.errors import Unavailable
from gateway.identity.index import SUBJECT
from gateway.identity.resolve import GRADE, PERSON, Resolution, resolve
from gateway.ledger.entry import Act, Entry
from gateway.passage.steps import Steps
from gateway.pseudonym import JOURNEYS, Domain, Master, Pseudonymiser, carried_over
from gateway.rules import Thresholds, cross
from gateway.rules.rule import Moment
from gateway.store.deliveries import Partition, index_digest, latest_partition
from gateway.store.epochs import in_force
from gateway.store.releases import Crossed, keep_crossing

CD, PE, CNAF = "cd-parcours", "pe-parcours", "cnaf-contacts"
SUPPRESSED, UNLINKED = "suppressed", "none"


@dataclass(frozen=True, slots=True)
class Crossing:
    """What the path needs of the house."""

    engine: Engine
    journeys: Archive
    identities: Archive
    master: Master
    thresholds: Thresholds


@dataclass(frozen=True, slots=True)
class Inputs:
    """The partitions a crossing stands on; `digest` names them and the rules' version."""

    cd: Partition
    pe: Partition | None
    cnaf: Partition | None
    index: str
    digest: str


def inputs(house: Crossing, departement: str) -> Inputs | None:
    """The latest accepted full sets of a département; None while its own journeys are unknown."""
    with house.engine.begin() as connection:
        cd = latest_partition(connection, departement, CD)
        pe = latest_partition(connection, departement, PE)
        cnaf = latest_partition(connection, departement, CNAF)
        index = index_digest(connection, departement)
    if cd is None or index is None:
        return None
    # Named by delivery: a corrected birth date changes the persons and no digest of a partition.
    parts = [part.delivery if part else "" for part in (cd, pe, cnaf)]
    stands_on = "\n".join([*parts, house.thresholds.version])
    return Inputs(cd, pe, cnaf, index, hashlib.sha256(stands_on.encode()).hexdigest()[:16])


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
    found = inputs(house, departement)
    if found is None:
        raise Unavailable("aucun parcours de CD accepté : rien à croiser")
    pe_reference = found.pe.reference_date if found.pe else None
    moment = Moment(as_of, pe_reference, house.thresholds)
    people, domain = persons(house, found), in_force(house.engine, JOURNEYS)
    names = _names(house, people, domain)
    cd = _by_person(_read(house, found.cd.facts, people, domain), names)
    pe = _by_person(_read(house, found.pe.facts, people, domain), names) if found.pe else None
    grades = _grades(house, people, cd, domain, linked=moment.is_pe_fresh)
    result = cross(
        cd,
        pe,
        grades,
        as_of=as_of,
        pe_reference=pe_reference,
        thresholds=house.thresholds,
    )
    silenced = result.suppressed.select(
        "PERSONNE", pl.col("SUPPRESSEUR").alias("REGLE"), pl.lit(SUPPRESSED).alias("RESULTAT")
    )
    signals = pl.concat([result.signals, silenced], how="diagonal").join(
        grades, on="PERSONNE", how="left", maintain_order="left"
    )
    counts = json.dumps(_counts(signals), sort_keys=True)
    return Crossed(
        crossing,
        departement,
        as_of,
        house.journeys.write(signals),
        counts,
        house.thresholds.version,
    )


def persons(house: Crossing, found: Inputs) -> Resolution:
    """Who is who among the subjects the latest files speak of; older ones no longer count."""
    index = house.identities.read(found.index)
    present = [
        house.identities.read(partition.identities).select(SUBJECT)
        for partition in (found.cd, found.pe, found.cnaf)
        if partition is not None
    ]
    return resolve(index.join(pl.concat(present).unique(), on=SUBJECT, how="semi"))


def _read(house: Crossing, facts: str, people: Resolution, domain: Domain) -> pl.DataFrame:
    """Facts under the names in force, whatever epoch they were kept in."""
    subjects = people.persons.get_column(SUBJECT)
    return carried_over(house.journeys.read(facts), subjects, house.master, domain)


def _names(house: Crossing, people: Resolution, domain: Domain) -> pl.DataFrame:
    """SOURCE (a subject's pseudonym in the partitions) → PERSONNE (the person's)."""
    of = Pseudonymiser(house.master, domain).of_series
    return people.persons.select(
        of(people.persons.get_column(SUBJECT)).alias("SOURCE"),
        of(people.persons.get_column(PERSON)).alias("PERSONNE"),
    )


def _by_person(facts: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    return (
        facts.rename({"PERSONNE": "SOURCE"})
        .join(names, on="SOURCE", how="left", maintain_order="left")
        .drop("SOURCE")
    )


def _grades(
    house: Crossing, people: Resolution, cd: pl.DataFrame, domain: Domain, *, linked: bool
) -> pl.DataFrame:
    """PERSONNE, GRADE for everybody in the CD's file; without a usable PE file nobody is linked."""
    everybody = cd.select("PERSONNE").unique()
    if not linked:
        return everybody.with_columns(pl.lit(UNLINKED).alias(GRADE))
    of = Pseudonymiser(house.master, domain).of_series
    graded = people.grades.select(of(people.grades.get_column(PERSON)).alias("PERSONNE"), GRADE)
    return everybody.join(graded, on="PERSONNE", how="left").with_columns(
        pl.col(GRADE).fill_null(UNLINKED)
    )


def _counts(signals: pl.DataFrame) -> Mapping[str, Mapping[str, int]]:
    counted = signals.group_by("REGLE", "RESULTAT").len().sort("REGLE", "RESULTAT")
    counts: dict[str, dict[str, int]] = {}
    for rule, result, number in counted.iter_rows():
        counts.setdefault(rule, {})[result] = number
    return counts


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
