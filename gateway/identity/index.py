"""The identity index: one row per subject, with the few attributes that link it to others.

1. A subject's key is what its partner calls it; the same key is the same subject for ever.
2. The latest file replaces the attributes of the subjects it speaks of (a corrected NIR counts at
   once). Latest means what it means for partitions: reference date, then when it was sent; a file
   that comes late corrects nothing, so that files may come in any order.
3. A file that gives several values for one attribute of one subject gives none: nobody chose.
4. A subject's id is 128 random bits: it says nothing of the person.
5. An index sealed before an attribute existed has none of it: `complete` reads it all the same.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

import polars as pl

from schemas.fields.identifiers import short_pe_identifier

SUBJECT = "SUBJECT"

SCHEMA: Mapping[str, pl.DataType] = {
    SUBJECT: pl.String(),
    "FLOW": pl.String(),
    "KEY": pl.String(),
    "NIR13": pl.String(),
    "BIRTH": pl.Date(),
    "NUMDEMRSA": pl.String(),
    "MATRICULE": pl.String(),
    "ROLE": pl.String(),
    "AS_OF": pl.Date(),
    "SENT": pl.Datetime("us", "UTC"),
    # As written; `gateway.identity.names` compares them.
    "BIRTH_NAME": pl.String(),
    "USED_NAME": pl.String(),
    "FIRST": pl.String(),
    "BIRTH_TYPE": pl.String(),  # TYPEDTNAI: N known, J day unknown, O day and month unknown
    "FONORG": pl.String(),  # CAF or MSA: whose number MATRICULE is
    "NUMORG": pl.String(),  # which CAF, three figures
    "SHORT_PE": pl.String(),  # the 8 characters of a PE identifier that outlive its region
}


@dataclass(frozen=True, slots=True)
class Attributes:
    """Which columns of a flow name the subject and link it."""

    key: tuple[str, ...]
    nir: str | None = None
    birth: str | None = None
    numdemrsa: str | None = None
    matricule: str | None = None
    role: str | None = None
    birth_name: str | None = None
    used_name: str | None = None
    first: str | None = None
    birth_type: str | None = None
    fonorg: str | None = None
    numorg: str | None = None
    pe: str | None = None


# The CNAF's own key of a person in a household (its instructions and its beneficiaries share it).
_BORN = Attributes(
    key=("NUMDEMRSA", "NOMNAI", "PRENOM", "DTNAI", "RGNAI"),
    nir="NIR",
    birth="DTNAI",
    numdemrsa="NUMDEMRSA",
    matricule="MATRICULE",
    role="ROLEPERS",
    birth_name="NOMNAI",
    used_name="NOM",
    first="PRENOM",
    birth_type="TYPEDTNAI",
)
# Pôle emploi's identifier may change when somebody registers again: its lists always have the NIR.
_LISTED = Attributes(key=("nir", "dtnai"), nir="nir", birth="dtnai")

FLOWS: Mapping[str, Attributes] = {
    "cd-parcours": Attributes(
        key=("ID_CD",),
        nir="NIR",
        birth="DATE_NAISSANCE",
        numdemrsa="NUMDEMRSA",
        matricule="MATRICULE",
        role="ROLE",
        birth_name="NOM_NAISSANCE",
        used_name="NOM_USAGE",
        first="PRENOM",
    ),
    "cnaf-contacts": Attributes(
        key=("NUMERO DEMANDE RSA", "MATRICULE", "ROLE PERSONNE"),
        nir="NIR",
        numdemrsa="NUMERO DEMANDE RSA",
        matricule="MATRICULE",
        role="ROLE PERSONNE",
    ),
    "pe-parcours": Attributes(
        key=("IDENTIFIANT_PE", "NIR", "DATE_NAISSANCE"),
        nir="NIR",
        birth="DATE_NAISSANCE",
        matricule="IDENTIFIANT_CAF",
        birth_name="NOM_NAISSANCE",
        used_name="NOM_MARITAL",
        first="PRENOM",
        pe="IDENTIFIANT_PE",
    ),
    "cnaf-beneficiaires": replace(_BORN, fonorg="FONORG", numorg="NUMORG", pe="IDASSEDIC"),
    "cnaf-instructions": _BORN,
    "pe-inscrits": _LISTED,
    "pe-cessations": _LISTED,
    "pe-radiations": _LISTED,
    "pe-stock": _LISTED,
    "pe-spie-principal": Attributes(key=("identifiant_unique_de",), birth="date_naissance"),
    "pe-spie-actions": Attributes(key=("identifiant_unique_de",)),
}

# CNAF's contact file spells the role out; every other file uses the codes of ROLEPERS.
ROLES = {"DEMANDEUR": "DEM", "CONJOINT": "CJT"}


def empty() -> pl.DataFrame:
    """An index that knows nobody yet."""
    return pl.DataFrame(schema=dict(SCHEMA))


def complete(index: pl.DataFrame) -> pl.DataFrame:
    """Give an index every attribute of today, null where it was sealed without."""
    lacking = [pl.lit(None, kind).alias(name) for name, kind in SCHEMA.items() if name not in index]
    return index.with_columns(lacking).select(list(SCHEMA))


def enrol(
    index: pl.DataFrame,
    flow: str,
    partner: str,
    rows: pl.DataFrame,
    *,
    as_of: date,
    sent: datetime,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give each row its subject; return the index that knows them, and the rows with `SUBJECT`."""
    index = complete(index)
    keyed = rows.with_columns(_key(flow, partner).alias("KEY"))
    stamp = pl.lit(as_of, SCHEMA["AS_OF"]), pl.lit(sent, SCHEMA["SENT"])
    present = _attributes(flow, keyed).with_columns(AS_OF=stamp[0], SENT=stamp[1])
    known = index.filter(pl.col("FLOW") == flow).select("KEY", SUBJECT, "AS_OF", "SENT")
    named = present.join(known, on="KEY", how="left", maintain_order="left", suffix="_KNOWN")
    fresh = named.get_column(SUBJECT).is_null()
    ids = pl.Series([secrets.token_hex(16) if new else None for new in fresh], dtype=pl.String)
    named = named.with_columns(pl.coalesce(SUBJECT, ids).alias(SUBJECT))
    said = named.filter(~_comes_late()).select(list(SCHEMA))
    elsewhere = index.join(said.select(SUBJECT), on=SUBJECT, how="anti", maintain_order="left")
    subjects = keyed.join(
        named.select("KEY", SUBJECT), on="KEY", how="left", maintain_order="left"
    ).drop("KEY")
    return pl.concat([elsewhere, said]).sort(SUBJECT), subjects


