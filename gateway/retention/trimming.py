"""Sealed files rewritten without the people that no reason to keep them is left for.

1. People of Pôle emploi whom the département does not follow are outside the purposes of the exchange
   (CASF R262-116-5, II): kept while the file may yet be crossed with a later file of the CD, then gone.
   Whoever may yet be somebody of the CD (same NIR, link in doubt or proposed) stays.
2. A subject stays in the identity index while a kept file speaks of it.
3. What is rewritten is compared with what was read before it is written: something else came meanwhile,
   the next retention does it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import Row

from gateway.identity.decisions import NONE
from gateway.identity.index import FLOWS, SUBJECT, empty
from gateway.identity.resolve import PERSON
from gateway.passage.who_is_who import decisions_of, who_is_who
from gateway.retention.keeper import Keeper
from gateway.store.deliveries import index_digest, index_version
from gateway.store.retention import Kind, Terms
from gateway.store.trims import identified, replace_file, replace_trimmed, ripe, untrimmed

# Their files have an NIR: whom they speak of can be compared with whom the département follows.
LISTS = tuple(flow for flow, names in FLOWS.items() if flow.startswith("pe-") and names.nir)


def trim_unmatched(keeper: Keeper, terms: Terms, now: datetime) -> Mapping[str, int]:
    """Rewrite each file of Pôle emploi whose time to be matched is over, once."""
    with keeper.engine.begin() as connection:
        rows = ripe(connection, LISTS, terms, now)
        indexes = {row.departement: index_digest(connection, row.departement) for row in rows}
    gone = 0
    for departement, digest in sorted(indexes.items()):
        with keeper.engine.begin() as connection:
            decisions = decisions_of(connection, departement)
        wanted = matched(keeper.identities.read(digest) if digest else empty(), decisions)
        theirs = [row for row in rows if row.departement == departement]
        gone += sum(_rewrite(keeper, row, wanted, now) for row in theirs)
    return {Kind.UNMATCHED.value: gone} if gone else {}


def matched(index: pl.DataFrame, decisions: pl.DataFrame = NONE) -> pl.Series:
    """The subjects of Pôle emploi that are, or may be, somebody the département follows."""
    theirs = pl.col("FLOW").str.starts_with("pe-")
    found = who_is_who(index, decisions)
    followed = index.filter(pl.col("FLOW") == "cd-parcours")
    linked = found.persons.join(followed, left_on=PERSON, right_on=SUBJECT, how="semi")
    known = index.filter(~theirs).select("NIR13").drop_nulls().unique()
    alike = index.filter(theirs).join(known, on="NIR13", how="semi")
    waiting = found.proposals.get_column("RIGHT"), found.doubts.get_column("RIGHT")
    return pl.concat([linked[SUBJECT], alike[SUBJECT], *waiting]).unique()


def trim_indexes(keeper: Keeper, now: datetime) -> Mapping[str, int]:
    """Rewrite each index that a purge touched with only the subjects that a kept file speaks of."""
    with keeper.engine.begin() as connection:
        places = untrimmed(connection)
    gone = sum(_trim(keeper, departement, now) for departement in places)
    return {Kind.SUBJECTS.value: gone} if gone else {}


def _rewrite(keeper: Keeper, row: Row[Any], wanted: pl.Series, now: datetime) -> int:
    people = keeper.identities.read(row.identities)
    kept = people.filter(pl.col(SUBJECT).is_in(wanted.implode()))
    gone = people[SUBJECT].n_unique() - kept[SUBJECT].n_unique()
    facts, identities = row.facts, row.identities
    if gone:
        who = keeper.names(kept[SUBJECT].unique())
        told = keeper.journeys.read(facts).filter(pl.col("PERSONNE").is_in(who.implode()))
        facts, identities = keeper.journeys.write(told), keeper.identities.write(kept)
    return gone if replace_file(keeper.engine, row, facts, identities, gone=gone, now=now) else 0


def _trim(keeper: Keeper, departement: str, now: datetime) -> int:
    with keeper.engine.begin() as connection:
        version = index_version(connection, departement)
        digest = index_digest(connection, departement)
        spoken = identified(connection, departement)
    index = keeper.identities.read(digest) if digest else empty()
    subjects = [keeper.identities.read(one).select(SUBJECT) for one in sorted(spoken)]
    known = pl.concat([index.select(SUBJECT).clear(), *subjects]).unique()
    kept = index.join(known, on=SUBJECT, how="semi", maintain_order="left")
    gone = index.height - kept.height
    fresh = keeper.identities.write(kept) if gone else ""
    read = version, spoken
    done = replace_trimmed(keeper.engine, departement, read, fresh, gone=gone, now=now)
    return gone if done else 0
