"""Each rule on the day of its delay and the day before, and what keeps it from answering."""

from datetime import date, timedelta
from typing import Any

import pytest

from gateway.rules import AVANT_2025, cross
from tests.world.journeys import AS_OF, PE_REFERENCE, cd_rows, dossier, journeys, pe_rows

Fact = tuple[str, date, date | None, str | None, str | None]


def ago(days: int, *, of: date = AS_OF) -> date:
    return of - timedelta(days=days)


def oriented(code: str = "SOCIAL", *, days: int = 300) -> Fact:
    return ("ORIENTATION", ago(days), None, code, "ORIENTE")


def contract(end: date | None, *, start: date | None = None, status: str = "VALIDE") -> Fact:
    return ("CONTRAT", start or ago(250), end, "CER", status)


def appointment(day: date, status: str) -> Fact:
    return ("RDV", day, None, "ENTRETIEN", status)


def registered(
    interview: date | None,
    modality: str | None = "REN",
    *,
    state: str = "utilisable",
    **changes: Any,
) -> dict[str, Any]:
    known = {"DATE_DEBUT_IDE": date(2021, 9, 1), "MODALITE_CODE": modality}
    said = {"DATE_DERNIER_ENT": interview, "DATE_DERNIER_ENT_ETAT": state}
    return dossier(**(known | said | changes))


def crossed(
    *facts: Fact,
    pe: list[dict[str, Any]] | None = None,
    grade: str = "A",
    reference: date | None = PE_REFERENCE,
) -> dict[str, dict[str, Any]]:
    """Every answer about one person, by rule; empty when the person is silenced."""
    rows = [("p", *fact) for fact in facts]
    cd = cd_rows(rows or [("p", "REFERENT", ago(400), None, None, "ACTIF")])
    told = journeys(cd, pe_rows(*(pe or [])), {"p": grade}, reference=reference)
    crossing = cross(told, as_of=AS_OF, everything=True)
    return {row["REGLE"]: row for row in crossing.signals.rows(named=True)}


FIRST = ("R09", "R13", "R13b")  # the rules of this file; the others are in test_rules_days.py


