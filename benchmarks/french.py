"""Two partners of one French population: WebRSA's rule, the score after exact passes, and our whole cascade.

1. *Exact passes and score*: a NIR and a birth date, or a whole name, first name and birth date, where each
   has the other for only candidate; the score on who is left. This is the cascade of the facts
   on linkage (section 2.4), which trusts a NIR whose birth date differs by an error.
2. *Passerelle*: `resolve`, with its contradictions: a NIR known with another birth date, or two NIRs that
   differ, are never linked without a person. They are counted beside the review.
"""

import time

import polars as pl

from benchmarks.measure import peak
from benchmarks.population import CD, PE, population, records
from benchmarks.truth import Found, Truth, judged
from gateway.identity.index import SCHEMA, SUBJECT
from gateway.identity.resolve import PERSON, Resolution, resolve
from gateway.identity.scoring import FellegiSunter, default, score, select
from gateway.identity.scoring.subjects import PREPARED

Sides = tuple[pl.DataFrame, pl.DataFrame]


def measured(size: int) -> list[Found]:
    """Every method on a population of `size` persons, 3 % of them twins."""
    people = population(size)
    sides = records(people, CD, seed=1), records(people, PE, seed=2)
    del people
    truth = Truth(*(side.select("ID", "TRUTH") for side in sides))
    started = time.perf_counter()
    rule = webrsa(*sides)
    took = time.perf_counter() - started
    return [
        judged("règle de WebRSA", rule, truth, took),
        *_cascade(sides, truth),
        *_whole(sides, truth),
    ]


def webrsa(left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """NIR and birth date equal, or a name, the first name and the birth date."""
    ways = [
        left.join(right, on=["NIR13", "BIRTH"], suffix="_R"),
        *(
            left.join(
                right,
                left_on=[name, "FIRST", "BIRTH"],
                right_on=["NAME", "FIRST", "BIRTH"],
                suffix="_R",
            )
            for name in ("NAME", "USED")
        ),
    ]
    return pl.concat([way.select(LEFT="ID", RIGHT="ID_R") for way in ways]).unique()


def prepared(side: pl.DataFrame) -> pl.DataFrame:
    """A partner's records as the scorer reads them."""
    names = pl.concat_list("NAME", "USED").list.drop_nulls()
    return side.with_columns(BIRTH_CERTAIN=pl.lit(value=True), NAMES=names).select(list(PREPARED))


def _cascade(sides: Sides, truth: Truth) -> list[Found]:
    started, cpu = time.perf_counter(), time.process_time()
    left, right = sides
    links = pl.DataFrame(schema={"LEFT": pl.String, "RIGHT": pl.String})
    for ours, theirs in (
        (["NIR13", "BIRTH"], ["NIR13", "BIRTH"]),
        (["NAME", "FIRST", "BIRTH"],) * 2,
        (["USED", "FIRST", "BIRTH"], ["NAME", "FIRST", "BIRTH"]),
    ):
        links = pl.concat([links, _unique(left, right, ours, theirs)])
        left = left.join(links, left_on="ID", right_on="LEFT", how="anti")
        right = right.join(links, left_on="ID", right_on="RIGHT", how="anti")
    exact = time.perf_counter() - started
    weights = default()
    chosen = select(score(prepared(left), prepared(right), weights), weights)
    took = time.perf_counter() - started
    note = f"processeur {time.process_time() - cpu:.1f} s ; mémoire {peak()} Mio"
    review = (
        f"revue : {chosen.proposals.height} paires, {chosen.proposals.height / truth.links:.2%}"
    )
    everything = pl.concat([links, chosen.links.select("LEFT", "RIGHT")])
    return [
        judged("passes exactes", links, truth, exact),
        judged("passes exactes et score", everything, truth, took, f"{review} ; {note}"),
    ]


def _unique(
    left: pl.DataFrame, right: pl.DataFrame, ours: list[str], theirs: list[str]
) -> pl.DataFrame:
    """Pairs with equal keys, where each has the other for only candidate, and no two NIRs that differ."""
    met = left.join(right, left_on=ours, right_on=theirs, suffix="_R")
    nir = pl.col("NIR13_R") if "NIR13" not in ours else pl.col("NIR13")
    agree = (pl.col("NIR13") == nir).fill_null(value=True)
    alone = (pl.len().over("ID") == 1) & (pl.len().over("ID_R") == 1)
    return met.filter(alone & agree).select(LEFT="ID", RIGHT="ID_R")


def _whole(sides: Sides, truth: Truth) -> list[Found]:
    index = indexed(*sides)
    exact, done = (_resolved(index, scorer) for scorer in (None, FellegiSunter(default())))
    accepted = [done[0].proposals, done[0].doubts]
    pairs = pl.concat(
        [_linked(done[0]), *(waiting.select("LEFT", "RIGHT") for waiting in accepted)]
    )
    return [
        judged("Passerelle, passes A à D", _linked(exact[0]), truth, exact[1], exact[2]),
        judged("Passerelle, passes et score", _linked(done[0]), truth, done[1], done[2]),
        judged("idem, tout ce qui attend quelqu'un étant accepté", pairs, truth, done[1]),
    ]


def _resolved(index: pl.DataFrame, scorer: FellegiSunter | None) -> tuple[Resolution, float, str]:
    started, cpu = time.perf_counter(), time.process_time()
    done = resolve(index, scorer=scorer, link_scored=True)
    took = time.perf_counter() - started
    waiting = f"revue : {done.proposals.height} paires ; contradictions : {done.doubts.height}"
    return (
        done,
        took,
        f"{waiting} ; processeur {time.process_time() - cpu:.1f} s ; mémoire {peak()} Mio",
    )


def indexed(left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """An identity index: the département and the CNAF know the left, Pôle emploi the right."""
    asked = pl.col("ID").str.slice(0, 11)
    both = left.with_columns(NUMDEMRSA=asked, ROLE=pl.lit("DEM"), BIRTH_TYPE=pl.lit("N"))
    cnaf = both.with_columns(pl.lit("n").alias("PREFIX"), FLOW=pl.lit("cnaf-beneficiaires"))
    cd = both.with_columns(PREFIX=pl.lit(""), FLOW=pl.lit("cd-parcours"))
    pe = right.with_columns(PREFIX=pl.lit(""), FLOW=pl.lit("pe-parcours"))
    told = pl.concat([cd, cnaf, pe], how="diagonal").select(
        pl.concat_str("PREFIX", "ID").alias(SUBJECT),
        "FLOW",
        "NIR13",
        "BIRTH",
        "NUMDEMRSA",
        "ROLE",
        BIRTH_NAME="NAME",
        USED_NAME="USED",
        FIRST="FIRST",
        BIRTH_TYPE="BIRTH_TYPE",
        KEY="ID",
    )
    missing = [
        pl.lit(None, kind).alias(name) for name, kind in SCHEMA.items() if name not in told.columns
    ]
    return told.with_columns(missing).select(list(SCHEMA))


def _linked(done: Resolution) -> pl.DataFrame:
    joined = done.persons.filter(pl.col(SUBJECT) != pl.col(PERSON))
    return joined.select(LEFT=PERSON, RIGHT=SUBJECT)
