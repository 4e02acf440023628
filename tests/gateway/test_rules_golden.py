"""The golden scenarios of the catalogue (section 5.7), and the sentences a référent reads.

Scenarios 6 and 14 to 16 are links and files: `test_links_sample.py` and the stories. R10, R22 and the
outcome of scenario 3 come with optional rules and with the lives of signals.
"""

from datetime import date, timedelta
from typing import Any

import pytest

from gateway.rules import cross
from gateway.rules.catalogue import BY_ID
from gateway.rules.sentence import explain, french_days
from tests.world.journeys import (
    AS_OF,
    CNAF_REFERENCE,
    PE_REFERENCE,
    cd_rows,
    dossier,
    journeys,
    pe_rows,
    right,
)

ORIENTED = ("ORIENTATION", date(2021, 6, 1), None, "SOCIAL", "ORIENTE")
TO_WORK = ("ORIENTATION", date(2022, 1, 10), None, "EMPLOI", "ORIENTE")
FOLLOWED = ("REFERENT", date(2021, 6, 1), None, None, "ACTIF")


def scenario(
    facts: list[tuple[Any, ...]],
    known: dict[str, Any] | None = None,
    *,
    rights: dict[str, Any] | None = None,
    reference: date = PE_REFERENCE,
    as_of: date = AS_OF,
) -> dict[str, dict[str, Any]]:
    cd = cd_rows([("p", *fact) for fact in (*facts, FOLLOWED)])
    since = {"DATE_DEBUT_IDE": date(2021, 6, 1), "DATE_SIGNATURE": date(2021, 6, 2)}
    pe = pe_rows(dossier(**(since | known))) if known else None
    grades = {"p": "A" if known else "none"}
    told = journeys(cd, pe, grades, rights=[right(**(rights or {}))], reference=reference)
    signals = cross(told, as_of=as_of, everything=True).signals
    return {row["REGLE"]: row for row in signals.rows(named=True)}


def triggered(signals: dict[str, dict[str, Any]]) -> set[str]:
    return {rule for rule, row in signals.items() if row["RESULTAT"] == "triggered"}


def test_scenario_1_oriented_to_work_and_unknown_to_pole_emploi() -> None:
    assert triggered(scenario([TO_WORK])) == {"R02", "R15"}
    stale = scenario([TO_WORK], as_of=PE_REFERENCE + timedelta(days=46))
    assert {stale[rule]["MOTIF"] for rule in ("R02", "R15")} == {"pe_non_recu"}
    assert triggered(stale) == set()


FORGOT = {"DATE_CESSATION_IDE": date(2022, 4, 5), "MOTIF_CESSATION_IDE": "90"}


def test_scenario_2_an_update_forgotten_is_told_twice_with_the_next_file_only() -> None:
    found = scenario([TO_WORK], FORGOT)
    assert (triggered(found), found["R03"]["JOURS"]) == ({"R03"}, 57)
    later = scenario([TO_WORK], FORGOT, reference=date(2022, 7, 1), as_of=date(2022, 7, 15))
    assert triggered(later) == {"R03", "R06"}


def test_scenario_3_somebody_registered_again_is_out_of_it() -> None:
    back = FORGOT | {"DATE_DEBUT_IDE": date(2022, 5, 2), "DATE_SIGNATURE": date(2022, 5, 3)}
    back |= {"DATE_DERNIER_ENT": date(2022, 5, 3), "DATE_DERNIER_ENT_ETAT": "utilisable"}
    assert triggered(scenario([TO_WORK], back)) == set()


def test_scenario_4_a_removal_is_told_at_once() -> None:
    removed = {"DATE_RADIATION_IDE": date(2022, 5, 20), "MOTIF_RADIATION_IDE": "92"}
    found = scenario([TO_WORK], removed)
    assert (triggered(found), found["R04"]["DEPUIS"]) == ({"R04"}, date(2022, 5, 20))


def test_scenario_5_a_benign_exit_silences_the_person() -> None:
    benign = {"DATE_CESSATION_IDE": date(2022, 3, 1), "MOTIF_CESSATION_IDE": "21"}
    assert scenario([TO_WORK], benign) == {}


@pytest.mark.parametrize(("motive", "told"), [("06", {"R18"}), ("44", set())])
def test_scenarios_12_and_13_a_suspended_payment_depends_on_its_motive(
    motive: str, told: set[str]
) -> None:
    suspended = {"ETATDOSRSA": "4", "MOTISUSVERSRSA": motive, "DDSUSVERSRSA": "2022-05-01"}
    recent = ("RDV", date(2022, 6, 1), None, "ENTRETIEN", "VENU")
    found = scenario([ORIENTED, contract(date(2022, 12, 1)), recent], rights=suspended)
    assert triggered(found) == told
    if told:
        assert found["R18"]["JOURS"] == 45
        assert [fact["REFERENCE"] for fact in found["R18"]["PREUVES"]] == [CNAF_REFERENCE] * 3


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
    assert triggered(signals) == {"R07", "R12", "R13", "R13b"}
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
            "FICHIER": "depot-pe",
            "REFERENCE": PE_REFERENCE,
            "SEUIL": None,
        },
        {
            "CHAMP": "modalite",
            "VALEUR": "REN",
            "SOURCE": "pe-parcours",
            "FICHIER": "depot-pe",
            "REFERENCE": PE_REFERENCE,
            "SEUIL": None,
        },
        {
            "CHAMP": "dernier_entretien_pe",
            "VALEUR": "2022-01-15",
            "SOURCE": "pe-parcours",
            "FICHIER": "depot-pe",
            "REFERENCE": PE_REFERENCE,
            "SEUIL": 90,
        },
    ]
    assert [fact["SOURCE"] for fact in signals["R13b"]["PREUVES"]] == ["cd-parcours"] * 2 + [
        "pe-parcours"
    ] * 2


def test_days_are_counted_in_french() -> None:
    assert [french_days(n) for n in (0, 1, 2)] == ["0 jour", "1 jour", "2 jours"]
