"""The optional rules of the département and of the CNAF: at the delay, the day before, and what looks like it."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.rules.catalogue import BY_ID
from gateway.rules.sentence import explain
from gateway.rules.situation import appointments
from gateway.rules.thresholds import LPE_2025
from tests.world.one_person import (
    AS_OF,
    OPTIONAL,
    Fact,
    ago,
    contract,
    crossed,
    meeting,
    oriented,
    right,
    told,
)

# --- R10


def r10(*facts: Fact, **given: Any) -> dict[str, Any]:
    return crossed(*(facts or (oriented(),)), **given)["R10"]


@pytest.mark.parametrize(
    ("days", "result"),
    [(31, "not_triggered"), (30, "triggered"), (0, "triggered"), (-1, "not_triggered")],
)
def test_a_contract_that_ends_within_thirty_days_without_an_appointment_triggers_r10(
    days: int, result: str
) -> None:
    signal = r10(oriented(), contract(ago(-days)))
    assert signal["RESULTAT"] == result
    if result == "triggered":
        assert (signal["DEPUIS"], signal["JOURS"]) == (ago(30 - days), 30 - days)


@pytest.mark.parametrize(
    "facts",
    [
        [oriented("EMPLOI"), contract(ago(-10))],
        [oriented(), contract(ago(-10)), contract(None)],
        [oriented(), contract(ago(-10)), contract(ago(-40))],
        [oriented(), contract(ago(-10)), meeting(AS_OF, "PREVU")],
        [oriented(), contract(ago(-10)), meeting(ago(-60), "PREVU")],
        [contract(ago(-10))],
    ],
    ids=["employment", "endless", "renewed", "planned today", "planned later", "never oriented"],
)
def test_r10_says_nothing_when_somebody_sees_to_it(facts: list[Fact]) -> None:
    assert r10(*facts)["RESULTAT"] == "not_triggered"


def test_an_appointment_cancelled_or_past_is_not_planned_and_a_renewal_is_told() -> None:
    renewal = contract(ago(-300), "EN_ATTENTE", start=ago(-11))
    facts = [contract(ago(-10)), meeting(ago(-5), "ANNULE"), meeting(ago(3), "PREVU")]
    signal = r10(oriented(), *facts, contract(ago(-300), "EN_ATTENTE", start=ago(1)))
    assert (signal["RESULTAT"], signal["EN_VALIDATION"]) == ("triggered", True)
    assert explain(BY_ID["R10"], signal) == (
        "Contrat se terminant le 25/06/2022, sans rendez-vous prévu. Un contrat commençant le "
        "14/06/2022 est en attente de validation."
    )
    assert r10(oriented(), *facts, renewal)["RESULTAT"] == "triggered"


# --- R16


@pytest.mark.parametrize(("days", "result"), [(182, "not_triggered"), (183, "triggered")])
def test_a_social_track_nobody_looked_at_for_six_months_triggers_r16(
    days: int, result: str
) -> None:
    signal = crossed(oriented(days=days))["R16"]
    assert (signal["RESULTAT"], signal["DEPUIS"], signal["SEUIL"]) == (result, ago(days), 183)


@pytest.mark.parametrize(("days", "late"), [(364, False), (365, True)])
def test_r16_says_when_the_longest_delay_is_passed(days: int, late: bool) -> None:
    signal = crossed(oriented(days=days))["R16"]
    assert ("retard" in told(signal)) is late
    assert (
        "Le délai le plus long est dépassé (365 jours)." in explain(BY_ID["R16"], signal)
    ) is late


def test_a_review_starts_the_clock_of_r16_again_with_a_contract_or_not() -> None:
    reviewed = ("PROCEDURE", ago(200), ago(182), "EP", "CLOSE")
    assert crossed(oriented(days=400), reviewed)["R16"]["RESULTAT"] == "not_triggered"
    earlier = ("PROCEDURE", ago(200), ago(183), "EP", "CLOSE")
    assert crossed(oriented(days=400), earlier, contract(None))["R16"]["RESULTAT"] == "triggered"
    to_come = ("PROCEDURE", ago(-1), None, "EP", "OUVERTE")
    assert crossed(oriented(days=400), to_come)["R16"]["DEPUIS"] == ago(400)


@pytest.mark.parametrize("code", ["SOCIOPRO", "EMPLOI"])
def test_r16_is_about_the_social_track_alone(code: str) -> None:
    assert crossed(oriented(code, days=400))["R16"]["RESULTAT"] == "not_triggered"


def test_the_law_of_2025_leaves_a_year_to_a_social_track() -> None:
    asked = replace(LPE_2025, version="08-2", optional=frozenset(OPTIONAL))
    seen = [
        crossed(oriented(days=days), thresholds=asked)["R16"]["RESULTAT"] for days in (364, 365)
    ]
    assert seen == ["not_triggered", "triggered"]


# --- R19


def r19(*facts: Fact, decided: int | None = 200, **known: Any) -> dict[str, Any]:
    track = [] if decided is None else [oriented(days=decided)]
    return crossed(*track, *facts, cnaf_row=right(**known))["R19"]


@pytest.mark.parametrize(
    ("days", "result"),
    [(29, "not_triggered"), (30, "triggered"), (60, "triggered"), (61, "not_triggered")],
)
def test_a_move_without_an_appointment_since_triggers_r19(days: int, result: str) -> None:
    signal = r19(DTEMM=ago(days))
    assert signal["RESULTAT"] == result
    if result == "triggered":
        assert (signal["DEPUIS"], signal["JOURS"]) == (ago(days), days)


@pytest.mark.parametrize(
    ("facts", "decided", "result"),
    [
        ([meeting(ago(40))], 200, "not_triggered"),
        ([meeting(ago(41))], 200, "triggered"),
        ([meeting(ago(-9), "PREVU")], 200, "not_triggered"),
        ([meeting(ago(20), "ANNULE")], 200, "triggered"),
        ([], 39, "not_triggered"),
        ([], 40, "triggered"),
    ],
    ids=["met that day", "met before", "planned", "cancelled", "decided since", "decided that day"],
)
def test_r19_is_about_an_open_journey_nobody_took_up_again(
    facts: list[Fact], decided: int, result: str
) -> None:
    assert r19(*facts, decided=decided, DTEMM=ago(40))["RESULTAT"] == result


def test_who_arrives_from_elsewhere_has_an_open_journey_until_one_is_decided_here() -> None:
    assert r19(decided=None, DDARRMUT=ago(40))["RESULTAT"] == "triggered"
    assert r19(decided=20, DDARRMUT=ago(40))["RESULTAT"] == "not_triggered"
    assert r19(decided=None, DTEMM=ago(40))["RESULTAT"] == "not_triggered"
    both = r19(DTEMM=ago(70), DDARRMUT=ago(35))
    assert (both["RESULTAT"], both["DEPUIS"]) == ("triggered", ago(35))


def test_a_move_the_cnaf_does_not_date_is_not_judged() -> None:
    assert r19()["MOTIF"] == "date_absente"
    assert r19(decided=None)["RESULTAT"] == "not_triggered"


# --- R20


def test_without_invitations_in_the_file_r20_says_it_cannot_know() -> None:
    signal = crossed(oriented(), meeting(ago(5)))["R20"]
    assert (signal["RESULTAT"], signal["MOTIF"]) == ("not_evaluable", "donnee_non_transmise")


@pytest.mark.parametrize(
    ("days", "answer", "result"),
    [
        (9, [], "not_triggered"),
        (10, [], "triggered"),
        (10, [meeting(ago(10), "ABSENT_EXCUSE")], "not_triggered"),
        (10, [meeting(ago(-4), "PREVU")], "not_triggered"),
        (10, [meeting(ago(11))], "triggered"),
        (10, [meeting(ago(4), "ANNULE")], "triggered"),
        (10, [(appointments.INVITED, ago(9), None, None, "ENVOYEE")], "not_triggered"),
    ],
)
def test_an_invitation_nobody_answered_for_ten_days_triggers_r20(
    days: int, answer: list[Fact], result: str
) -> None:
    sent = (appointments.INVITED, ago(days), None, None, "ENVOYEE")
    assert crossed(oriented(), sent, *answer)["R20"]["RESULTAT"] == result


# --- R21


def r21(days: int, *facts: Fact, **known: Any) -> dict[str, Any]:
    entry = ("DROITS_DEVOIRS", ago(days), None, None, "SOUMIS")
    return crossed(entry, *facts, cnaf_row=right(**known))["R21"]


@pytest.mark.parametrize(
    ("days", "result"),
    [(14, "not_triggered"), (15, "triggered"), (90, "triggered"), (91, "not_triggered")],
)
def test_a_new_entrant_with_nothing_planned_triggers_r21(days: int, result: str) -> None:
    assert r21(days)["RESULTAT"] == result


@pytest.mark.parametrize(
    ("days", "facts", "result"),
    [
        (30, [meeting(ago(-9), "PREVU")], "not_triggered"),
        (31, [meeting(ago(-9), "PREVU")], "triggered"),
        (31, [meeting(ago(12), "ABSENT_EXCUSE")], "triggered"),
        (31, [meeting(ago(12))], "not_triggered"),
        (31, [meeting(ago(31))], "not_triggered"),
        (31, [meeting(ago(32))], "triggered"),
        (15, [meeting(ago(-1), "ANNULE")], "triggered"),
    ],
)
def test_by_the_second_delay_the_first_appointment_must_have_been_held(
    days: int, facts: list[Fact], result: str
) -> None:
    assert r21(days, *facts)["RESULTAT"] == result


def test_a_suspended_right_is_no_entry_and_an_unknown_entry_is_not_judged() -> None:
    assert r21(20, ETATDOSRSA="3")["RESULTAT"] == "not_triggered"
    assert crossed(oriented())["R21"]["MOTIF"] == "date_entree_inconnue"
    exempt = ("DROITS_DEVOIRS", ago(17), None, None, "NON_SOUMIS")
    assert crossed(exempt)["R21"]["MOTIF"] == "date_entree_inconnue"