def results(signals: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {rule: signals[rule]["RESULTAT"] for rule in FIRST}


@pytest.mark.parametrize("code", ["SOCIAL", "SOCIOPRO"])
@pytest.mark.parametrize(("days", "result"), [(59, "not_triggered"), (60, "triggered")])
def test_a_contract_ended_for_sixty_days_triggers_r09(code: str, days: int, result: str) -> None:
    signal = crossed(oriented(code), contract(ago(days)))["R09"]
    assert (signal["RESULTAT"], signal["DEPUIS"], signal["JOURS"], signal["SEUIL"]) == (
        result,
        ago(days),
        days,
        60,
    )


@pytest.mark.parametrize(
    "facts",
    [
        [contract(ago(90))],
        [oriented("EMPLOI"), contract(ago(90))],
        [oriented()],
        [oriented(), contract(ago(301))],
        [oriented(), contract(ago(90)), contract(None)],
        [oriented(), contract(ago(90)), contract(ago(-90), start=ago(10))],
        [oriented(), contract(ago(90)), oriented("EMPLOI", days=50)],
    ],
    ids=[
        "never oriented",
        "employment track",
        "no contract",
        "ended before the decision",
        "another without end",
        "renewed",
        "reoriented",
    ],
)
def test_r09_needs_a_followed_track_whose_contracts_have_all_ended(facts: list[Fact]) -> None:
    assert crossed(*facts)["R09"]["RESULTAT"] == "not_triggered"


def test_a_contract_that_ends_on_the_day_of_the_decision_covers_it() -> None:
    assert crossed(oriented(days=90), contract(ago(90)))["R09"]["RESULTAT"] == "triggered"
    assert crossed(oriented(days=90), contract(ago(91)))["R09"]["RESULTAT"] == "not_triggered"


@pytest.mark.parametrize("status", ["EN_ATTENTE", "NON_ORIENTE"])
def test_what_is_not_a_decision_never_replaces_the_orientation(status: str) -> None:
    pending: Fact = ("ORIENTATION", ago(10), None, "EMPLOI", status)
    assert crossed(oriented(), contract(ago(90)), pending)["R09"]["RESULTAT"] == "triggered"


@pytest.mark.parametrize(("code", "result"), [("SOCIAL", "triggered"), ("EMPLOI", "not_triggered")])
def test_of_two_decisions_of_one_day_the_last_notified_counts(code: str, result: str) -> None:
    other = "EMPLOI" if code == "SOCIAL" else "SOCIAL"
    first: Fact = ("ORIENTATION", ago(300), ago(290), other, "ORIENTE")
    last: Fact = ("ORIENTATION", ago(300), ago(280), code, "ORIENTE")
    assert crossed(last, first, contract(ago(90)))["R09"]["RESULTAT"] == result


@pytest.mark.parametrize("status", ["EN_ATTENTE", "REFUSE", "ANNULE"])
def test_a_contract_that_is_not_validated_renews_nothing(status: str) -> None:
    facts = oriented(), contract(ago(90)), contract(ago(-90), start=ago(5), status=status)
    signal = crossed(*facts)["R09"]
    told = [fact["VALEUR"] for fact in signal["PREUVES"] if fact["CHAMP"] == "contrat_en_attente"]
    assert signal["RESULTAT"] == "triggered"
    assert told == ([ago(5).isoformat()] if status == "EN_ATTENTE" else [])


def test_a_fact_dated_after_the_crossing_changes_nothing() -> None:
    future = contract(ago(-200), start=ago(-1))
    assert (
        crossed(oriented(), contract(ago(90)), future, oriented("EMPLOI", days=-1))["R09"][
            "RESULTAT"
        ]
        == "triggered"
    )


MODALITIES = [("GLO", 90), ("REN", 90), ("GUI", 150), ("SUI", 210), ("APR", 180), (None, 180)]


@pytest.mark.parametrize(("modality", "delay"), MODALITIES)
def test_r13_waits_for_the_delay_of_each_modality(modality: str | None, delay: int) -> None:
    for days, result in ((delay - 1, "not_triggered"), (delay, "triggered")):
        interview = ago(days, of=PE_REFERENCE)
        signal = crossed(pe=[registered(interview, modality)])["R13"]
        assert (signal["RESULTAT"], signal["DEPUIS"], signal["JOURS"], signal["SEUIL"]) == (
            result,
            interview,
            days,
            delay,
        )


@pytest.mark.parametrize("state", ["date_absente", "date_vide", "date_inexploitable"])
def test_without_a_usable_interview_r13_cannot_answer(state: str) -> None:
    signal = crossed(pe=[registered(None, state=state)])["R13"]
    assert (signal["RESULTAT"], signal["MOTIF"], signal["DEPUIS"], signal["JOURS"]) == (
        "not_evaluable",
        state,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("dossier", "motive"),
    [
        (registered(AS_OF + timedelta(days=1)), "date_inexploitable"),
        (registered(None, state="utilisable"), "date_inexploitable"),
        (registered(None) | {"DATE_DERNIER_ENT_ETAT": "autre"}, "date_inexploitable"),
        (registered(None) | {"DATE_DERNIER_ENT_ETAT": None}, "date_absente"),
    ],
)
def test_an_interview_we_cannot_trust_is_never_a_silence(
    dossier: dict[str, Any], motive: str
) -> None:
    assert crossed(pe=[dossier])["R13"]["MOTIF"] == motive


def test_an_interview_held_after_the_reference_of_the_file_starts_no_clock() -> None:
    signal = crossed(pe=[registered(date(2022, 6, 10))])["R13"]
    assert (signal["RESULTAT"], signal["JOURS"]) == ("not_triggered", None)


OLD = ago(300, of=PE_REFERENCE)


@pytest.mark.parametrize(
    ("event", "result"),
    [
        ({"DATE_CESSATION_IDE": date(2022, 5, 1)}, "not_triggered"),
        ({"DATE_RADIATION_IDE": date(2022, 5, 1)}, "not_triggered"),
        ({"DATE_CESSATION_IDE": date(2021, 9, 1)}, "triggered"),
        ({"DATE_RADIATION_IDE": date(2021, 9, 1)}, "triggered"),
        ({"DATE_CESSATION_IDE": AS_OF + timedelta(days=1)}, "triggered"),
        ({"DATE_DEBUT_IDE": None}, "not_triggered"),
    ],
    ids=[
        "ceased",
        "removed",
        "tie with cessation",
        "tie with removal",
        "cessation to come",
        "no date at all",
    ],
)
def test_r13_is_only_for_people_registered_now(event: dict[str, Any], result: str) -> None:
    assert crossed(pe=[registered(OLD, **event)])["R13"]["RESULTAT"] == result


@pytest.mark.parametrize("grade", ["A", "B", "C"])
def test_a_sure_link_lets_pole_emploi_speak(grade: str) -> None:
    assert crossed(pe=[registered(OLD)], grade=grade)["R13"]["RESULTAT"] == "triggered"


def test_somebody_not_found_at_pole_emploi_is_not_registered() -> None:
    assert results(crossed(oriented(), grade="none")) == dict.fromkeys(
        ["R09", "R13", "R13b"], "not_triggered"
    )
    assert crossed(pe=[registered(OLD)], grade="none")["R13"]["RESULTAT"] == "not_triggered"


@pytest.mark.parametrize("grade", ["X", "D"])
def test_a_doubtful_link_silences_the_person_whole(grade: str) -> None:
    assert crossed(oriented(), contract(ago(90)), grade=grade) == {}


def test_two_different_dossiers_for_one_person_are_a_doubt_and_the_same_one_twice_is_not() -> None:
    assert crossed(pe=[registered(OLD), registered(OLD, "SUI")]) == {}
    assert crossed(pe=[registered(OLD), registered(OLD)])["R13"]["RESULTAT"] == "triggered"


@pytest.mark.parametrize(("days", "result"), [(119, "not_triggered"), (120, "triggered")])
def test_the_double_silence_needs_the_delay_of_the_departement(days: int, result: str) -> None:
    assert crossed(oriented(days=days), pe=[registered(OLD)])["R13b"]["RESULTAT"] == result


@pytest.mark.parametrize(
    ("contact", "result"),
    [
        (appointment(ago(10), "VENU"), "not_triggered"),
        (contract(None, start=ago(10)), "not_triggered"),
        (appointment(ago(10), "ABSENT_EXCUSE"), "triggered"),
        (appointment(ago(-10), "PREVU"), "triggered"),
        (contract(None, start=ago(10), status="EN_ATTENTE"), "triggered"),
    ],
    ids=["came", "contract", "excused", "planned", "contract awaiting"],
)
def test_only_a_meeting_or_a_contract_is_a_contact(contact: Fact, result: str) -> None:
    assert crossed(oriented(), contact, pe=[registered(OLD)])["R13b"]["RESULTAT"] == result


def test_one_side_that_speaks_is_enough_to_deny_the_double_silence() -> None:
    unreadable = registered(None, state="date_vide")
    assert crossed(oriented(days=10), pe=[unreadable])["R13b"]["RESULTAT"] == "not_triggered"
    signal = crossed(oriented(), pe=[unreadable])["R13b"]
    assert (signal["RESULTAT"], signal["MOTIF"]) == ("not_evaluable", "date_vide")


def test_the_double_silence_begins_with_the_later_of_the_two() -> None:
    cd_last = crossed(oriented(days=130), pe=[registered(OLD)])["R13b"]
    assert (cd_last["DEPUIS"], cd_last["JOURS"], cd_last["SEUIL"]) == (ago(130), 130, 120)
    pe_last = crossed(oriented(), pe=[registered(ago(95, of=PE_REFERENCE))])["R13b"]
    assert (pe_last["DEPUIS"], pe_last["JOURS"], pe_last["SEUIL"]) == (
        ago(95, of=PE_REFERENCE),
        95,
        90,
    )


STALE = dict.fromkeys(["R13", "R13b"], "not_evaluable")


@pytest.mark.parametrize(
    ("reference", "fresh"),
    [(ago(45), True), (ago(46), False), (AS_OF, True), (ago(-1), False), (None, False)],
)
def test_pole_emploi_is_believed_for_forty_five_days(reference: date | None, fresh: bool) -> None:
    signals = crossed(oriented(days=1), pe=[registered(ago(400))], reference=reference)
    expected = {"R13": "triggered", "R13b": "not_triggered"} if fresh else STALE
    assert results(signals) == {"R09": "not_triggered", **expected}
    assert {signals[rule]["MOTIF"] for rule in STALE} == {None if fresh else "pe_non_recu"}


def test_without_pole_emploi_a_doubtful_link_silences_nobody() -> None:
    signals = crossed(oriented(), contract(ago(90)), grade="X", reference=None)
    assert results(signals) == {"R09": "triggered", **STALE}


def test_every_signal_names_the_version_of_the_delays() -> None:
    assert {row["VERSION"] for row in crossed().values()} == {AVANT_2025.version}
