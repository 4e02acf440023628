"""Journeys of one person written by hand, and what the rules make of them."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

import polars as pl

from gateway.rules import cross
from gateway.rules.catalogue import RULES
from gateway.rules.journeys import PEOPLE, Journeys, Received
from gateway.rules.rule import Flow
from gateway.rules.situation import before, cd, cnaf, followers, moves, pe
from gateway.rules.situation.bans import SCHEMA as BANS
from gateway.rules.thresholds import AVANT_2025, Thresholds

AS_OF, PE_REFERENCE, PE_BEFORE = date(2022, 6, 15), date(2022, 6, 1), date(2022, 5, 1)
OPTIONAL = tuple(rule.id for rule in RULES if rule.optional)
CORE = tuple(rule.id for rule in RULES if not rule.optional)
# Without the delays of the core rules, which are then not evaluated: only these are looked at here.
DELAYS = {
    key: days
    for key, days in AVANT_2025.delays.items()
    if key == "R11" or key.partition(".")[0] in OPTIONAL  # what an absence is, the situation asks
}
ASKED = replace(AVANT_2025, version="08-1", optional=frozenset(OPTIONAL), delays=DELAYS)
Fact = tuple[str, date, date | None, str | None, str | None]
CD_COLUMNS = cd.SCHEMA
CNAF_COLUMNS = {**cnaf.SCHEMA, **moves.SCHEMA}
PE_COLUMNS = {**pe.SCHEMA, **followers.SCHEMA, **BANS, **before.SCHEMA}


def ago(days: int, *, of: date = AS_OF) -> date:
    return of - timedelta(days=days)


def oriented(code: str = "SOCIAL", *, days: int = 100) -> Fact:
    return ("ORIENTATION", ago(days), None, code, "ORIENTE")


def contract(end: date | None, status: str = "VALIDE", *, start: date | None = None) -> Fact:
    return ("CONTRAT", start or ago(90), end, "CER", status)


def meeting(day: date, status: str = "VENU") -> Fact:
    return ("RDV", day, None, "ENTRETIEN", status)


def right(**changes: Any) -> dict[str, Any]:
    """An open and paid right, of somebody subject to duties."""
    known = {"PERSONNE": "p", "ROLEPERS": "DEM", "TOPPERSDRODEVORSA": "1", "ETATDOSRSA": "2"}
    return {**dict.fromkeys(CNAF_COLUMNS), **known, **changes}


def dossier(**changes: Any) -> dict[str, Any]:
    """Somebody registered since September, seen by Pôle emploi itself."""
    known = {
        "PERSONNE": "p",
        "DATE_DEBUT_IDE": date(2021, 9, 1),
        "CODE_CATEGORIE": "1",
        "STRUCTURE_PRINCIPALE": "POLE EMPLOI",
    }
    return {**dict.fromkeys(PE_COLUMNS), **known, **changes}


def received(
    rows: Iterable[Mapping[str, Any]], schema: Mapping[str, Any], day: date, name: str
) -> Received:
    return Received(pl.DataFrame(list(rows), schema=dict(schema)), day, name, day)


def crossed(
    *facts: Fact,
    pe_now: list[dict[str, Any]] | None = None,
    pe_before: list[dict[str, Any]] | None = None,
    before_on: date = PE_BEFORE,
    cnaf_row: dict[str, Any] | None = None,
    grade: str = "A",
    as_of: date = AS_OF,
    pe_reference: date = PE_REFERENCE,
    thresholds: Thresholds = ASKED,
    wanted: Container[str] = OPTIONAL,
) -> dict[str, dict[str, Any]]:
    """What is found of one person, by rule, with the evidence."""
    rows = [dict(zip(CD_COLUMNS, ("p", *fact), strict=True)) for fact in facts]
    known = [{**dict.fromkeys(CD_COLUMNS), "PERSONNE": "p", "FAIT": "REFERENT", "DATE": ago(1)}]
    person = {"PERSONNE": "p", "GRADE": grade, "AGE": 40}
    earlier = {}
    if pe_before is not None:
        earlier = {Flow.PE: received(pe_before, PE_COLUMNS, before_on, "pe-mai")}
    journeys = Journeys(
        people=pl.DataFrame([{**dict.fromkeys(PEOPLE), **person}], schema=dict(PEOPLE)),
        cd=received(rows or known, CD_COLUMNS, as_of, "cd-juin"),
        cnaf=received([cnaf_row or right()], CNAF_COLUMNS, as_of, "cnaf-juin"),
        pe=received(pe_now or [], PE_COLUMNS, pe_reference, "pe-juin")
        if pe_now is not None
        else None,
        before=MappingProxyType(earlier),
    )
    found = cross(journeys, as_of=as_of, thresholds=thresholds, everything=True).signals
    return {row["REGLE"]: row for row in found.rows(named=True) if row["REGLE"] in wanted}


def core(thresholds: Thresholds, *facts: Fact, **given: Any) -> dict[str, dict[str, Any]]:
    """The core rules of one person under another law."""
    return crossed(*facts, thresholds=thresholds, wanted=CORE, **given)


def told(signal: Mapping[str, Any]) -> dict[str, str]:
    return {fact["CHAMP"]: fact["VALEUR"] for fact in signal["PREUVES"]}
