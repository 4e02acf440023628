"""A small département as the rules see it: a few people, the facts one test needs, nothing else."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from gateway.rules.journeys import PEOPLE, RETURNS, Journeys, Received
from gateway.rules.situation import cd as cd_side
from gateway.rules.situation import cnaf as cnaf_side
from gateway.rules.situation import pe as pe_side

AS_OF, PE_DAY, CNAF_DAY = date(2022, 6, 15), date(2022, 6, 1), date(2022, 6, 10)
SCHEMAS = {
    "cd-parcours": cd_side.SCHEMA,
    "cnaf-beneficiaires": cnaf_side.SCHEMA,
    "pe-parcours": pe_side.SCHEMA,
}
Facts = Sequence[Mapping[str, Any]]


def frame(flow: str, rows: Facts) -> pl.DataFrame:
    """A frame of that flow, whatever a row does not say being null."""
    schema = dict(SCHEMAS[flow])
    return pl.DataFrame([dict.fromkeys(schema) | dict(row) for row in rows], schema=schema)


def fact(person: str, kind: str, day: date, status: str, **more: Any) -> Mapping[str, Any]:
    """One fact of the département's file."""
    return {"PERSONNE": person, "FAIT": kind, "DATE": day, "STATUT": status} | more


def right(person: str, **more: Any) -> Mapping[str, Any]:
    """Somebody whose right is open, subject to duties."""
    known = {"PERSONNE": person, "ROLEPERS": "DEM", "TOPPERSDRODEVORSA": "1", "ETATDOSRSA": "2"}
    return known | {"DTDEMRSA": date(2021, 1, 4)} | more


def journeys(
    cd: Facts,
    *,
    cnaf: Facts | None = None,
    pe: Facts = (),
    grades: Mapping[str, str] | None = None,
    returns: Facts = (),
    pe_day: date = PE_DAY,
) -> Journeys:
    """One département; unless told otherwise, the CNAF knows everybody and their right is open."""
    names = sorted({row["PERSONNE"] for row in cd})
    linked = {row["PERSONNE"]: "A" for row in pe} | dict(grades or {})
    people = [(name, linked.get(name, "none"), 40, True, None) for name in names]
    rights = [right(name) for name in names] if cnaf is None else cnaf
    return Journeys(
        people=pl.DataFrame(people, schema=dict(PEOPLE), orient="row"),
        cd=Received(frame("cd-parcours", cd), AS_OF, "depot-cd", AS_OF),
        cnaf=Received(frame("cnaf-beneficiaires", rights), CNAF_DAY, "depot-cnaf", CNAF_DAY),
        pe=Received(frame("pe-parcours", pe), pe_day, "depot-pe", pe_day),
        returns=pl.DataFrame(list(returns), schema=dict(RETURNS)),
    )
