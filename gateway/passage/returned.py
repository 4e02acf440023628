"""What the professionals of a département answered, by person: part of what a crossing stands on.

1. Answers add up: every accepted file of `cd-retours` counts, in the order files are ordered everywhere
   (the day they speak of, when they were sent, when they were kept), never by when they came.
2. An answer names somebody as the département does in its journeys: the subject of the answer and that of
   the journeys have the same key, given by the same partner. An answer about nobody known says nothing.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl
from sqlalchemy import Connection, Engine

from gateway.archive import Archive
from gateway.identity.index import SUBJECT, empty
from gateway.identity.resolve import PERSON
from gateway.named import Named
from gateway.rules.answers import RETURNS
from gateway.rules.rule import Flow
from gateway.store.deliveries import Partition, index_digest, partitions_of


def answering(
    connection: Connection, departement: str, as_of: date, days: int
) -> tuple[Partition, ...]:
    """The files whose answers may still silence on that day, for so many days, oldest first."""
    since = as_of - timedelta(days=days)
    every = partitions_of(connection, departement, Flow.RETURNS)
    return tuple(part for part in every if part.reference_date > since)


def every_answer(
    engine: Engine, ours: Named, identities: Archive, departement: str
) -> pl.DataFrame:
    """Every answer that is kept, each person under the name their answers have: enough to count."""
    with engine.begin() as connection:
        parts = partitions_of(connection, departement, Flow.RETURNS)
        index = index_digest(connection, departement)
    everybody = (identities.read(index) if index else empty()).get_column(SUBJECT)
    return _told(ours, parts, everybody)


def answerers(index: pl.DataFrame, persons: pl.DataFrame) -> pl.DataFrame:
    """SUBJECT, PERSON of the subjects of the answers; `persons` as `Resolution.persons`."""
    told = index.filter(pl.col("FLOW") == Flow.RETURNS).select(SUBJECT, "KEY")
    followed = index.filter(pl.col("FLOW") == Flow.CD).select("KEY", pl.col(SUBJECT).alias("CD"))
    return (
        told.join(followed, on="KEY")
        .join(persons, left_on="CD", right_on=SUBJECT)
        .select(SUBJECT, PERSON)
    )


def returned(
    ours: Named, parts: tuple[Partition, ...], everybody: pl.Series, names: pl.DataFrame
) -> pl.DataFrame:
    """The frame `answers.RETURNS`; `names`: SOURCE (the pseudonym in the files) → PERSONNE."""
    return (
        _told(ours, parts, everybody)
        .rename({"PERSONNE": "SOURCE"})
        .join(names, on="SOURCE", how="inner", maintain_order="left")
        .select(RETURNS.keys())
    )


def _told(ours: Named, parts: Sequence[Partition], everybody: pl.Series) -> pl.DataFrame:
    frames = [ours.read(part.facts, everybody).select(RETURNS.keys()) for part in parts]
    return pl.concat([pl.DataFrame(schema=dict(RETURNS)), *frames])
