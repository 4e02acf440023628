"""Journeys written by hand for the rules: rows in, `Journeys` out, everybody in the population unless told.

journeys(cd_rows([("p", "RDV", day, None, "ENTRETIEN", "VENU")]), pe_rows(dossier), {"p": "A"})
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from gateway.rules.journeys import PEOPLE, Journeys, Received
from gateway.rules.situation import cd as cd_file
from gateway.rules.situation import cnaf as cnaf_file
from gateway.rules.situation import pe as pe_file

AS_OF, PE_REFERENCE, CNAF_REFERENCE = date(2022, 6, 15), date(2022, 6, 1), date(2022, 5, 31)
Row = dict[str, Any]
_RIGHT = {"ROLEPERS": "DEM", "TOPPERSDRODEVORSA": "1", "ETATDOSRSA": "2"}


def cd_rows(rows: Iterable[Sequence[Any]]) -> pl.DataFrame:
    """PERSONNE, FAIT, DATE, DATE_FIN, CODE, STATUT."""
    return pl.DataFrame(list(rows), schema=dict(cd_file.SCHEMA), orient="row")


def pe_rows(*dossiers: Row) -> pl.DataFrame:
    return pl.DataFrame([*dossiers], schema=dict(pe_file.SCHEMA))


def dossier(person: str = "p", **changes: Any) -> Row:
    """A dossier that says nothing but `changes`."""
    return dict.fromkeys(pe_file.SCHEMA) | {"PERSONNE": person} | changes


def right(person: str = "p", **changes: Any) -> Row:
    """An open right, subject to duties, unless `changes` says otherwise."""
    return dict.fromkeys(cnaf_file.SCHEMA) | _RIGHT | {"PERSONNE": person} | changes


def journeys(
    cd: pl.DataFrame,
    pe: pl.DataFrame | None = None,
    grades: Mapping[str, str] | None = None,
    *,
    rights: Sequence[Row] | None = None,
    people: Mapping[str, Row] | None = None,
    reference: date | None = PE_REFERENCE,
) -> Journeys:
    """`rights` None: everybody's is open. `people`: what identities answer, AGE 40 and living here by default."""
    everybody = cd.get_column("PERSONNE").drop_nulls().unique().sort().to_list()
    known = {"AGE": 40, "DOMICILE_CNAF": True, "DOMICILE_PE": True}
    told = [
        {"PERSONNE": who, "GRADE": (grades or {}).get(who, "none")}
        | known
        | (people or {}).get(who, {})
        for who in everybody
    ]
    held = [right(who) for who in everybody] if rights is None else list(rights)
    received = pe_rows() if pe is None else pe
    return Journeys(
        people=pl.DataFrame(told, schema=dict(PEOPLE)),
        cd=Received(cd, AS_OF, "depot-cd", AS_OF),
        cnaf=Received(
            pl.DataFrame(held, schema=dict(cnaf_file.SCHEMA)), CNAF_REFERENCE, "depot-cnaf", AS_OF
        ),
        pe=None if reference is None else Received(received, reference, "depot-pe", AS_OF),
    )
