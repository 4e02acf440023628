"""Who a person of the département is among all the subjects.

1. Named as the département does: its ID_CD. The subjects are those that today's links make one person with
   it, those of the answers about it, those of any file with its certified NIR and birth date, and those of
   the SPIE extracts with its name, first name and birth date: they have no number in common, and feed nothing.
2. Another identifier of the département is another person until the département says so: never taken.
   A dossier in doubt (same NIR, another birth date) is not taken either; it is counted.
"""

from dataclasses import dataclass
from typing import Final

import polars as pl
from sqlalchemy import Connection

from gateway.errors import NotAuthorised
from gateway.identity.index import SUBJECT, complete, empty
from gateway.identity.names import normalised
from gateway.identity.resolve import PERSON
from gateway.passage.who_is_who import decisions_of, who_is_who
from gateway.retention.keeper import Keeper
from gateway.rulebook import configuration_of
from gateway.rules.thresholds import Scored
from gateway.store.deliveries import index_digest, latest_partition
from gateway.store.releases import last_crossing

CD: Final = "cd-parcours"
RETURNS: Final = "cd-retours"
SPIE: Final = ("pe-spie-principal", "pe-spie-actions")
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
    return complete(keeper.identities.read(digest)) if digest else empty()


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
    with keeper.engine.begin() as connection:
        judged = _Judged(
            decisions_of(connection, departement), _links_scored(connection, departement)
        )
    linked = {subject} | judged.linked(index, subject)
    present = _present(keeper, index, departement)
    if present.height < index.height:
        linked |= judged.linked(present, subject)
    own = index.filter(pl.col(SUBJECT).is_in(linked))
    others = index.filter(pl.col("FLOW") != CD, ~pl.col(SUBJECT).is_in(linked))
    listed = others.join(own.select("NIR13").drop_nulls().unique(), on="NIR13", how="semi")
    births = own.select("BIRTH").drop_nulls().unique()
    same = {*listed.join(births, on="BIRTH", how="semi")[SUBJECT]}
    found = linked | same | _answers(index, own) | _extracts(index, own)
    return Whole(frozenset(found), listed.filter(~pl.col(SUBJECT).is_in(found)).height)


@dataclass(frozen=True, slots=True)
class _Judged:
    """What links stand on beside the files: decisions of people, and what the weights alone may do."""

    decisions: pl.DataFrame
    link_scored: bool

    def linked(self, index: pl.DataFrame, subject: str) -> set[str]:
        persons = who_is_who(index, self.decisions, link_scored=self.link_scored).persons
        person = persons.filter(pl.col(SUBJECT) == subject)[PERSON]
        return set(persons.filter(pl.col(PERSON).is_in(person.implode()))[SUBJECT])


def _links_scored(connection: Connection, departement: str) -> bool:
    """Whether the weights alone linked in the last crossing: what it crossed as one person is one."""
    last = last_crossing(connection, departement)
    if last is None:
        return False
    return configuration_of(connection, departement, last.as_of).score is Scored.LINKED


def _answers(index: pl.DataFrame, own: pl.DataFrame) -> set[str]:
    """The subjects of professionals' answers about the person: they are named as in the journeys."""
    named = own.filter(pl.col("FLOW") == CD).select("KEY")
    return set(index.filter(pl.col("FLOW") == RETURNS).join(named, on="KEY", how="semi")[SUBJECT])


def _extracts(index: pl.DataFrame, own: pl.DataFrame) -> set[str]:
    """The subjects of the SPIE extracts: by name for one file, by its number for the other."""
    who = ["NAME", "FIRST_NAME", "BIRTH"]
    first = normalised(pl.col("FIRST")).alias("FIRST_NAME")
    names = [normalised(pl.col(column)) for column in ("BIRTH_NAME", "USED_NAME")]
    called = own.select(pl.concat_list(names).alias("NAME"), first, "BIRTH").explode("NAME")
    extracts = index.filter(pl.col("FLOW").is_in(SPIE)).with_columns(names[0].alias("NAME"), first)
    met = extracts.join(called.drop_nulls().unique(), on=who, how="semi").select("KEY")
    return set(extracts.join(met.unique(), on="KEY", how="semi")[SUBJECT])


def _present(keeper: Keeper, index: pl.DataFrame, departement: str) -> pl.DataFrame:
    """The index of the files that a crossing stands on: older dossiers may make a link doubtful."""
    with keeper.engine.begin() as connection:
        parts = [latest_partition(connection, departement, one) for one in index["FLOW"].unique()]
    frames = [keeper.identities.read(part.identities).select(SUBJECT) for part in parts if part]
    spoken = pl.concat([index.select(SUBJECT).clear(), *frames])
    return index.join(spoken.unique(), on=SUBJECT, how="semi")
