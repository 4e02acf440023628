"""A person as the département and the CNAF know them: one holder, and all that both say of it.

1. The same request number and role, else the same CAF number and role, else the same NIR; always the
   same birth date. Who had a choice in one pass is not tried in the next.
2. The CNAF speaks of adults by its file of beneficiaries. Where none came, its file of contacts stands
   in: it has no birth date, so the month in the NIR it lends must not contradict the département's.
3. NIRs, names, first names and CAF numbers are pooled. A birth date is certain when the CNAF says so.

Source: expected results, point 9; a parent's NIR is carried by their children (linkage, section 3.1).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from gateway.identity.index import SUBJECT
from gateway.identity.names import normalised
from gateway.identity.pairing import LEFT, PAIR, RIGHT, meet, without

CD, CONTACTS, BENEFICIARIES = "cd-parcours", "cnaf-contacts", "cnaf-beneficiaires"
ADULTS = ("DEM", "CJT")
PASSES = (("NUMDEMRSA", "ROLE"), ("MATRICULE", "ROLE"), ("NIR13",))
CERTAIN = "N"  # TYPEDTNAI
_NAMES = ("BIRTH_NAME", "USED_NAME")


@dataclass(frozen=True, slots=True)
class Pool:
    """What is known of each holder, one value a row: LEFT beside it.

    `holders` has LEFT, BIRTH, BIRTH_CERTAIN and FONORG (null: not known); `names` and `firsts` are normalised.
    """

    holders: pl.DataFrame
    nirs: pl.DataFrame
    names: pl.DataFrame
    firsts: pl.DataFrame
    numbers: pl.DataFrame
    shorts: pl.DataFrame


def households(index: pl.DataFrame, apart: pl.DataFrame) -> pl.DataFrame:
    """Pairs LEFT (the département's subject), RIGHT (the CNAF's), of every file of the CNAF there is."""
    cd = index.filter(pl.col("FLOW") == CD)
    born = index.filter((pl.col("FLOW") == BENEFICIARIES) & pl.col("ROLE").is_in(ADULTS))
    said = index.filter(pl.col("FLOW") == CONTACTS)
    return pl.concat([_paired(cd, born, apart, ["BIRTH"]), _paired(cd, said, apart, [])])


def pooled(index: pl.DataFrame, pairs: pl.DataFrame) -> Pool:
    """What the département and the CNAF say together of each holder."""
    lender = BENEFICIARIES if (index.get_column("FLOW") == BENEFICIARIES).any() else CONTACTS
    cd = index.filter(pl.col("FLOW") == CD).with_columns(pl.col(SUBJECT).alias(LEFT))
    lent = index.filter(pl.col("FLOW") == lender).join(pairs, left_on=SUBJECT, right_on=RIGHT)
    everything = pl.concat([cd, lent.select(cd.columns)])
    holders = cd.select(LEFT, "BIRTH").join(
        lent.select(LEFT, (pl.col("BIRTH_TYPE") == CERTAIN).alias("BIRTH_CERTAIN"), "FONORG"),
        on=LEFT,
        how="left",
    )
    return Pool(
        holders.with_columns(pl.col("BIRTH_CERTAIN").fill_null(value=False)).sort(LEFT),
        _values(everything, ["NIR13"], "NIR13"),
        _values(everything, _NAMES, "NAME"),
        _values(everything, ["FIRST"], "FIRST"),
        _values(everything, ["MATRICULE"], "MATRICULE"),
        _values(everything, ["SHORT_PE"], "SHORT_PE"),
    )


def named(subjects: pl.DataFrame) -> pl.DataFrame:
    """Normalise the names of an index, each spelling once."""
    for column in (*_NAMES, "FIRST"):
        spellings = subjects.select(pl.col(column).unique().drop_nulls())
        spellings = spellings.with_columns(normalised(pl.col(column)).alias("NORMAL"))
        subjects = (
            subjects.join(spellings, on=column, how="left", maintain_order="left")
            .drop(column)
            .rename({"NORMAL": column})
        )
    return subjects


def _values(everything: pl.DataFrame, columns: Sequence[str], name: str) -> pl.DataFrame:
    each = [everything.select(LEFT, pl.col(column).alias(name)) for column in columns]
    return pl.concat(each).drop_nulls().unique().sort(LEFT, name)


def _paired(
    cd: pl.DataFrame, cnaf: pl.DataFrame, apart: pl.DataFrame, also: list[str]
) -> pl.DataFrame:
    """The passes in order. Without a birth date to compare, a pair that does not cohere is not one."""
    left = cd.with_columns(pl.col(SUBJECT).alias(LEFT))
    right = cnaf.with_columns(pl.col(SUBJECT).alias(RIGHT))
    found = pl.DataFrame(schema=PAIR)
    for keys in PASSES:
        met = meet(left, right, [*keys, *also], apart)
        pairs = met.pairs if also else _coherent(met.pairs, left, right)
        found = pl.concat([found, pairs])
        left = without(left, LEFT, pairs, met.contested)
        right = without(right, RIGHT, pairs, met.beside)
    return found.sort(LEFT)


def _coherent(pairs: pl.DataFrame, left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """NIRs, where both are known, are equal, and agree with the birth date; months from 20 say nothing."""
    ours = left.select(LEFT, "NIR13", "BIRTH")
    theirs = right.select(RIGHT, pl.col("NIR13").alias("LENT"))
    lent, birth = pl.col("LENT"), pl.col("BIRTH")
    month = lent.str.slice(3, 2)
    year_fits = lent.str.slice(1, 2) == birth.dt.strftime("%y")
    born_then = year_fits & ((month == birth.dt.strftime("%m")) | (month > "12"))
    coherent = born_then.fill_null(value=True) & (pl.col("NIR13") == lent).fill_null(value=True)
    told = pairs.join(ours, on=LEFT).join(theirs, on=RIGHT)
    return told.filter(coherent).select(LEFT, RIGHT).sort(LEFT)
