"""The optional rules that read Pôle emploi: at the delay, the day before, and what looks like it."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from gateway.rules.catalogue import BY_ID
from gateway.rules.crossing import in_use, moment_of
from gateway.rules.journeys import PEOPLE, Journeys
from gateway.rules.sentence import explain
from gateway.rules.situation import before, describe
from tests.world.one_person import (
    AS_OF,
    ASKED,
    CD_COLUMNS,
    PE_BEFORE,
    PE_COLUMNS,
    PE_REFERENCE,
    Fact,
    ago,
    crossed,
    dossier,
    meeting,
    oriented,
    received,
    told,
)

# --- R06b


def r06b(**given: Any) -> dict[str, Any]:
    return crossed(oriented("EMPLOI"), **{"pe_now": [], "grade": "none", **given})["R06b"]


def test_registered_last_month_and_gone_without_an_exit_triggers_r06b() -> None:
    signal = r06b(pe_before=[dossier()])
    assert (signal["RESULTAT"], signal["DEPUIS"]) == ("triggered", PE_REFERENCE)
    (seen, gone) = signal["PREUVES"]
    assert (seen["VALEUR"], seen["FICHIER"], seen["REFERENCE"]) == (
        "2022-05-01",
        "pe-mai",
        PE_BEFORE,
    )
    assert (gone["VALEUR"], gone["FICHIER"]) == ("2022-06-01", "pe-juin")
    assert explain(BY_ID["R06b"], signal) == (
        "Inscrite dans le fichier de Pôle emploi du 01/05/2022, la personne n'est plus dans celui du "
        "01/06/2022, sans cessation ni radiation."
    )


@pytest.mark.parametrize(
    "given",
    [
        {"pe_before": [dossier(DATE_CESSATION_IDE=date(2022, 4, 2))]},
        {"pe_before": []},
        {"pe_before": [dossier()], "pe_now": [dossier()], "grade": "A"},
        {
            "pe_before": [dossier()],
            "pe_now": [dossier(DATE_CESSATION_IDE=date(2022, 5, 20))],
            "grade": "A",
        },
    ],
    ids=["had left already", "was not there", "still there", "left with an exit"],
)
def test_r06b_needs_a_registration_then_and_nothing_now(given: dict[str, Any]) -> None:
    assert r06b(**given)["RESULTAT"] == "not_triggered"


def test_registered_again_on_the_day_of_the_exit_was_registered() -> None:
    same = date(2022, 4, 2)
    assert r06b(pe_before=[dossier(DATE_DEBUT_IDE=same, DATE_RADIATION_IDE=same)])["RESULTAT"] == (
        "triggered"
    )


@pytest.mark.parametrize(
    ("day", "result"),
    [
        (date(2022, 5, 31), "triggered"),
        (date(2022, 4, 30), "not_evaluable"),
        (date(2021, 5, 1), "not_evaluable"),
    ],
)
def test_two_files_are_compared_when_their_months_follow_each_other(day: date, result: str) -> None:
    signal = r06b(pe_before=[dossier()], before_on=day)
    assert signal["RESULTAT"] == result
    assert signal["MOTIF"] == (None if result == "triggered" else "fichier_precedent_absent")


def test_december_and_january_follow_each_other() -> None:
    assert before.follow_each_other(date(2021, 12, 1), date(2022, 1, 1))
    assert not before.follow_each_other(date(2021, 1, 1), date(2022, 1, 1))
    assert not before.follow_each_other(date(2022, 1, 1), date(2022, 1, 31))


def test_nobody_disappears_from_a_file_that_is_not_usable() -> None:
    """Golden scenario 16: the file is refused, no disappearance is inferred."""
    assert r06b(pe_before=[dossier()], pe_now=None)["MOTIF"] == "pe_non_recu"
    old = r06b(pe_before=[dossier()], as_of=date(2022, 7, 17))
    assert (old["RESULTAT"], old["MOTIF"]) == ("not_evaluable", "pe_non_recu")


# --- R17


def r17(track: str, now: dict[str, Any], then: dict[str, Any] | None = None, **given: Any) -> Any:
    other = dossier(PERSONNE="q")  # the file does say who follows somebody
    twice = {"pe_now": [now, other], "pe_before": [now if then is None else then, other]}
    return crossed(oriented(track), **{**twice, **given})["R17"]


DELEGATED = dossier(STRUCTURE_DELEGUEE="MISSION LOCALE")
NOBODY = dossier(STRUCTURE_PRINCIPALE=None)


@pytest.mark.parametrize(
    ("track", "now", "result"),
    [
        ("EMPLOI", DELEGATED, "triggered"),
        ("EMPLOI", NOBODY, "triggered"),
        ("EMPLOI", dossier(), "not_triggered"),
        ("SOCIAL", NOBODY, "triggered"),
        ("SOCIOPRO", NOBODY, "triggered"),
        ("SOCIAL", dossier(), "not_triggered"),
        ("SOCIAL", {**NOBODY, "CODE_CATEGORIE": "6"}, "not_triggered"),
        ("SOCIAL", {**NOBODY, "MODALITE_CODE": "GLO"}, "not_triggered"),
        ("EMPLOI", {**DELEGATED, "MODALITE_CODE": "GLO"}, "not_triggered"),
        ("EMPLOI", {**NOBODY, "DATE_RADIATION_IDE": date(2022, 5, 2)}, "not_triggered"),
    ],
)
def test_two_sides_that_do_not_say_the_same_twice_trigger_r17(
    track: str, now: dict[str, Any], result: str
) -> None:
    assert r17(track, now)["RESULTAT"] == result


def test_r17_is_worded_for_structures_and_its_clock_stays_the_same_from_month_to_month() -> None:
    signal = r17("EMPLOI", DELEGATED)
    assert (signal["DEPUIS"], BY_ID["R17"].weight) == (ago(100), 2)
    assert told(signal)["suivi_pe_avant"] == "delegue"
    assert explain(BY_ID["R17"], signal).startswith("À vérifier entre structures :")


def test_r17_needs_the_same_in_the_file_before_and_an_orientation_decided_by_then() -> None:
    assert r17("EMPLOI", DELEGATED, dossier())["RESULTAT"] == "not_triggered"
    assert r17("EMPLOI", DELEGATED, dossier(PERSONNE="r"))["RESULTAT"] == "not_triggered"
    assert r17("EMPLOI", DELEGATED, before_on=date(2022, 3, 1))["MOTIF"] == (
        "fichier_precedent_absent"
    )
    since: dict[str, Any] = {"pe_now": [DELEGATED], "pe_before": [DELEGATED]}
    for days, result in ((45, "triggered"), (44, "not_triggered")):  # 1 May, 2 May
        assert crossed(oriented("EMPLOI", days=days), **since)["R17"]["RESULTAT"] == result


def test_a_file_that_never_says_who_follows_says_nothing_of_anybody() -> None:
    silent = crossed(oriented("EMPLOI"), pe_now=[NOBODY], pe_before=[NOBODY])["R17"]
    assert (silent["RESULTAT"], silent["MOTIF"]) == ("not_evaluable", "donnee_non_transmise")


# --- R22

STRUCK = {"DATE_RADIATION_IDE": date(2022, 5, 20), "MOTIF_RADIATION_IDE": "92"}
TWO_MONTHS = "NON REPONSE A CONVOCATION SUSPENSION DE DEUX MOIS"


def r22(as_of: date, *facts: Fact, **changes: Any) -> dict[str, Any]:
    struck = dossier(**{**STRUCK, "LIB_RADIATION_IDE": TWO_MONTHS, **changes})
    reference = as_of.replace(day=1)
    return crossed(
        oriented("EMPLOI"), *facts, pe_now=[struck], as_of=as_of, pe_reference=reference
    )["R22"]


@pytest.mark.parametrize(
    ("as_of", "result"),
    [
        (date(2022, 6, 15), "not_triggered"),
        (date(2022, 7, 4), "not_triggered"),
        (date(2022, 7, 5), "triggered"),
        (date(2022, 8, 4), "triggered"),
        (date(2022, 8, 5), "not_triggered"),
    ],
)
def test_scenario_4_a_ban_of_two_months_ends_on_july_20_and_is_told_from_july_5(
    as_of: date, result: str
) -> None:
    signal = r22(as_of)
    assert signal["RESULTAT"] == result
    if result == "triggered":
        assert told(signal)["fin_interdiction"] == "2022-07-20"
        assert explain(BY_ID["R22"], signal) == (
            "Radiation du 20/05/2022 : réinscription possible à partir du 20/07/2022, sans rendez-vous "
            "prévu."
        )


@pytest.mark.parametrize(
    ("day", "label", "end"),
    [
        (date(2022, 5, 20), "REFUS ACTION INSERTION SUSPENSION DE QUINZE JOURS", "2022-06-04"),
        (date(2022, 4, 30), "SUSPENSION DE DEUX MOIS", "2022-06-30"),
        (date(2021, 12, 31), "RADIATION DE SIX MOIS", "2022-06-30"),
    ],
)
def test_a_ban_is_counted_in_days_or_in_months_of_the_calendar(
    day: date, label: str, end: str
) -> None:
    signal = r22(AS_OF, DATE_RADIATION_IDE=day, LIB_RADIATION_IDE=label)
    assert told(signal)["fin_interdiction"] == end
    assert signal["RESULTAT"] == "triggered"


@pytest.mark.parametrize("label", [None, "RADIATION", "SUSPENSION DE DEUX A SIX MOIS"])
def test_a_ban_whose_length_is_not_told_is_not_judged(label: str | None) -> None:
    signal = r22(date(2022, 7, 5), LIB_RADIATION_IDE=label)
    assert (signal["RESULTAT"], signal["MOTIF"]) == ("not_evaluable", "donnee_non_transmise")


def test_r22_is_silent_when_something_is_planned_or_the_person_is_back() -> None:
    day = date(2022, 7, 10)
    assert r22(day, meeting(day, "PREVU"))["RESULTAT"] == "not_triggered"
    assert r22(day, DATE_DEBUT_IDE=date(2022, 7, 1))["RESULTAT"] == "not_triggered"
    assert r22(day, DATE_CESSATION_IDE=date(2022, 6, 1))["RESULTAT"] == "not_triggered"


@pytest.mark.parametrize(
    ("grade", "known"), [("A", True), ("S", True), ("D", False), ("none", False)]
)
def test_what_pole_emploi_says_is_read_for_a_sure_link_only(grade: str, known: bool) -> None:
    struck = dossier(**STRUCK, LIB_RADIATION_IDE=TWO_MONTHS)
    journeys = Journeys(
        people=pl.DataFrame(
            [{**dict.fromkeys(PEOPLE), "PERSONNE": "p", "GRADE": grade}], schema=dict(PEOPLE)
        ),
        cd=received([{**dict.fromkeys(CD_COLUMNS), "PERSONNE": "p"}], CD_COLUMNS, AS_OF, "cd"),
        cnaf=None,
        pe=received([struck], PE_COLUMNS, PE_REFERENCE, "pe"),
    )
    moment = moment_of(journeys, AS_OF, ASKED)
    found = describe(journeys, moment, in_use(ASKED)).row(0, named=True)
    assert (found["FIN_INTERDICTION"] is not None, found["SUIVI_PE"] is not None) == (known, known)
