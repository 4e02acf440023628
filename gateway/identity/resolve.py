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
from gateway.identity.households import CD, by_flow, households, named, pooled
from gateway.identity.index import SUBJECT, certified, complete
from gateway.identity.numbering import Numbering
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
    numbering = Numbering.of(index)
    index = _comparable(index.with_columns(numbering.numbers.alias(SUBJECT)))
    flows = by_flow(index)
    pe = dossiers(flows)
    cd = flows[CD].select(pl.col(SUBJECT).alias(LEFT))
    decided = applied(numbering.numbered(decisions, LEFT, RIGHT), cd, pe)
    known = households(flows, decided.apart)
    pool = pooled(flows, known)
    done = passes(pool, pe, decided)
    found = nothing_scored()
    if scorer is not None:
        found = scored(pool, done.rest, decided.apart, scorer, numbering, link=link_scored)
    linked = done.links.filter(pl.col(GRADE) != Grade.SHORT_PE.value).select(LEFT, RIGHT)
    members = pl.concat([known, linked, found.links])
    members = pl.concat([members, attached(flows, members, decided.apart)])
    return Resolution(
        numbering.spelled(_named_by(index, members).sort(SUBJECT), SUBJECT, PERSON),
        numbering.spelled(_grades(done, found).sort(PERSON), PERSON),
        found.proposals.sort(LEFT, RIGHT),
        numbering.spelled(done.doubts.sort(LEFT, RIGHT), LEFT, RIGHT),
    )


def _comparable(index: pl.DataFrame) -> pl.DataFrame:
    return named(index.with_columns(certified(pl.col("NIR13")).alias("NIR13")))


def _grades(done: Passed, found: Scored) -> pl.DataFrame:
    """Each holder's grade; a holder is its person's name."""
    graded = [
        done.links.select(LEFT, GRADE),
        found.links.select(LEFT, pl.lit(Grade.SCORE.value).alias(GRADE)),
        done.contradicted.select(LEFT, pl.lit(Grade.CONTRADICTION.value).alias(GRADE)),
    ]
    return pl.concat(graded).rename({LEFT: PERSON})


def _named_by(index: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    holders = members.select(pl.col(RIGHT).alias(SUBJECT), pl.col(LEFT).alias(PERSON))
    named = index.select(SUBJECT).join(holders, on=SUBJECT, how="left")
    return named.select(SUBJECT, pl.coalesce(PERSON, SUBJECT).alias(PERSON))
