"""Who a person of the département is among all the subjects, and where they are spoken of.

1. Named as the département does: its ID_CD. The subjects are those that today's links make one person with
   it, those of the answers about it, and, in files that are never crossed, those with its certified NIR
   and birth date, or its Pôle emploi number.
2. Another identifier of the département is another person until the département says so: never taken.
   A dossier in doubt (same NIR, another birth date) is not taken either; it is counted.
"""

from dataclasses import dataclass
from typing import Final

import polars as pl

from gateway.errors import NotAuthorised
from gateway.identity.index import SUBJECT, empty
from gateway.identity.resolve import PERSON, resolve
from gateway.retention.keeper import Keeper
from gateway.store.deliveries import index_digest, latest_partition

CD: Final = "cd-parcours"
SEPARATOR: Final = "\x1f"


@dataclass(frozen=True, slots=True)
class Whole:
    """A person: the subjects that are it, and how many dossiers of others carry its NIR."""

    subjects: frozenset[str]
    doubtful: int


def read_index(keeper: Keeper, departement: str) -> pl.DataFrame:
    """The present identity index of a département."""
    with keeper.engine.begin() as connection:
        digest = index_digest(connection, departement)
    return keeper.identities.read(digest) if digest else empty()


def find_subject(index: pl.DataFrame, id_cd: str) -> str:
    """The subject that the département calls so. Raises `NotAuthorised`, without saying what was asked."""
    named = pl.col("KEY").str.ends_with(SEPARATOR + id_cd)
    found = index.filter(pl.col("FLOW") == CD, named)[SUBJECT]
    if len(found) != 1:
        known = "inconnu ici" if found.is_empty() else "donné par plusieurs partenaires"
        raise NotAuthorised(f"cet identifiant est {known} : vérifiez-le, et le département")
    return str(found[0])


def whole(keeper: Keeper, departement: str, subject: str) -> Whole:
    """Every subject that is this person."""
    index = read_index(keeper, departement)
    present = index.join(_present(keeper, departement), on=SUBJECT, how="semi")
    linked = {subject} | _linked(index, subject) | _linked(present, subject)
    others = index.filter((pl.col("FLOW") != CD) & ~pl.col(SUBJECT).is_in(linked))
    own = index.filter(pl.col(SUBJECT).is_in(linked))
    numbers = others.join(own.select("NIR13").drop_nulls().unique(), on="NIR13", how="semi")
    births = own.select("BIRTH").drop_nulls().unique()
    same = set(numbers.join(births, on="BIRTH", how="semi")[SUBJECT])
    found = linked | same | _called_alike(index, linked | same)
    listed = numbers.filter(~pl.col(SUBJECT).is_in(found))
    return Whole(frozenset(found), listed.height)


def _linked(index: pl.DataFrame, subject: str) -> set[str]:
    persons = resolve(index).persons
    person = persons.filter(pl.col(SUBJECT) == subject)[PERSON]
    return set(persons.filter(pl.col(PERSON).is_in(person.implode()))[SUBJECT])


def _called_alike(index: pl.DataFrame, subjects: set[str]) -> set[str]:
    """Those that other flows call by the same number: the answers, and the SPIE files."""
    own = index.filter(pl.col(SUBJECT).is_in(subjects))
    answers = own.filter(pl.col("FLOW") == CD).select("KEY")
    told = index.filter(pl.col("FLOW") == "cd-retours").join(answers, on="KEY", how="semi")
    dossiers = own.filter(pl.col("FLOW") == "pe-parcours").select(_number())
    spie = index.filter(pl.col("FLOW").str.starts_with("pe-spie")).with_columns(_number())
    return {*told[SUBJECT], *spie.join(dossiers, on="NUMBER", how="semi")[SUBJECT]}


def _number() -> pl.Expr:
    return pl.col("KEY").str.split(SEPARATOR).list.get(1, null_on_oob=True).alias("NUMBER")


def _present(keeper: Keeper, departement: str) -> pl.DataFrame:
    """The subjects of the files that a crossing stands on."""
    flows = read_index(keeper, departement)["FLOW"].unique()
    with keeper.engine.begin() as connection:
        parts = [latest_partition(connection, departement, flow) for flow in flows]
    frames = [keeper.identities.read(part.identities).select(SUBJECT) for part in parts if part]
    return pl.concat([empty().select(SUBJECT), *frames]).unique()
