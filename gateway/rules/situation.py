"""The situation of each person of the département's file on one day: one row per person.

1. Only people of the CD's file; one row per PERSONNE, whatever the number of ID_CD.
2. Facts dated after `as_of` are ignored, at the CD and at Pôle emploi.
3. The current orientation is the latest ORIENTE; on the same day, the last notified, then the last
   code in alphabetical order, so that the order of rows never matters.
4. A contract covers the orientation when it is VALIDE and ends on or after the decision, or has no
   end. EN_ATTENTE, REFUSE and ANNULE are not contracts.
5. The state at Pôle emploi is the latest of the three dates; on a tie registration, then cessation,
   then radiation. It is read only for people linked with grade A, B or C. Grade X wins over any
   other grade, and two different dossiers for one person are grade X: nobody chose between them.
"""

from collections.abc import Mapping
from datetime import date

import polars as pl

from gateway.rules.rule import Reason

CD_SCHEMA: Mapping[str, type[pl.DataType]] = {
    "PERSONNE": pl.String,
    "FAIT": pl.String,
    "DATE": pl.Date,
    "DATE_FIN": pl.Date,
    "CODE": pl.String,
    "STATUT": pl.String,
    "STRUCTURE": pl.String,
}
PE_SCHEMA: Mapping[str, type[pl.DataType]] = {
    "PERSONNE": pl.String,
    "CODE_CATEGORIE": pl.String,
    "DATE_DEBUT_IDE": pl.Date,
    "DATE_CESSATION_IDE": pl.Date,
    "MOTIF_CESSATION_IDE": pl.String,
    "DATE_RADIATION_IDE": pl.Date,
    "MOTIF_RADIATION_IDE": pl.String,
    "DATE_SIGNATURE": pl.Date,
    "DATE_NOTIFICATION": pl.Date,
    "MODALITE_CODE": pl.String,
    "DATE_DERNIER_ENT": pl.Date,
    "DATE_DERNIER_ENT_ETAT": pl.String,
}
GRADES_SCHEMA: Mapping[str, type[pl.DataType]] = {"PERSONNE": pl.String, "GRADE": pl.String}

REGISTERED, CEASED, REMOVED = "inscription", "cessation", "radiation"
USABLE = "utilisable"
FOLLOWED_BY_CD = ("SOCIAL", "SOCIOPRO")
LINKED = ("A", "B", "C")
UNSURE = ("D", "X")

_PE_EVENTS = {
    REGISTERED: "DATE_DEBUT_IDE",
    CEASED: "DATE_CESSATION_IDE",
    REMOVED: "DATE_RADIATION_IDE",
}


def describe(
    cd: pl.DataFrame, pe: pl.DataFrame | None, grades: pl.DataFrame, *, as_of: date
) -> pl.DataFrame:
    """One row per person, sorted. `pe` is None when no usable file is there.

    Columns: PERSONNE, GRADE, ORIENTATION, DECISION, FIN_CONTRAT, CONTRAT_EN_COURS,
    CONTRAT_EN_ATTENTE, DERNIER_CONTACT_CD, PE_ETAT, PE_DEPUIS, MODALITE, DERNIER_ENTRETIEN,
    ETAT_ENTRETIEN.
    """
    check_columns(cd, CD_SCHEMA)
    check_columns(grades, GRADES_SCHEMA)
    people = cd.select("PERSONNE").unique()
    known = cd.filter(pl.col("DATE") <= as_of)
    received = pl.DataFrame(schema=PE_SCHEMA) if pe is None else pe
    check_columns(received, PE_SCHEMA)
    dossiers = received.select(PE_SCHEMA.keys()).unique()
    orientation = _current_orientation(known)
    return (
        people.join(_grade(grades, dossiers), on="PERSONNE", how="left")
        .with_columns(pl.col("GRADE").fill_null("none"))
        .join(orientation, on="PERSONNE", how="left")
        .join(_contracts(known, orientation), on="PERSONNE", how="left")
        .join(_contacts(known), on="PERSONNE", how="left")
        .with_columns(
            pl.col("CONTRAT_EN_COURS").fill_null(value=False),
            pl.max_horizontal("DECISION", "CONTACT").alias("DERNIER_CONTACT_CD"),
        )
        .drop("CONTACT")
        .join(_at_pole_emploi(dossiers, as_of), on="PERSONNE", how="left")
        .with_columns(
            pl.when(pl.col("GRADE").is_in(LINKED)).then(pl.col(column)).alias(column)
            for column in _PE_COLUMNS
        )
        .sort("PERSONNE")
    )


