"""Dated facts of journeys, for a follow-up that several organisations share: who, what, when, from which file.

1. A person is named by a pseudonym of the recipient's own domain, and by the CD's own identifier. Two
   recipients cannot join. Neither names, nor NIR, nor Pôle emploi's identifier.
2. From the département: duties, orientation, contract, appointment, référent. Not the procedures (they prepare
   sanctions), and of an appointment its day and status, never its label, which is free.
3. From Pôle emploi, R262-116-2 A: registration, cessation, project (PPAE), last interview. Not the removals
   (sanctions), no motive and no category: several of both say that somebody is ill.
4. A date that Pôle emploi gives truncated is no date: no row.
5. What is repeated is said once. Rows are in the order of the names that are granted, the pseudonym first,
   then by date: their place tells nothing that another recipient's file could be joined by.
"""

from datetime import date
from typing import NamedTuple

import polars as pl

from gateway.habilitation import Format, Gate
from gateway.products import shapes
from gateway.products.labels import label, spelled
from gateway.products.product import DEPARTEMENT, FOLLOWED, Ground, Product
from gateway.rules.codes import USABLE

NAME = "parcours-carnet-de-bord"
FACT = ("FAIT", "DATE", "DATE_FIN", "CODE", "STATUT", "STRUCTURE", "SOURCE", "DATE_REFERENCE")
COLUMNS = ("PSEUDONYME", "ID_CD", *FACT)
OF_THE_CD = ("DROITS_DEVOIRS", "ORIENTATION", "CONTRAT", "RDV", "REFERENT")
CODED = ("ORIENTATION", "CONTRAT")  # whose CODE is one of a list
CODES = ("EMPLOI", "SOCIAL", "SOCIOPRO", "CER", "PPAE", "CE", "SUI", "GUI", "REN", "GLO", "APR")
# Pôle emploi's: the fact, its date, its code, whether it says where.
_PE = (
    ("INSCRIPTION_PE", pl.col("DATE_DEBUT_IDE"), None, False),
    ("CESSATION_PE", pl.col("DATE_CESSATION_IDE"), None, False),
    ("PPAE", pl.coalesce("DATE_SIGNATURE", "DATE_NOTIFICATION"), "MODALITE_CODE", True),
    (
        "ENTRETIEN_PE",
        pl.when(pl.col("DATE_DERNIER_ENT_ETAT") == USABLE).then(pl.col("DATE_DERNIER_ENT")),
        None,
        False,
    ),
)
_WHO, _NOTHING = "PERSONNE", pl.lit(None, pl.String)


class Said(NamedTuple):
    """What one file says, and the day it speaks of."""

    facts: pl.DataFrame
    reference: date


def sheet(people: pl.DataFrame, cd: Said, pe: Said | None, *, departement: str) -> pl.DataFrame:
    """One row per person and fact. `people`: PERSONNE, PSEUDONYME, ID_CD (null: not the département's).

    `cd`: PERSONNE and the journey columns of `cd-parcours`; `pe`: those of `pe-parcours`, None: never sent.
    """
    told = [_of_the_cd(cd), *(_of_pe(pe) if pe else ())]
    return (
        people.select(_WHO, "PSEUDONYME", "ID_CD")
        .join(pl.concat(told), on=_WHO, how="inner")
        .with_columns(
            pl.lit(departement).alias(DEPARTEMENT),
            pl.col("ID_CD").is_not_null().alias(FOLLOWED),
        )
        .select(*COLUMNS, DEPARTEMENT, FOLLOWED)
        .unique()
        .sort(COLUMNS, nulls_last=True)
    )


def arrange(rows: pl.DataFrame) -> pl.DataFrame:
    """In an order made of what is granted only."""
    first = ("PSEUDONYME", "ID_CD", "DATE")
    order = [name for name in (*first, *COLUMNS) if name in rows.columns]
    return rows.sort(list(dict.fromkeys(order)), nulls_last=True)


def _of_the_cd(said: Said) -> pl.DataFrame:
    coded = pl.col("FAIT").is_in(CODED)
    return said.facts.filter(pl.col("FAIT").is_in(OF_THE_CD)).select(
        _WHO,
        "FAIT",
        spelled(pl.col("DATE")),
        spelled(pl.col("DATE_FIN")),
        pl.when(coded).then(_listed("CODE")).alias("CODE"),
        "STATUT",
        label(pl.col("STRUCTURE")),
        pl.lit("cd-parcours").alias("SOURCE"),
        pl.lit(said.reference.isoformat()).alias("DATE_REFERENCE"),
    )


def _of_pe(said: Said) -> list[pl.DataFrame]:
    return [
        said.facts.select(
            _WHO,
            pl.lit(fact).alias("FAIT"),
            spelled(day).alias("DATE"),
            _NOTHING.alias("DATE_FIN"),
            (_listed(code) if code else _NOTHING).alias("CODE"),
            _NOTHING.alias("STATUT"),
            (_follower() if placed else _NOTHING).alias("STRUCTURE"),
            pl.lit("pe-parcours").alias("SOURCE"),
            pl.lit(said.reference.isoformat()).alias("DATE_REFERENCE"),
        ).drop_nulls("DATE")
        for fact, day, code, placed in _PE
    ]


def _follower() -> pl.Expr:
    """Who follows: the structure it is delegated to, else Pôle emploi's own."""
    return pl.coalesce(label(pl.col("STRUCTURE_DELEGUEE")), label(pl.col("STRUCTURE_PRINCIPALE")))


def _listed(column: str) -> pl.Expr:
    """A code of our lists; anything else is a text that nobody chose to publish."""
    return pl.when(pl.col(column).is_in(CODES)).then(pl.col(column))


PRODUCT = Product(
    name=NAME,
    title="Faits datés des parcours, pour un carnet de bord partagé",
    columns=COLUMNS,
    flows=("cd-parcours", "pe-parcours"),
    stands_on=(Ground.PERSONS, Ground.CD),
    heeds=(Ground.PE,),
    file_pattern="PARCOURS_{departement}_{jour:%Y%m%d}",
    key=("ID_CD",),
    gate=Gate.CD,
    formats=(Format.JSONL, Format.CSV, Format.XLSX, Format.PARQUET),
    arrange=arrange,
    shapes={
        "PSEUDONYME": r"p1\.[0-9a-z-]{1,16}\.[0-9a-f]{32}",
        "FAIT": "|".join((*OF_THE_CD, *(fact for fact, *_ in _PE))),
        "DATE": shapes.DAY,
        "DATE_FIN": shapes.DAY,
        "CODE": "|".join(CODES),
        "STATUT": "[A-Z_]+",
        "SOURCE": "cd-parcours|pe-parcours",
        "DATE_REFERENCE": shapes.DAY,
    },
    nirs=(),
    mention=(
        "Faits transmis pour coordonner l'accompagnement (CASF, art. R262-116-1, 2°). Aucune donnée de santé, "
        "aucune sanction, aucun texte libre d'un professionnel. Ils n'ordonnent ni ne décident rien."
    ),
)
