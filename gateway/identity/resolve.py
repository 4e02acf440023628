"""From subjects to persons: deterministic passes, each refusing to choose when there is a choice.

    households → one pool → passes A to D → scorer → other files → persons

1. Nothing is merged in storage: the same index and decisions give the same persons in any order of files
   and rows, and a corrected attribute or an undone decision undoes a link by itself.
2. A person is called by its département's subject when there is one, else by the subject itself.
3. Grades D and X never join two subjects; whom they concern waits for a person to judge (`doubts`).
"""

from typing import NamedTuple

import polars as pl

from gateway.identity.attached import attached
from gateway.identity.decisions import NONE, applied
from gateway.identity.households import households, named, pooled
from gateway.identity.index import SUBJECT, certified, complete
from gateway.identity.pairing import LEFT, RIGHT
from gateway.identity.passes import GRADE, Grade, Passed, dossiers, passes
from gateway.identity.residue import Scored, Scorer, nothing_scored, scored

PERSON = "PERSON"


class Resolution(NamedTuple):
    """Who is who, and what a person must judge.

    `persons`: SUBJECT → PERSON, every subject once; `grades`: PERSON → grade of the link with Pôle
    emploi, others absent; `proposals`: LEFT, RIGHT, WEIGHT, WHY, BAND, of the scorer; `doubts`: LEFT,
    RIGHT, WHY, of the passes (X and D). LEFT is the département's subject, RIGHT Pôle emploi's.
    """

    persons: pl.DataFrame
    grades: pl.DataFrame
    proposals: pl.DataFrame
    doubts: pl.DataFrame


def resolve(
    index: pl.DataFrame,
    decisions: pl.DataFrame = NONE,
    scorer: Scorer | None = None,
    *,
    link_scored: bool = False,
) -> Resolution:
    """Persons and their grade of link with PE, whatever the order of files and rows."""
    index = complete(index).sort(SUBJECT)
    index = named(index.with_columns(certified(pl.col("NIR13")).alias("NIR13")))
    pe = dossiers(index)
    cd = index.filter(pl.col("FLOW") == "cd-parcours").select(pl.col(SUBJECT).alias(LEFT))
    decided = applied(decisions, cd, pe)
    known = households(index, decided.apart)
    pool = pooled(index, known)
    done = passes(pool, pe, decided)
    found = nothing_scored()
    if scorer is not None:
        found = scored(pool, done.rest, decided.apart, scorer, link=link_scored)
    linked = done.links.filter(pl.col(GRADE) != Grade.SHORT_PE.value).select(LEFT, RIGHT)
    members = pl.concat([known, linked, found.links])
    others = attached(index, members, decided.apart)
    persons = _name(index, pl.concat([members, others]))
    return Resolution(persons, _grades(done, found), found.proposals, done.doubts)


def _grades(done: Passed, found: Scored) -> pl.DataFrame:
    """Each holder's grade; a holder is its person's name."""
    graded = [
        done.links.select(LEFT, GRADE),
        found.links.select(LEFT, pl.lit(Grade.SCORE.value).alias(GRADE)),
        done.contradicted.select(LEFT, pl.lit(Grade.CONTRADICTION.value).alias(GRADE)),
    ]
    return pl.concat(graded).rename({LEFT: PERSON}).sort(PERSON)


def _name(index: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    named_by = members.select(pl.col(RIGHT).alias(SUBJECT), pl.col(LEFT).alias(PERSON))
    return (
        index.select(SUBJECT)
        .join(named_by, on=SUBJECT, how="left", maintain_order="left")
        .select(SUBJECT, pl.coalesce(PERSON, SUBJECT).alias(PERSON))
    )
