"""The generated département of the shared samples, when it is there: our three rules against its expected signals.

The files are read naively here (csv and ElementTree; NIR and birth date join them), so that nothing
but the rules is under test. Only people linked by grade A, or absent from Pôle emploi, are compared.
"""

import csv
import json
import re
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import polars as pl
import pytest

from gateway.rules import cross
from gateway.rules.rule import Result
from gateway.rules.situation import CD_SCHEMA, GRADES_SCHEMA, PE_SCHEMA

WHERE = [folder / "shared" / "samples" / "dept-08" for folder in Path(__file__).parents[3:5]]
SAMPLE = next((folder for folder in WHERE if folder.is_dir()), WHERE[0])
AS_OF, PE_REFERENCE = date(2022, 6, 15), date(2022, 6, 1)
OURS = {"R09", "R13", "R13b"}

pytestmark = pytest.mark.skipif(not SAMPLE.is_dir(), reason="the shared samples are not here")


def day(text: str) -> date | None:
    if re.fullmatch(r"\d\d/\d\d/\d{4}", text):
        text = f"{text[6:]}-{text[3:5]}-{text[:2]}"
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None
    except ValueError:
        return None


def cd_rows() -> list[dict[str, str]]:
    path = next((SAMPLE / "cd").glob("CD-PARCOURS_08_*.csv"))
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def cd_frame(rows: list[dict[str, str]]) -> pl.DataFrame:
    facts = [
        {
            "PERSONNE": row["ID_CD"],
            "DATE": day(row["DATE"]),
            "DATE_FIN": day(row["DATE_FIN"]),
            **{name: row[name] or None for name in ("FAIT", "CODE", "STATUT", "STRUCTURE")},
        }
        for row in rows
    ]
    return pl.DataFrame(facts, schema=CD_SCHEMA)


def identities(rows: list[dict[str, str]]) -> dict[tuple[str, date | None], str]:
    """NIR and birth date to ID_CD; the CAF lends its NIR where the CD has none."""
    lent: dict[tuple[str, str], str] = {}
    for foyer in ET.parse(SAMPLE / "cnaf" / "RSABEM.xml").iter("InfosFoyerRSA"):
        number = foyer.findtext(".//NUMDEMRSA", "").strip()
        for person in foyer.iter("Personne"):
            lent[number, person.findtext(".//ROLEPERS", "")] = person.findtext(".//NIR", "").strip()
    return {
        (
            (row["NIR"] or lent.get((row["NUMDEMRSA"], row["ROLE"]), ""))[:13],
            day(row["DATE_NAISSANCE"]),
        ): row["ID_CD"]
        for row in rows
    }


def interview(dossier: ET.Element) -> tuple[date | None, str]:
    text = dossier.findtext("ppae/date-dernier-ent")
    if text is None:
        return None, "date_absente"
    if not text.strip():
        return None, "date_vide"
    said = day(text) if "-" in text else None  # only AAAA-MM-JJ is a date there
    return said, "utilisable" if said else "date_inexploitable"


def pe_frame(rows: list[dict[str, str]]) -> pl.DataFrame:
    people, dossiers = identities(rows), []
    for dossier in ET.parse(SAMPLE / "pe" / "PECG.xml").iter("dossier"):
        nir = dossier.findtext("individu/nir", "").strip()[:13]
        person = people.get((nir, day(dossier.findtext("individu/date-naissance", ""))))
        if nir and person:
            said, state = interview(dossier)
            row: dict[str, Any] = dict.fromkeys(PE_SCHEMA)
            row |= {"PERSONNE": person, "DATE_DERNIER_ENT": said, "DATE_DERNIER_ENT_ETAT": state}
            row["MODALITE_CODE"] = dossier.findtext("ppae/modalite-code")
            for name in ("debut", "cessation", "radiation"):
                row[f"DATE_{name.upper()}_IDE"] = day(
                    dossier.findtext(f"inscription/date-{name}-ide", "")
                )
            dossiers.append(row)
    return pl.DataFrame(dossiers, schema=PE_SCHEMA)


def comparable(expected: dict[str, Any], *, grades: set[str | None]) -> dict[str, Any]:
    return {
        person: entry
        for person, entry in expected["people"].items()
        if entry["match"] in grades and entry["population"] and not entry["suppressed"]
    }


def found(signals: pl.DataFrame, person: str, result: Result) -> dict[str, str | None]:
    rows = signals.filter(PERSONNE=person, RESULTAT=result.value)
    return dict(rows.select("REGLE", "MOTIF").rows())


def test_the_rules_find_exactly_what_the_sample_expects() -> None:
    expected = json.loads((SAMPLE / "expected" / "signals.json").read_text())
    people = comparable(expected, grades={"A", "none"})
    rows = [row for row in cd_rows() if row["ID_CD"] in people]
    grades = pl.DataFrame(
        [(p, e["match"]) for p, e in people.items()], schema=GRADES_SCHEMA, orient="row"
    )
    signals = cross(
        cd_frame(rows), pe_frame(rows), grades, as_of=AS_OF, pe_reference=PE_REFERENCE
    ).signals
    assert len(people) > 250
    for person, entry in people.items():
        assert set(found(signals, person, Result.TRIGGERED)) == OURS & set(entry["triggered"]), (
            entry
        )
        reasons = {rule: why for rule, why in entry["reasons"].items() if rule in OURS}
        assert found(signals, person, Result.NOT_EVALUABLE) == reasons, entry


def test_a_contract_awaiting_validation_is_told_where_the_sample_expects_it() -> None:
    expected = json.loads((SAMPLE / "expected" / "signals.json").read_text())
    people = comparable(expected, grades={"A", "none"})
    rows = [row for row in cd_rows() if row["ID_CD"] in people]
    signals = cross(
        cd_frame(rows), None, pl.DataFrame(schema=GRADES_SCHEMA), as_of=AS_OF, pe_reference=None
    ).signals
    r09 = signals.filter(REGLE="R09", RESULTAT="triggered").rows(named=True)
    told = {
        r["PERSONNE"] for r in r09 if any(f["CHAMP"] == "contrat_en_attente" for f in r["PREUVES"])
    }
    assert told == {p for p, e in people.items() if "R09" in e["en_validation"]} != set()


def test_without_pole_emploi_the_sample_expects_no_answer_from_its_rules() -> None:
    expected = json.loads((SAMPLE / "expected" / "signals-sans-pe.json").read_text())
    people = comparable(expected, grades={None})
    rows = [row for row in cd_rows() if row["ID_CD"] in people]
    late = cross(
        cd_frame(rows),
        pe_frame(rows),
        pl.DataFrame(schema=GRADES_SCHEMA),
        as_of=AS_OF,
        pe_reference=date(2022, 4, 30),
    ).signals
    assert len(people) > 250
    for person, entry in people.items():
        assert set(found(late, person, Result.TRIGGERED)) == OURS & set(entry["triggered"]), entry
        assert found(late, person, Result.NOT_EVALUABLE) == dict.fromkeys(
            ["R13", "R13b"], "pe_non_recu"
        )
