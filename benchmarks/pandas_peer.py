# ruff: noqa: ANN401 - pandas is not typed here
"""The usual script: pandas reads, pandera on pandas checks, one value at a time where a formula is needed.

It does what the contract of the contacts does, normalisation and repeated rows included, without
physical lines, widths, a report by cell or a bound on memory. pandas is no dependency of ours: it is
installed for this measure only (group `dev`), and the measure goes without it where it is missing.
"""

import re
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from schemas.fields.email import _ADDRESS
from schemas.fields.nir import PATTERN
from schemas.fields.phone import _any_plan, _writings

PHONES = ("NUMERO TELEPHONE DOSSIER", "NUMERO TELEPHONE 2 DOSSIER")
MAIL = "ADRESSE ELECTRONIQUE DOSSIER"
DATES = ("DATE DEMANDE RSA", "DATE DEBUT DROITS - DEVOIRS")
TEXTS = ("TYPE PERSONNE", "NOM RESPONSABLE DOSSIER", "PRENOM RESPONSABLE DOSSIER")
WRITING = re.compile(f"(?:{_writings()})")


def has_pandas() -> bool:
    """Whether the peer can run here."""
    return find_spec("pandas") is not None


def check_with_pandas(source: Path) -> int:
    """Read and check; give how many rows are good."""
    pd: Any = import_module("pandas")
    pa: Any = import_module("pandera.pandas")
    rows = pd.read_csv(source, sep=";", dtype=str, encoding="iso-8859-15")
    for name in rows.columns:
        rows[name] = rows[name].str.strip()
    for name in ("MATRICULE", "NIR", "NUMERO DEMANDE RSA"):
        rows[name] = rows[name].str.replace(r"\s", "", regex=True).str.upper()
    rows["MATRICULE"] = rows["MATRICULE"].str.replace(r"^(.{7})0{8}$", r"\1", regex=True)
    for name in PHONES:
        bare = rows[name].str.replace(r"[\s./()\-]", "", regex=True)
        known = bare.str.fullmatch(WRITING.pattern, na=False)
        rows[name] = rows[name].where(~known, "0" + bare.str[-9:])
    rows[MAIL] = rows[MAIL].str.replace(r"\s", "", regex=True).str.lower()
    try:
        _schema(pd, pa).validate(rows, lazy=True)
    except pa.errors.SchemaErrors as errors:
        rows = rows.drop(index=errors.failure_cases["index"].dropna().unique())
    return len(rows.drop_duplicates())


def _schema(pd: Any, pa: Any) -> Any:
    def text(pattern: str, *others: Any, nullable: bool = True) -> Any:
        return pa.Column(
            str, [pa.Check.str_matches(f"^(?:{pattern})$"), *others], nullable=nullable
        )

    def is_date(column: Any) -> Any:
        return pd.to_datetime(column, format="%d/%m/%Y", errors="coerce").notna()

    return pa.DataFrameSchema(
        {
            "MATRICULE": text("[0-9A-Z]{7}", nullable=False),
            "ROLE PERSONNE": pa.Column(str, pa.Check.isin(["DEMANDEUR", "CONJOINT"])),
            "NIR": text(PATTERN, pa.Check(_has_right_key, element_wise=True)),
            "NUMERO DEMANDE RSA": text("[0-9A-Z]{11}"),
            **{name: text("[0-9]{2}/[0-9]{2}/[0-9]{4}", pa.Check(is_date)) for name in DATES},
            **{name: text(r"[^\x00-\x08\x0B\x0C\x0E-\x1F\x7F]*") for name in TEXTS},
            **{name: text(f"0(?:{_any_plan()})") for name in PHONES},
            MAIL: text(_ADDRESS),
        }
    )


def _has_right_key(nir: str) -> bool:
    if len(nir) != 15:
        return True
    number = nir[:13].replace("2A", "19").replace("2B", "18")
    return int(nir[13:]) == 97 - int(number) % 97
