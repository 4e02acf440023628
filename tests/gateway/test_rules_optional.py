"""The optional rules, each on the day of its delay, the day before, and where what looks like it is not."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

import polars as pl
import pytest

from gateway.rules import cross
from gateway.rules.catalogue import BY_ID, RULES
from gateway.rules.crossing import in_use, moment_of
from gateway.rules.journeys import PEOPLE, Journeys, Received
from gateway.rules.rule import Flow
from gateway.rules.sentence import explain
from gateway.rules.situation import appointments, before, cd, cnaf, describe, followers, moves, pe
from gateway.rules.situation.bans import SCHEMA as BANS
from gateway.rules.thresholds import AVANT_2025, LPE_2025, Thresholds

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


def test_an_optional_rule_is_only_evaluated_where_it_is_asked_for() -> None:
    assert set(crossed(oriented())) == set(OPTIONAL)
    assert crossed(oriented(), thresholds=AVANT_2025) == {}
    one = replace(AVANT_2025, version="08-1", optional=frozenset({"R16"}))
    assert set(crossed(oriented(), thresholds=one)) == {"R16"}


def test_a_rule_without_a_delay_in_an_older_version_is_not_evaluated() -> None:
    older = replace(ASKED, delays={key: d for key, d in ASKED.delays.items() if key != "R22"})
    assert set(crossed(oriented(), thresholds=older)) == set(OPTIONAL) - {"R22"}


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
