"""The golden scenarios of the catalogue that our rules can see, and the sentences a référent reads."""

from datetime import date
from typing import Any

import polars as pl

from gateway.rules import cross
from gateway.rules.catalogue import BY_ID
from gateway.rules.sentence import explain, french_days
from gateway.rules.situation import CD_SCHEMA, GRADES_SCHEMA, PE_SCHEMA

AS_OF, PE_REFERENCE = date(2022, 6, 15), date(2022, 6, 1)
ORIENTED = ("ORIENTATION", date(2021, 6, 1), None, "SOCIAL", "ORIENTE")


def scenario(
    facts: list[tuple[Any, ...]], dossier: dict[str, Any] | None = None
) -> dict[str, dict[str, Any]]:
    cd = pl.DataFrame([("p", *fact, None) for fact in facts], schema=CD_SCHEMA, orient="row")
    pe = (
        [dict.fromkeys(PE_SCHEMA) | {"PERSONNE": "p", "DATE_DEBUT_IDE": date(2021, 6, 1)} | dossier]
        if dossier
        else []
    )
    grades = pl.DataFrame([("p", "A" if dossier else "none")], schema=GRADES_SCHEMA, orient="row")
    signals = cross(
        cd, pl.DataFrame(pe, schema=PE_SCHEMA), grades, as_of=AS_OF, pe_reference=PE_REFERENCE
    ).signals
    return {row["REGLE"]: row for row in signals.rows(named=True)}


def contract(
    end: date, start: date = date(2021, 10, 10), status: str = "VALIDE"
) -> tuple[Any, ...]:
    return ("CONTRAT", start, end, "CER", status)


def test_scenario_7_a_contract_ended_on_april_10_and_never_renewed() -> None:
    signal = scenario([ORIENTED, contract(date(2022, 4, 10))])["R09"]
    assert (signal["RESULTAT"], signal["JOURS"]) == ("triggered", 66)
    assert (
        explain(BY_ID["R09"], signal)
        == "Contrat terminé le 10/04/2022 et non renouvelé depuis 66 jours (seuil : 60 jours)."
    )


def test_scenario_8_a_contract_ended_for_26_days_is_only_information() -> None:
    signal = scenario([ORIENTED, contract(date(2022, 5, 20))])["R09"]
    assert (signal["RESULTAT"], signal["DEPUIS"], signal["JOURS"]) == (
        "not_triggered",
        date(2022, 5, 20),
        26,
    )


def test_scenario_9_an_interview_dated_2020_without_more_cannot_be_judged() -> None:
    signal = scenario([ORIENTED], {"DATE_DERNIER_ENT_ETAT": "date_inexploitable"})["R13"]
    assert (signal["RESULTAT"], signal["MOTIF"]) == ("not_evaluable", "date_inexploitable")


SILENT = {
    "MODALITE_CODE": "REN",
    "DATE_DERNIER_ENT": date(2022, 1, 15),
    "DATE_DERNIER_ENT_ETAT": "utilisable",
}
LAST_SEEN = ("RDV", date(2022, 1, 20), None, "ENTRETIEN", "VENU")


def test_scenario_10_silence_on_both_sides() -> None:
    signals = scenario([ORIENTED, LAST_SEEN], SILENT)
    assert {rule for rule, row in signals.items() if row["RESULTAT"] == "triggered"} == {
        "R13",
        "R13b",
    }
    assert explain(BY_ID["R13"], signals["R13"]) == (
        "Dernier entretien à Pôle emploi le 15/01/2022, soit 137 jours au 01/06/2022 (seuil : 90 jours)."
    )
    assert explain(BY_ID["R13b"], signals["R13b"]) == (
        "Aucun contact connu du département depuis le 20/01/2022, soit 146 jours (seuil : 120 jours), ni entretien à "
        "Pôle emploi depuis le 15/01/2022, soit 137 jours au 01/06/2022 (seuil : 90 jours)."
    )


def test_a_contract_awaiting_validation_is_told_beside_the_signal() -> None:
    waiting = contract(date(2022, 12, 1), start=date(2022, 6, 1), status="EN_ATTENTE")
    sentence = explain(
        BY_ID["R09"], scenario([ORIENTED, contract(date(2022, 4, 10)), waiting])["R09"]
    )
    assert sentence.endswith(
        " (seuil : 60 jours). Un contrat commençant le 01/06/2022 est en attente de validation."
    )


def test_evidence_is_a_date_or_a_code_with_its_source_and_the_day_it_speaks_of() -> None:
    signals = scenario([ORIENTED, LAST_SEEN], SILENT)
    assert signals["R13"]["PREUVES"] == [
        {
            "CHAMP": "inscription_pe",
            "VALEUR": "2021-06-01",
            "SOURCE": "pe-parcours",
            "REFERENCE": PE_REFERENCE,
            "SEUIL": None,
        },
        {
            "CHAMP": "modalite",
            "VALEUR": "REN",
            "SOURCE": "pe-parcours",
            "REFERENCE": PE_REFERENCE,
            "SEUIL": None,
        },
        {
            "CHAMP": "dernier_entretien_pe",
            "VALEUR": "2022-01-15",
            "SOURCE": "pe-parcours",
            "REFERENCE": PE_REFERENCE,
            "SEUIL": 90,
        },
    ]
    assert [fact["SOURCE"] for fact in signals["R13b"]["PREUVES"]] == ["cd-parcours"] * 2 + [
        "pe-parcours"
    ] * 2


def test_days_are_counted_in_french() -> None:
    assert [french_days(n) for n in (0, 1, 2)] == ["0 jour", "1 jour", "2 jours"]
