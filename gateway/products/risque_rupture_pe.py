"""The list of possible break-offs that Pôle emploi may read: its own facts, told back, and the orientation.

1. What a département may tell Pôle emploi is closed by R262-116-2 B: the orientation, the référent. No CER, no
   appointment, no sanction, no score. So no rule that looks at anything of the département is here.
2. `RULES` names those that rest on Pôle emploi's own file from end to end. The flow a rule declares is not
   enough: R22 declares Pôle emploi's and is silent when the département has planned an appointment.
3. One row per (IDENTIFIANT_PE, rule), sorted. Neither priority nor « à surveiller »: the one is a score, the
   other tells that an appointment is planned.
4. It orders attention: `MENTION` is written once, in the manifest. Why these limits: decision 0017.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import polars as pl

from gateway.habilitation import Format, Gate
from gateway.products import shapes
from gateway.products.product import DEPARTEMENT, FOLLOWED, Ground, Product
from gateway.products.risque_rupture import MENTION
from gateway.rules.catalogue import BY_ID
from gateway.rules.rule import Result
from gateway.rules.sentence import explain

NAME = "risque-rupture-pe"
RULES = ("R08", "R13")  # registered and no project; no recent interview
COLUMNS = (
    "IDENTIFIANT_PE",
    "DATE_SITUATION",
    "REGLE",
    "NOM_REGLE",
    "MOTIF",
    "DEPUIS",
    "JOURS",
    "SEUIL",
    "DATE_ORIENTATION",
    "NATURE_ORIENTATION",
    "VERSION_REGLES",
)
_SCHEMA = {**dict.fromkeys(COLUMNS, pl.String()), DEPARTEMENT: pl.String(), FOLLOWED: pl.Boolean()}


def sheet(
    signals: pl.DataFrame, people: pl.DataFrame, orientations: pl.DataFrame, *, departement: str
) -> pl.DataFrame:
    """One row per person and triggered rule of `RULES`, from `Crossing.signals`.

    `people`: PERSONNE, IDENTIFIANT_PE (null: Pôle emploi does not follow them); `orientations`: PERSONNE,
    DATE_ORIENTATION, NATURE_ORIENTATION, all text.
    """
    ours = (pl.col("RESULTAT") == Result.TRIGGERED.value) & pl.col("REGLE").is_in(RULES)
    told = (
        signals.filter(ours)
        .join(people.select("PERSONNE", "IDENTIFIANT_PE"), on="PERSONNE", how="left")
        .join(orientations, on="PERSONNE", how="left")
        .sort("IDENTIFIANT_PE", "REGLE", "PERSONNE", nulls_last=True)
    )
    rows = [_row(signal) | {DEPARTEMENT: departement} for signal in told.iter_rows(named=True)]
    return pl.DataFrame(rows, schema=_SCHEMA)


def _row(signal: Mapping[str, Any]) -> dict[str, str | bool | None]:
    rule, days = BY_ID[signal["REGLE"]], signal["JOURS"]
    return {
        "IDENTIFIANT_PE": signal["IDENTIFIANT_PE"],
        # The day of Pôle emploi's own file: both rules are measured there.
        "DATE_SITUATION": (signal["DEPUIS"] + timedelta(days=days)).isoformat(),
        "REGLE": rule.id,
        "NOM_REGLE": rule.name,
        "MOTIF": explain(rule, signal),
        "DEPUIS": signal["DEPUIS"].isoformat(),
        "JOURS": str(days),
        "SEUIL": str(signal["SEUIL"]),
        "DATE_ORIENTATION": signal["DATE_ORIENTATION"],
        "NATURE_ORIENTATION": signal["NATURE_ORIENTATION"],
        "VERSION_REGLES": signal["VERSION"],
        FOLLOWED: signal["IDENTIFIANT_PE"] is not None,
    }


PRODUCT = Product(
    name=NAME,
    title="Parcours qui semblent interrompus, d'après les seules données de Pôle emploi",
    columns=COLUMNS,
    flows=("cd-parcours", "pe-parcours"),
    stands_on=(Ground.SIGNALS, Ground.PERSONS, Ground.CD, Ground.PE),
    file_pattern="RISQUE_RUPTURE_PE_{departement}_{jour:%Y%m%d}",
    key=("IDENTIFIANT_PE",),
    gate=Gate.PE,
    formats=(Format.CSV, Format.XLSX, Format.JSONL, Format.PARQUET),
    shapes={
        "IDENTIFIANT_PE": "[0-9A-Z]{1,20}",
        "DATE_SITUATION": shapes.DAY,
        "REGLE": "|".join(RULES),
        "DEPUIS": shapes.DAY,
        "JOURS": "[0-9]+",
        "SEUIL": "[0-9]+",
        "DATE_ORIENTATION": shapes.DAY,
        "NATURE_ORIENTATION": "EMPLOI|SOCIAL|SOCIOPRO",
    },
    nirs=(),
    mention=MENTION,
)