def check_columns(frame: pl.DataFrame, schema: Mapping[str, type[pl.DataType]]) -> None:
    """Raise unless the frame has these columns with these types, and nobody is nameless."""
    wrong = [name for name, kind in schema.items() if frame.schema.get(name) != kind]
    if wrong:
        raise ValueError(f"missing or mistyped columns: {', '.join(wrong)}")
    if frame["PERSONNE"].null_count():
        raise ValueError("rows without PERSONNE cannot be crossed")


def _is(fact: str, status: str) -> pl.Expr:
    return (pl.col("FAIT") == fact) & (pl.col("STATUT") == status)


def _grade(grades: pl.DataFrame, dossiers: pl.DataFrame) -> pl.DataFrame:
    several = dossiers.group_by("PERSONNE").len().filter(pl.col("len") > 1)
    claims = pl.concat(
        [
            grades.select("PERSONNE", "GRADE"),
            several.select("PERSONNE", pl.lit("X").alias("GRADE")),
        ]
    )
    rank = pl.col("GRADE").is_in(UNSURE), pl.col("GRADE") != "none", pl.col("GRADE")
    return claims.sort("PERSONNE", *rank).unique("PERSONNE", keep="last", maintain_order=True)


def _current_orientation(known: pl.DataFrame) -> pl.DataFrame:
    return (
        known.filter(_is("ORIENTATION", "ORIENTE"))
        .sort("PERSONNE", "DATE", "DATE_FIN", "CODE")
        .unique("PERSONNE", keep="last", maintain_order=True)
        .select("PERSONNE", ORIENTATION="CODE", DECISION="DATE")
    )


def _contracts(known: pl.DataFrame, orientation: pl.DataFrame) -> pl.DataFrame:
    """Latest end of the covering contracts, and the contract awaiting validation, if any."""
    endless = pl.col("DATE_FIN").is_null()
    covers = _is("CONTRAT", "VALIDE") & (endless | (pl.col("DATE_FIN") >= pl.col("DECISION")))
    awaits = _is("CONTRAT", "EN_ATTENTE") & (pl.col("DATE") >= pl.col("DECISION"))
    return (
        known.filter(pl.col("FAIT") == "CONTRAT")
        .join(orientation, on="PERSONNE", how="inner")
        .group_by("PERSONNE")
        .agg(
            FIN_CONTRAT=pl.col("DATE_FIN").filter(covers).max(),
            CONTRAT_SANS_FIN=(covers & endless).any(),
            CONTRAT_EN_ATTENTE=pl.col("DATE").filter(awaits).max(),
        )
        .with_columns(
            pl.when(~pl.col("CONTRAT_SANS_FIN")).then(pl.col("FIN_CONTRAT")).alias("FIN_CONTRAT")
        )
        .rename({"CONTRAT_SANS_FIN": "CONTRAT_EN_COURS"})
    )


def _contacts(known: pl.DataFrame) -> pl.DataFrame:
    """Latest appointment attended or contract begun; the decision is added by the caller."""
    return (
        known.filter(_is("RDV", "VENU") | _is("CONTRAT", "VALIDE"))
        .group_by("PERSONNE")
        .agg(CONTACT=pl.col("DATE").max())
    )


_PE_COLUMNS = ("PE_ETAT", "PE_DEPUIS", "MODALITE", "DERNIER_ENTRETIEN", "ETAT_ENTRETIEN")


def _at_pole_emploi(dossiers: pl.DataFrame, as_of: date) -> pl.DataFrame:
    events = [
        pl.when(pl.col(column) <= as_of).then(pl.col(column)).alias(column)
        for column in _PE_EVENTS.values()
    ]
    state = pl.coalesce(
        pl.when(pl.col(column) == pl.col("PE_DEPUIS")).then(pl.lit(name))
        for name, column in _PE_EVENTS.items()
    )
    interview = pl.col("DATE_DERNIER_ENT")
    usable = (pl.col("DATE_DERNIER_ENT_ETAT") == USABLE) & (interview <= as_of)
    said = pl.col("DATE_DERNIER_ENT_ETAT").fill_null(Reason.DATE_ABSENT.value)
    return (
        # several dossiers are grade X: which one is kept does not matter, it is never read
        dossiers.unique("PERSONNE", keep="any")
        .with_columns(events)
        .with_columns(PE_DEPUIS=pl.max_horizontal(*_PE_EVENTS.values()))
        .with_columns(
            PE_ETAT=state,
            MODALITE=pl.col("MODALITE_CODE"),
            DERNIER_ENTRETIEN=pl.when(usable).then(interview),
            ETAT_ENTRETIEN=pl.when(usable)
            .then(pl.lit(USABLE))
            .when(said.is_in([Reason.DATE_ABSENT.value, Reason.DATE_EMPTY.value]))
            .then(said)
            .otherwise(pl.lit(Reason.DATE_UNUSABLE.value)),
        )
        .select("PERSONNE", *_PE_COLUMNS)
    )