def certified(nir: pl.Expr) -> pl.Expr:
    """The NIR when it is for life; a provisional one (not 1 or 2) is nobody's key."""
    return pl.when(nir.str.contains("^[12]")).then(nir)


def _comes_late() -> pl.Expr:
    older = pl.col("AS_OF_KNOWN") > pl.col("AS_OF")
    same_day = pl.col("AS_OF_KNOWN") == pl.col("AS_OF")
    late = older | (same_day & (pl.col("SENT_KNOWN") > pl.col("SENT")))
    return late.fill_null(value=False)


def _key(flow: str, partner: str) -> pl.Expr:
    parts = [pl.lit(partner), *(pl.col(c).cast(pl.String).fill_null("") for c in FLOWS[flow].key)]
    return pl.concat_str(parts, separator="\x1f")


def _attributes(flow: str, keyed: pl.DataFrame) -> pl.DataFrame:
    """One row per key: the one value a file gives for each attribute, none when it gives several."""
    names = FLOWS[flow]

    def text(column: str | None) -> pl.Expr:
        # A frame made by hand may lack a column: its attribute is unknown.
        there = column is not None and column in keyed.columns
        return pl.col(str(column)) if there else pl.lit(None, pl.String)

    birth = pl.lit(None, pl.Date) if names.birth is None else pl.col(names.birth)
    frame = keyed.select(
        pl.lit(flow).alias("FLOW"),
        "KEY",
        certified(text(names.nir).str.slice(0, 13)).alias("NIR13"),
        birth.alias("BIRTH"),
        text(names.numdemrsa).alias("NUMDEMRSA"),
        text(names.matricule).str.zfill(7).alias("MATRICULE"),
        text(names.role).replace(ROLES).alias("ROLE"),
        text(names.birth_name).alias("BIRTH_NAME"),
        text(names.used_name).alias("USED_NAME"),
        text(names.first).alias("FIRST"),
        text(names.birth_type).alias("BIRTH_TYPE"),
        text(names.fonorg).alias("FONORG"),
        text(names.numorg).alias("NUMORG"),
        short_pe_identifier(text(names.pe)).alias("SHORT_PE"),
    )
    only = [_only_value(c) for c in frame.columns if c != "KEY"]
    return frame.group_by("KEY", maintain_order=True).agg(only)


def _only_value(column: str) -> pl.Expr:
    least, most = pl.col(column).min(), pl.col(column).max()
    return pl.when(least == most).then(least).alias(column)
