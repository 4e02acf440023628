"""From the facts of a département to what waits and what is done: entries, orientations, contracts.

1. An entry is a `SOUMIS` after none or after a `NON_SOUMIS`; it ends on the next `NON_SOUMIS`. On one day, the
   exit comes first.
2. The orientation of an entry is the first `ORIENTE` decided since, before it ends; an entry of somebody who had one
   before is no entry here. Of several decided on one day, the last notified, then the last code.
3. The contract of an orientation is the first `VALIDE` begun since, before another orientation; an orientation
   already covered by a contract begun before has none to wait for.

Facts: PERSONNE (numbered: a pseudonym sorts five times slower), FAIT, DATE, DATE_FIN, CODE, STATUT, STRUCTURE. Nothing
here is an identity.
"""

from datetime import date

import polars as pl

PERSON = "PERSONNE"
ENDLESS = date(9999, 12, 31)
NO_STRUCTURE, NO_ORIENTATION = "structure non dite", "SANS"


def entries(facts: pl.DataFrame, decided: pl.DataFrame) -> pl.DataFrame:
    """PERSONNE, ENTREE, SORTIE, DECISION, STRUCTURE, ORIENTATION of who had no orientation before; sorted."""
    turns, decided = _duties(facts), decided.drop("SUIVANTE")
    found = turns.join_asof(
        decided.with_columns(AVANT="DECISION").select(PERSON, "AVANT"),
        left_on="ENTREE",
        right_on="AVANT",
        by=PERSON,
        strategy="backward",
        allow_exact_matches=False,
        check_sortedness=False,
    ).filter(pl.col("AVANT").is_null())
    found = found.join_asof(
        decided, left_on="ENTREE", right_on="DECISION", by=PERSON,
        strategy="forward", check_sortedness=False, coalesce=False,
    )  # fmt: skip
    in_time = pl.col("DECISION") < pl.col("SORTIE").fill_null(ENDLESS)
    kept = ("DECISION", "STRUCTURE", "ORIENTATION")
    return found.select(
        PERSON, "ENTREE", "SORTIE", *(pl.when(in_time).then(pl.col(c)).alias(c) for c in kept)
    )


def orientations(facts: pl.DataFrame) -> pl.DataFrame:
    """PERSONNE, DECISION, SUIVANTE (the next decision), ORIENTATION, STRUCTURE; sorted."""
    return (
        facts.filter(FAIT="ORIENTATION", STATUT="ORIENTE")
        .sort(PERSON, "DATE", "DATE_FIN", "CODE", "STRUCTURE")
        .unique([PERSON, "DATE"], keep="last", maintain_order=True)
        .select(
            PERSON,
            pl.col("DATE").alias("DECISION"),
            _next("DATE").alias("SUIVANTE"),
            pl.col("CODE").fill_null(NO_ORIENTATION).alias("ORIENTATION"),
            pl.col("STRUCTURE").fill_null(NO_STRUCTURE),
        )
    )


def contracts(facts: pl.DataFrame, decided: pl.DataFrame) -> pl.DataFrame:
    """The orientations, but those already covered, with CONTRAT: the day the first one since began, or null."""
    valid = (
        facts.filter(FAIT="CONTRAT", STATUT="VALIDE")
        .sort(PERSON, "DATE", "DATE_FIN")
        .select(
            PERSON,
            pl.col("DATE").alias("CONTRAT"),
            pl.col("DATE_FIN").fill_null(ENDLESS).cum_max().over(PERSON).alias("JUSQUE"),
        )
    )
    known = decided.join_asof(
        valid.select(PERSON, "CONTRAT", "JUSQUE").unique(
            [PERSON, "CONTRAT"], keep="last", maintain_order=True
        ),
        strategy="backward",
        allow_exact_matches=False,
        left_on="DECISION",
        right_on="CONTRAT",
        by=PERSON,
        check_sortedness=False,
    )
    covered = (pl.col("JUSQUE") >= pl.col("DECISION")).fill_null(value=False)
    open_ = known.filter(~covered).drop("JUSQUE", "CONTRAT")
    found = open_.join_asof(
        valid.select(PERSON, "CONTRAT").unique(maintain_order=True),
        strategy="forward",
        coalesce=False,
        left_on="DECISION",
        right_on="CONTRAT",
        by=PERSON,
        check_sortedness=False,
    )
    in_time = pl.col("CONTRAT") < pl.col("SUIVANTE").fill_null(ENDLESS)
    return found.with_columns(pl.when(in_time).then(pl.col("CONTRAT")).alias("CONTRAT"))


def _duties(facts: pl.DataFrame) -> pl.DataFrame:
    """PERSONNE, ENTREE, SORTIE; sorted."""
    said = (
        facts.filter(pl.col("FAIT") == "DROITS_DEVOIRS")
        .select(PERSON, "DATE", "STATUT")
        .drop_nulls()
        .sort(PERSON, "DATE", "STATUT")  # NON_SOUMIS comes first
    )
    same = pl.struct(PERSON, "STATUT").shift(1) == pl.struct(PERSON, "STATUT")
    turns = said.filter(~same.fill_null(value=False))
    return (
        turns.with_columns(SORTIE=_next("DATE"))
        .filter(pl.col("STATUT") == "SOUMIS")
        .select(PERSON, pl.col("DATE").alias("ENTREE"), "SORTIE")
    )


def _next(column: str) -> pl.Expr:
    """The same column of the next row of the person; the rows are sorted by person."""
    return pl.when(pl.col(PERSON).shift(-1) == pl.col(PERSON)).then(pl.col(column).shift(-1))
