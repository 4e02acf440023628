"""What a configuration evaluates: the optional rules it asks for, and what the law of 2025 changes."""

from dataclasses import replace
from datetime import date

import pytest

from gateway.rules.thresholds import AVANT_2025, LPE_2025
from tests.world.one_person import ASKED, OPTIONAL, ago, contract, core, crossed, dossier, oriented


def test_an_optional_rule_is_only_evaluated_where_it_is_asked_for() -> None:
    assert set(crossed(oriented())) == set(OPTIONAL)
    assert crossed(oriented(), thresholds=AVANT_2025) == {}
    one = replace(AVANT_2025, version="08-1", optional=frozenset({"R16"}))
    assert set(crossed(oriented(), thresholds=one)) == {"R16"}


def test_a_rule_without_a_delay_in_an_older_version_is_not_evaluated() -> None:
    older = replace(ASKED, delays={key: d for key, d in ASKED.delays.items() if key != "R22"})
    assert set(crossed(oriented(), thresholds=older)) == set(OPTIONAL) - {"R22"}


# --- the law of 2025


def test_the_law_of_2025_makes_r02_void_and_shortens_r01() -> None:
    for days, result in ((41, "not_triggered"), (42, "triggered")):
        entry = ("DROITS_DEVOIRS", ago(days), None, None, "SOUMIS")
        found = core(LPE_2025, entry, pe_now=[])
        assert (found["R01"]["RESULTAT"], "R02" in found) == (result, False)
    assert "R02" in core(AVANT_2025, oriented("EMPLOI"), pe_now=[])


@pytest.mark.parametrize("track", ["SOCIAL", "SOCIOPRO", "EMPLOI"])
@pytest.mark.parametrize(("days", "result"), [(30, "not_triggered"), (31, "triggered")])
def test_under_the_law_of_2025_every_track_has_a_contract_within_a_month(
    track: str, days: int, result: str
) -> None:
    signal = core(LPE_2025, oriented(track, days=days), pe_now=[dossier()])["R07"]
    assert (signal["RESULTAT"], signal["SEUIL"]) == (result, 31)


def test_the_contract_of_an_employment_track_is_the_one_pole_emploi_tells() -> None:
    track = oriented("EMPLOI", days=60)
    signed = dossier(DATE_SIGNATURE=date(2022, 5, 1))
    assert core(LPE_2025, track, pe_now=[signed])["R07"]["RESULTAT"] == "not_triggered"
    assert core(LPE_2025, track, contract(None), pe_now=None)["R07"]["RESULTAT"] == "not_triggered"
    unknown = core(LPE_2025, track, pe_now=None)["R07"]
    assert (unknown["RESULTAT"], unknown["MOTIF"]) == ("not_evaluable", "pe_non_recu")
    social = core(LPE_2025, oriented(days=60), pe_now=[signed])["R07"]
    assert social["RESULTAT"] == "triggered"
    before_the_law = core(AVANT_2025, track, pe_now=[dossier()])["R07"]
    assert before_the_law["RESULTAT"] == "not_triggered"
