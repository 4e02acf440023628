"""From subjects to persons: deterministic passes, each refusing to choose when there is a choice.

1. A CD subject and a CNAF subject are one person: same request number and role; else same CAF number
   and role; else same NIR. Never when their NIRs differ, never when the NIR's year and month
   contradict the CD's birth date, never when either side has several candidates: who had several
   in one pass is not tried in the next. A value that many bear is a filler, and nobody's key.
2. Their NIRs are pooled. With PE, grade A: a pooled NIR (13, its key was checked on arrival) and the
   birth date both equal, one candidate on each side. A child's dossier under its parent's NIR, with
   another birth date, does not undo the parent's link.
3. Grade X, never scored: PE knows the NIR and that is not a grade A (another birth date only, several
   dossiers, several CD identities).
4. A NIR beginning with anything but 1 or 2 is provisional: it neither links nor contradicts.

Not checked here: names, CAF number with PE, short PE identifiers (grades B to D come with them).
Source of the passes: catalogue of journeys, section 1.5; the guard on birth date: a parent's NIR is
carried by their children.
"""

from typing import NamedTuple

import polars as pl

from gateway.identity.index import SUBJECT, certified

PERSON, GRADE = "PERSON", "GRADE"
HOLDER, MEMBER = "HOLDER", "MEMBER"
PASSES = (("NUMDEMRSA", "ROLE"), ("MATRICULE", "ROLE"), ("NIR13",))
MANY = 8  # bearers of one key on one side: above, it is a filler ("0000000"), and a join on it explodes


class Resolution(NamedTuple):
    """`persons`: SUBJECT → PERSON, every subject once; `grades`: PERSON → A or X, others absent."""

    persons: pl.DataFrame
    grades: pl.DataFrame


def resolve(index: pl.DataFrame) -> Resolution:
    """Persons and their grade of link with PE, whatever the order of files and rows."""
    index = index.sort(SUBJECT).with_columns(certified(pl.col("NIR13")).alias("NIR13"))
    cd = index.filter(pl.col("FLOW") == "cd-parcours")
    cnaf = index.filter(pl.col("FLOW") == "cnaf-contacts")
    pe = index.filter(pl.col("FLOW") == "pe-parcours")
    households = _cd_with_cnaf(cd, cnaf)
    pairs, contradicted = _with_pe(_pooled(cd, cnaf, households), pe)
    persons = _name(index, households, pairs)
    grades = pl.concat(
        [
            pairs.select(pl.col(HOLDER).alias(SUBJECT), pl.lit("A").alias(GRADE)),
            contradicted.select(pl.col(HOLDER).alias(SUBJECT), pl.lit("X").alias(GRADE)),
        ]
    )
    graded = grades.join(persons, on=SUBJECT).select(PERSON, GRADE).unique().sort(PERSON)
    return Resolution(persons, graded)


def _cd_with_cnaf(cd: pl.DataFrame, cnaf: pl.DataFrame) -> pl.DataFrame:
    """Pairs (HOLDER: the CD subject, MEMBER: the CNAF subject), by three passes of decreasing weight."""
    pairs = pl.DataFrame(schema={HOLDER: pl.String, MEMBER: pl.String})
    for keys in PASSES:
        met = (
            _telling(cd, keys)
            .join(_telling(cnaf, keys), on=keys, suffix="_CNAF", coalesce=False)
            .filter(_coherent())
            .select(pl.col(SUBJECT).alias(HOLDER), pl.col(f"{SUBJECT}_CNAF").alias(MEMBER))
        )
        alone = (pl.len().over(HOLDER) == 1) & (pl.len().over(MEMBER) == 1)
        pairs = pl.concat([pairs, met.filter(alone).sort(HOLDER)])
        cd = cd.join(met, left_on=SUBJECT, right_on=HOLDER, how="anti")
        cnaf = cnaf.join(met, left_on=SUBJECT, right_on=MEMBER, how="anti")
    return pairs


def _telling(subjects: pl.DataFrame, keys: tuple[str, ...]) -> pl.DataFrame:
    """Those whose keys are all there, and borne by few."""
    return subjects.drop_nulls(keys).filter(pl.len().over(keys) <= MANY)


def _coherent() -> pl.Expr:
    """NIRs, where both are known, are equal, and agree with the birth date; months from 20 say nothing."""
    lent, birth = pl.col("NIR13_CNAF"), pl.col("BIRTH")
    month = lent.str.slice(3, 2)
    year_fits = lent.str.slice(1, 2) == birth.dt.strftime("%y")
    born_then = year_fits & ((month == birth.dt.strftime("%m")) | (month > "12"))
    same = pl.col("NIR13") == lent
    return born_then.fill_null(value=True) & same.fill_null(value=True)


def _pooled(cd: pl.DataFrame, cnaf: pl.DataFrame, households: pl.DataFrame) -> pl.DataFrame:
    """HOLDER, NIR13, BIRTH: the NIR known of a CD person, from either side."""
    own = cd.select(pl.col(SUBJECT).alias(HOLDER), "NIR13", "BIRTH")
    lent = households.join(cnaf.select(pl.col(SUBJECT).alias(MEMBER), "NIR13"), on=MEMBER).join(
        own.select(HOLDER, "BIRTH"), on=HOLDER
    )
    pool = pl.concat([own, lent.select(HOLDER, "NIR13", "BIRTH")])
    return pool.drop_nulls(["NIR13", "BIRTH"]).unique()


def _with_pe(pool: pl.DataFrame, pe: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Grade A pairs (HOLDER, MEMBER), and the HOLDERs that PE knows otherwise: grade X.

    Counted, never joined many to many: a NIR given to everybody costs no more than another.
    """
    dossiers = pe.drop_nulls(["NIR13", "BIRTH"])
    numbers = dossiers.select("NIR13").unique()
    members = dossiers.group_by("NIR13", "BIRTH").agg(
        pl.col(SUBJECT).min().alias(MEMBER), pl.len().alias("MEMBERS")
    )
    met = (
        pool.with_columns(pl.len().over("NIR13", "BIRTH").alias("HOLDERS"))
        .join(numbers, on="NIR13")
        .join(members, on=["NIR13", "BIRTH"], how="left")
    )
    one = [pl.col(count) == 1 for count in ("HOLDERS", "MEMBERS")]
    agreed = pl.all_horizontal(*one, pl.len().over(HOLDER) == 1).fill_null(value=False)
    pairs = met.filter(agreed).select(HOLDER, MEMBER).sort(HOLDER)
    contradicted = met.filter(~agreed).select(HOLDER).unique()
    return pairs, contradicted.sort(HOLDER)


def _name(index: pl.DataFrame, households: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """A person is called by its CD subject when there is one, else by the subject itself."""
    members = pl.concat([households, pairs]).select(
        pl.col(MEMBER).alias(SUBJECT), pl.col(HOLDER).alias(PERSON)
    )
    return (
        index.select(SUBJECT)
        .join(members, on=SUBJECT, how="left")
        .select(SUBJECT, pl.coalesce(PERSON, SUBJECT).alias(PERSON))
    )
