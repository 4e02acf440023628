"""What a conseil départemental decided, told to Pôle emploi: the orientation, and who holds the référent.

1. R262-116-2 B and C, and nothing else: date and nature of the decision, organisation of the référent unique,
   and what Pôle emploi finds the person by. No contract, no appointment, no procedure, no score, no note.
2. One row per person: a spouse has their own. A person without référent is there, with an empty cell.
3. The full set each time, without a watermark: a decision captured late under an older date is sent.
4. The decision is the latest ORIENTE on or before the day; on the same day the last notified, then the last
   code, as the rules read it. `PARCOURS` is its code at France Travail: SOCIAL is PSO, SOCIOPRO is PSP.
5. Somebody about whom nothing is decided and whom nobody follows has nothing to say: no row.
"""

from datetime import date

import polars as pl

from gateway.habilitation import Format, Gate
from gateway.products import shapes
from gateway.products.labels import label, spelled
from gateway.products.product import DEPARTEMENT, FOLLOWED, Ground, Product

NAME = "orientation-pe"
MATCHING = (
    "IDENTIFIANT_PE",
    "NIR",
    "NOM_NAISSANCE",
    "NOM_USAGE",
    "PRENOM",
    "DATE_NAISSANCE",
    "COMMUNE_RESIDENCE",
    "NUMERO_CAF",
)
SAID = ("DATE_ORIENTATION", "NATURE_ORIENTATION", "PARCOURS", "ORGANISME_REFERENT")
COLUMNS = (*MATCHING, *SAID)
# PED emploi direct, PSO social, PSP socio-professionnel: France Travail's own codes.
PATHS = {"EMPLOI": "PED", "SOCIAL": "PSO", "SOCIOPRO": "PSP"}
_TEXTS = ("NOM_NAISSANCE", "NOM_USAGE", "PRENOM")
_WHO = "PERSONNE"


def sheet(people: pl.DataFrame, facts: pl.DataFrame, *, departement: str, on: date) -> pl.DataFrame:
    """One row per person of `people`: PERSONNE, `MATCHING` (DATE_NAISSANCE a Date), SUIVI (by both).

    `facts`: PERSONNE, FAIT, DATE, DATE_FIN, CODE, STATUT, STRUCTURE of the département's own file; those
    after `on` are not there yet.
    """
    known = facts.filter(pl.col("DATE") <= on)
    return (
        people.join(orientations(known), on=_WHO, how="left")
        .join(_referents(known, on), on=_WHO, how="left")
        .with_columns(
            spelled(pl.col("DATE_NAISSANCE")),
            *(label(pl.col(name)) for name in _TEXTS),
            pl.lit(departement).alias(DEPARTEMENT),
            pl.col("SUIVI").alias(FOLLOWED),
        )
        .sort("IDENTIFIANT_PE", _WHO, nulls_last=True)
        .select(*COLUMNS, DEPARTEMENT, FOLLOWED)
    )


def orientations(known: pl.DataFrame) -> pl.DataFrame:
    """PERSONNE, DATE_ORIENTATION, NATURE_ORIENTATION, PARCOURS: the decision of each, all text."""
    decided = (pl.col("FAIT") == "ORIENTATION") & (pl.col("STATUT") == "ORIENTE")
    nature = pl.col("CODE")
    return (
        known.filter(decided & nature.is_in(list(PATHS)))
        .sort(_WHO, "DATE", "DATE_FIN", "CODE")
        .unique(_WHO, keep="last", maintain_order=True)
        .select(
            _WHO,
            spelled(pl.col("DATE")).alias("DATE_ORIENTATION"),
            nature.alias("NATURE_ORIENTATION"),
            nature.replace_strict(PATHS, return_dtype=pl.String).alias("PARCOURS"),
        )
    )


def _referents(known: pl.DataFrame, on: date) -> pl.DataFrame:
    """PERSONNE, ORGANISME_REFERENT: where the last référent still in charge is."""
    lasting = pl.col("DATE_FIN").is_null() | (pl.col("DATE_FIN") > on)
    in_charge = (pl.col("FAIT") == "REFERENT") & (pl.col("STATUT") == "ACTIF") & lasting
    return (
        known.filter(in_charge)
        .sort(_WHO, "DATE", "STRUCTURE")
        .unique(_WHO, keep="last", maintain_order=True)
        .select(_WHO, label(pl.col("STRUCTURE")).alias("ORGANISME_REFERENT"))
    )


def arrange(rows: pl.DataFrame) -> pl.DataFrame:
    """Without those of whom nothing would be said."""
    said = [pl.col(name).is_not_null() for name in SAID if name in rows.columns]
    return rows.filter(pl.any_horizontal(*said)) if said else rows


PRODUCT = Product(
    name=NAME,
    title="Décisions d'orientation du département, pour Pôle emploi",
    columns=COLUMNS,
    flows=("cd-parcours", "pe-parcours"),
    stands_on=(Ground.PERSONS, Ground.CD, Ground.PE),
    file_pattern="ORIENTATION_{departement}_{jour:%Y%m%d}",
    key=("IDENTIFIANT_PE",),
    gate=Gate.PE,
    formats=(Format.CSV, Format.XLSX, Format.JSONL, Format.PARQUET),
    arrange=arrange,
    shapes={
        "IDENTIFIANT_PE": "[0-9A-Z]{1,20}",
        "NIR": shapes.NIR,
        "DATE_NAISSANCE": shapes.DAY,
        "COMMUNE_RESIDENCE": "[0-9][0-9AB][0-9]{3}",
        "NUMERO_CAF": shapes.MATRICULE,
        "DATE_ORIENTATION": shapes.DAY,
        "NATURE_ORIENTATION": "EMPLOI|SOCIAL|SOCIOPRO",
        "PARCOURS": "PED|PSO|PSP",
    },
    mention=(
        "Transmission du département à Pôle emploi pour orienter et coordonner l'accompagnement (CASF, art. "
        "R262-116-1 et R262-116-2, B et C). Elle ne sert ni au contrôle ni à la sanction."
    ),
)
