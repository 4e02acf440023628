"""From subjects to persons: deterministic passes, each refusing to choose when there is a choice.

1. A CD subject and a CNAF subject are one person: same request number and role; else same CAF number
   and role; else same NIR. Never when the NIR's year and month contradict the CD's birth date, and
   never when either side has several candidates.
2. Their NIRs are pooled. With PE, grade A: a pooled NIR (13, its key was checked on arrival) and the
   birth date both equal, one candidate on each side.
3. Grade X, never scored: the NIR is equal and the birth date is not, or several candidates.
4. A NIR beginning with anything but 1 or 2 is provisional: it neither links nor contradicts.

Not checked here: names, CAF number with PE, short PE identifiers (grades B to D come with them).
Source of the passes: catalogue of journeys, section 1.5; the guard on birth date: a parent's NIR is
carried by their children.
"""

from typing import NamedTuple

import polars as pl

from gateway.identity.index import SUBJECT

PERSON, GRADE = "PERSON", "GRADE"


class Resolution(NamedTuple):
    """`persons`: SUBJECT → PERSON, every subject once; `grades`: PERSON → A or X, others absent."""

    persons: pl.DataFrame
    grades: pl.DataFrame


def resolve(index: pl.DataFrame) -> Resolution:
    """Persons and their grade of link with PE, whatever the order of files and rows."""
    index = index.sort(SUBJECT).with_columns(_certified("NIR13").alias("NIR13"))
    cd = index.filter(pl.col("FLOW") == "cd-parcours")
    cnaf = index.filter(pl.col("FLOW") == "cnaf-contacts")
    pe = index.filter(pl.col("FLOW") == "pe-parcours")
    households = _cd_with_cnaf(cd, cnaf)
    pool = _pooled(cd, cnaf, households)
    pairs, contradicted = _with_pe(pool, pe)
    persons = _name(index, households, pairs)
    grades = pl.concat(
        [
            pairs.select(pl.col("HOLDER").alias(SUBJECT), pl.lit("A").alias(GRADE)),
            contradicted.select(pl.col("HOLDER").alias(SUBJECT), pl.lit("X").alias(GRADE)),
        ]
    )
    graded = grades.join(persons, on=SUBJECT).select(PERSON, GRADE).unique().sort(PERSON)
    return Resolution(persons, graded)


def _certified(column: str) -> pl.Expr:
    return pl.when(pl.col(column).str.contains("^[12]")).then(pl.col(column))


def _cd_with_cnaf(cd: pl.DataFrame, cnaf: pl.DataFrame) -> pl.DataFrame:
    """Pairs (HOLDER: the CD subject, MEMBER: the CNAF subject), by three passes of decreasing weight."""
    pairs = pl.DataFrame(schema={"HOLDER": pl.String, "MEMBER": pl.String})
    for keys in (["NUMDEMRSA", "ROLE"], ["MATRICULE", "ROLE"], ["NIR13"]):
        left = cd.join(pairs, left_on=SUBJECT, right_on="HOLDER", how="anti")
        right = cnaf.join(pairs, left_on=SUBJECT, right_on="MEMBER", how="anti")
        found = left.drop_nulls(keys).join(right.drop_nulls(keys), on=keys, suffix="_CNAF")
        other = "NIR13" if keys == ["NIR13"] else "NIR13_CNAF"
        found = found.filter(_coherent(other).fill_null(value=True))
        pairs = pl.concat([pairs, _mutually_unique(found, SUBJECT, f"{SUBJECT}_CNAF")])
    return pairs


def _coherent(nir: str) -> pl.Expr:
    """The NIR's year and month are those of the birth date; months 20 and above say nothing."""
    year_fits = pl.col(nir).str.slice(1, 2) == pl.col("BIRTH").dt.strftime("%y")
    month = pl.col(nir).str.slice(3, 2)
    return year_fits & ((month == pl.col("BIRTH").dt.strftime("%m")) | (month > "12"))


def _mutually_unique(found: pl.DataFrame, left: str, right: str) -> pl.DataFrame:
    pairs = found.select(pl.col(left).alias("HOLDER"), pl.col(right).alias("MEMBER")).unique()
    alone = (pl.len().over("HOLDER") == 1) & (pl.len().over("MEMBER") == 1)
    return pairs.filter(alone).sort("HOLDER")


def _pooled(cd: pl.DataFrame, cnaf: pl.DataFrame, households: pl.DataFrame) -> pl.DataFrame:
    """HOLDER, NIR13, BIRTH: every NIR known of a CD person, from either side."""
    own = cd.select(pl.col(SUBJECT).alias("HOLDER"), "NIR13", "BIRTH")
    lent = households.join(cnaf.select(pl.col(SUBJECT).alias("MEMBER"), "NIR13"), on="MEMBER").join(
        own.select("HOLDER", "BIRTH"), on="HOLDER"
    )
    pool = pl.concat([own, lent.select("HOLDER", "NIR13", "BIRTH")])
    return pool.drop_nulls(["NIR13", "BIRTH"]).unique()


def _with_pe(pool: pl.DataFrame, pe: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Grade A pairs (HOLDER, MEMBER), and the HOLDERs that a contradiction keeps from being scored."""
    same_nir = pool.join(
        pe.drop_nulls(["NIR13", "BIRTH"]).select(
            pl.col(SUBJECT).alias("MEMBER"), "NIR13", pl.col("BIRTH").alias("BIRTH_PE")
        ),
        on="NIR13",
    )
    agreed = same_nir.filter(pl.col("BIRTH") == pl.col("BIRTH_PE"))
    pairs = _mutually_unique(agreed, "HOLDER", "MEMBER")
    left = same_nir.join(pairs, on="HOLDER", how="anti").join(pairs, on="MEMBER", how="anti")
    # Several CD identities of one person, or several dossiers: somebody must look.
    several = agreed.join(pairs, on="HOLDER", how="anti")
    contradicted = pl.concat([left.select("HOLDER"), several.select("HOLDER")]).unique()
    return pairs, contradicted.sort("HOLDER")


def _name(index: pl.DataFrame, households: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """A person is called by its CD subject when there is one, else by the subject itself."""
    members = pl.concat([households, pairs]).select(
        pl.col("MEMBER").alias(SUBJECT), pl.col("HOLDER").alias(PERSON)
    )
    return (
        index.select(SUBJECT)
        .join(members, on=SUBJECT, how="left")
        .select(SUBJECT, pl.coalesce(PERSON, SUBJECT).alias(PERSON))
    )
