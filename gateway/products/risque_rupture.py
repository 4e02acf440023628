"""The list of possible break-offs, for the référents of the département that follows the people.

1. One row per (ID_CD, triggered rule), sorted; only people of the identifiers given, that is of the
   recipient's own file.
2. No NIR, no name, no pseudonym: the CD's own identifier, and reasons that can be checked.
3. UTF-8 with BOM, `;`, CRLF: opens as it is in the spreadsheets of a French office.
4. It helps, it does not decide: `MENTION` is written once, in the manifest.
5. `PRIORITE` (haute, moyenne, basse or empty) and `A_SURVEILLER` (oui, non) are the person's: the same on
   each of their rows. The rows stay in the order of identifiers: a priority is a column to sort on.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from gateway.habilitation import Format, Gate
from gateway.products.product import DEPARTEMENT, FOLLOWED, Ground, Product
from gateway.rules.catalogue import BY_ID
from gateway.rules.codes import UNLINKED
from gateway.rules.rule import Result, Rule
from gateway.rules.sentence import explain, french_date

NAME = "risque-rupture"
COLUMNS = (
    "ID_CD",
    "DATE_SITUATION",
    "REGLE",
    "NOM_REGLE",
    "MOTIF",
    "DEPUIS",
    "JOURS",
    "SEUIL",
    "SOURCES",
    "RAPPROCHEMENT",
    "VERSION_REGLES",
    "PRIORITE",
    "A_SURVEILLER",
)
_TOLD = ("PERSONNE", "REGLE", "DEPUIS", "JOURS", "SEUIL", "PREUVES", "VERSION")
# What the conseil départemental calls somebody is its own; a formula is not a name.
SHAPES = {
    "ID_CD": r"[^=+\-@\s][^\r\n\t]*",
    "DATE_SITUATION": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "REGLE": r"R[0-9]{2}[a-z]?",
    "DEPUIS": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "JOURS": r"[0-9]+",
    "SEUIL": r"[0-9]+",
    "PRIORITE": r"haute|moyenne|basse",
    "A_SURVEILLER": r"oui|non",
}
# How a grade is written; the others as they are.
_LINKS = {None: "aucun", UNLINKED: "aucun", "H": "décidé"}
_WATCHED = "À surveiller : un rendez-vous est prévu prochainement."
MENTION = (
    "Cette liste aide à reprendre contact avec des personnes dont le parcours semble interrompu. "
    "Elle n'est pas une décision et n'en fonde aucune : un professionnel vérifie chaque situation. "
    "Elle ne sert ni au contrôle ni à la sanction. Elle est faite par un traitement algorithmique : ses règles, "
    "leurs délais et leurs poids sont publiés à l'adresse /regles de la passerelle, et toute personne "
    "concernée peut en demander l'explication pour elle (CRPA, art. R311-3-1-1 et R311-3-1-2)."
)


def sheet(
    signals: pl.DataFrame, people: pl.DataFrame, *, as_of: date, departement: str
) -> pl.DataFrame:
    """The sheet of `Crossing.signals` and, for each ID_CD, of what `Crossing.people` says.

    Somebody without ID_CD is not followed by the conseil départemental. Raises `ValueError` when one
    ID_CD stands for several persons.
    """
    known = people.select("PERSONNE", "ID_CD", "GRADE", "A_SURVEILLER", "PRIORITE").unique()
    if known["ID_CD"].n_unique() < known.height:
        raise ValueError("one ID_CD stands for several persons or grades")
    triggered = (
        signals.filter(pl.col("RESULTAT") == Result.TRIGGERED.value)
        .select(_TOLD)
        .join(known, on="PERSONNE", how="left")
        .sort("ID_CD", "REGLE", nulls_last=True)
    )
    rows = [_row(signal, as_of) for signal in triggered.iter_rows(named=True)]
    return pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String)).with_columns(
        pl.lit(departement).alias(DEPARTEMENT), pl.col("ID_CD").is_not_null().alias(FOLLOWED)
    )


def _row(signal: Mapping[str, Any], as_of: date) -> dict[str, str | None]:
    rule = BY_ID[signal["REGLE"]]
    return {
        "ID_CD": signal["ID_CD"],
        "DATE_SITUATION": as_of.isoformat(),
        "REGLE": rule.id,
        "NOM_REGLE": rule.name,
        "MOTIF": _motive(rule, signal),
        "DEPUIS": signal["DEPUIS"].isoformat(),
        "JOURS": str(signal["JOURS"]),
        "SEUIL": str(signal["SEUIL"]),
        "SOURCES": ", ".join(_sources(signal)),
        "RAPPROCHEMENT": _LINKS.get(signal["GRADE"], signal["GRADE"]),
        "VERSION_REGLES": signal["VERSION"],
        "PRIORITE": signal["PRIORITE"],
        "A_SURVEILLER": "oui" if signal["A_SURVEILLER"] else "non",
    }


def _motive(rule: Rule, signal: Mapping[str, Any]) -> str:
    """Why, in sentences; a contract that awaits validation is one of the rule's own remarks."""
    watched = f" {_WATCHED}" if signal["A_SURVEILLER"] else ""
    return explain(rule, signal) + watched


def _sources(signal: Mapping[str, Any]) -> list[str]:
    """Name each flow with the day it speaks of, once, in the order of the evidence."""
    told = [f"{fact['SOURCE']} du {french_date(fact['REFERENCE'])}" for fact in signal["PREUVES"]]
    return [*dict.fromkeys(told)]


PRODUCT = Product(
    name=NAME,
    title="Personnes dont le parcours semble interrompu",
    columns=COLUMNS,
    flows=("cd-parcours", "pe-parcours"),
    stands_on=(Ground.SIGNALS,),
    file_pattern="RISQUE_RUPTURE_{departement}_{jour:%Y%m%d}",
    key=("ID_CD",),
    formats=(Format.CSV, Format.XLSX, Format.PARQUET, Format.JSONL),
    shapes=SHAPES,
    nirs=(),
    mention=MENTION,
    gate=Gate.CD,
    version="1.1.0",  # 1.1.0: PRIORITE and A_SURVEILLER
)
