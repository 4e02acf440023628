"""Lives of signals: opened once, seen, ended with an outcome, and never by what is merely not known."""

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.rules.lives import LIVES, TURNS, Now, carry, forget, no_life
from gateway.rules.outcomes import OUTCOMES
from gateway.rules.rule import Family, Gate, Moment, Rule, Verdict
from gateway.rules.turns import ENDLESS

MAY, JUNE, JULY = date(2022, 5, 15), date(2022, 6, 15), date(2022, 7, 15)
CLOCK = date(2022, 2, 1)
SIGNALS = {
    "PERSONNE": pl.String,
    "REGLE": pl.String,
    "RESULTAT": pl.String,
    "DEPUIS": pl.Date,
    "SUPPRESSEUR": pl.String,
    "VERSION": pl.String,
}
WHO = {
    "PERSONNE": pl.String,
    "POPULATION": pl.Boolean,
    "SUPPRIME": pl.Boolean,
    "SUPPRESSEUR": pl.String,
}


def _never(_moment: Moment) -> Verdict:
    raise AssertionError("lives never judge")


def a_rule(name: str, family: Family, gate: Gate = Gate.ACTIVE) -> Rule:
    return Rule(
        id=name, name="", definition="", legal_source="", delays=(), sources=(), false_positives=(),
        sentence="", judge=_never, family=family, gate=gate,
    )  # fmt: skip


RULES = {
    "R03": a_rule("R03", Family.EXIT),
    "R09": a_rule("R09", Family.CONTRACT),
    "R13": a_rule("R13", Family.CONTACT),
    "R14": a_rule("R14", Family.ORGANISATION),
    "R18": a_rule("R18", Family.RIGHTS, Gate.SUSPENDED),
}
LIVING = (True, False, None)
GONE = ()


def now(
    as_of: date,
    *signals: tuple[str, str],
    who: tuple[Any, ...] = LIVING,
    since: date = CLOCK,
    silenced_by: str | None = None,
    **facts: Any,
) -> Now:
    """One person, `p`: what was told of each rule, and the facts of the journey."""
    told = [("p", rule, said, since, silenced_by, "v1") for rule, said in signals]
    known: dict[str, Any] = dict.fromkeys(TURNS) | {"PERSONNE": "p"} | facts
    return Now(
        as_of,
        pl.DataFrame([("p", *who)] if who else [], schema=WHO, orient="row"),
        pl.DataFrame(told, schema=SIGNALS, orient="row"),
        pl.DataFrame([known] if facts else [], schema=TURNS),
        RULES,
    )


def opened(rule: str = "R13", on: date = MAY) -> pl.DataFrame:
    return carry(no_life(), now(on, (rule, "triggered")))


def the(lives: pl.DataFrame) -> dict[str, Any]:
    assert lives.height == 1 and lives.schema == LIVES
    return lives.row(0, named=True)


def test_a_triggered_rule_opens_a_life() -> None:
    assert the(opened()) == {
        "PERSONNE": "p", "REGLE": "R13", "DEPUIS": CLOCK, "OUVERT_LE": MAY, "VU_LE": MAY,
        "CLOS_LE": None, "ISSUE": None, "VERSION": "v1",
    }  # fmt: skip


def test_it_is_seen_at_each_crossing_that_finds_it_again() -> None:
    life = the(carry(opened(), now(JUNE, ("R13", "triggered"))))
    assert (life["OUVERT_LE"], life["VU_LE"], life["CLOS_LE"]) == (MAY, JUNE, None)


@pytest.mark.parametrize(
    ("rule", "facts", "outcome"),
    [
        ("R03", {"INSCRIPTION": CLOCK}, "remobilise_inscription"),
        ("R09", {"CONTRAT": date(2022, 6, 1)}, "remobilise_contrat"),
        ("R09", {"CONTRAT": date(2022, 1, 1), "CONTRAT_JUSQUE": ENDLESS}, "remobilise_contrat"),
        (
            "R09",
            {"CONTRAT": date(2022, 1, 1), "CONTRAT_JUSQUE": CLOCK},
            "sans_suite",
        ),  # the old one
        ("R03", {"CONTRAT": date(2022, 1, 1), "CONTRAT_JUSQUE": ENDLESS}, "sans_suite"),
        ("R13", {"RENCONTRE": date(2022, 6, 1)}, "remobilise_rdv"),
        ("R13", {"RENCONTRE": date(2022, 6, 1), "CONTRAT": date(2022, 6, 9)}, "remobilise_rdv"),
        ("R09", {"RENCONTRE": date(2022, 6, 9), "CONTRAT": date(2022, 6, 1)}, "remobilise_contrat"),
        ("R13", {"RENCONTRE": date(2022, 1, 31)}, "sans_suite"),  # before the clock of the signal
        ("R18", {"RENCONTRE": date(2022, 6, 1)}, "remobilise_rdv"),
        ("R14", {"RENCONTRE": date(2022, 6, 1)}, "sans_suite"),  # the service did its part
        ("R13", {}, "sans_suite"),
    ],
)
def test_it_ends_with_what_the_journey_tells(
    rule: str, facts: dict[str, Any], outcome: str
) -> None:
    life = the(carry(opened(rule), now(JUNE, **facts)))
    assert (life["CLOS_LE"], life["ISSUE"], life["VU_LE"]) == (JUNE, outcome, MAY)


@pytest.mark.parametrize(
    ("suppressor", "facts", "outcome"),
    [
        ("S1", {}, "droit_clos"),
        ("S8", {}, "demenage"),
        ("S2", {}, "sans_suite"),
        ("S10", {}, "sans_suite"),
        ("S3", {"EMPLOI": date(2022, 6, 1)}, "sorti_emploi"),
        ("S3", {"FORMATION": date(2022, 6, 1)}, "sorti_formation"),
        ("S3", {"FORMATION": date(2022, 5, 1), "EMPLOI": date(2022, 6, 1)}, "sorti_emploi"),
        ("S3", {"FORMATION": date(2022, 6, 1), "EMPLOI": date(2022, 1, 1)}, "sorti_formation"),
        ("S3", {}, "sans_suite"),  # an exit of the list we cannot name
    ],
)
def test_some_silences_of_a_person_are_the_end_of_the_signal(
    suppressor: str, facts: dict[str, Any], outcome: str
) -> None:
    life = the(carry(opened(), now(JUNE, who=(False, True, suppressor), **facts)))
    assert (life["CLOS_LE"], life["ISSUE"]) == (JUNE, outcome)


def test_a_job_begun_since_ends_the_one_signal_it_silences() -> None:
    told = now(JUNE, ("R13", "suppressed"), silenced_by="S4", EMPLOI=date(2022, 3, 1))
    assert the(carry(opened(), told))["ISSUE"] == "sorti_emploi"


def test_what_silenced_one_rule_ends_no_other_for_it() -> None:
    told = now(
        JUNE, ("R13", "suppressed"), silenced_by="S4", who=(True, True, "S4"),
        CONTRAT=date(2022, 6, 1), EMPLOI=date(2022, 6, 1),
    )  # fmt: skip
    assert the(carry(opened("R09"), told))["ISSUE"] == "remobilise_contrat"


@pytest.mark.parametrize("suppressor", ["S5", "S6", "S7", "S11"])
def test_any_other_silence_pauses(suppressor: str) -> None:
    before = opened()
    assert carry(before, now(JUNE, who=(True, True, suppressor))).equals(before)


def test_a_professional_s_return_pauses_and_the_signal_goes_on_after() -> None:
    before = opened()
    paused = carry(before, now(JUNE, ("R13", "suppressed"), silenced_by="S12"))
    assert paused.equals(before)
    assert the(carry(paused, now(JULY, ("R13", "triggered"))))["OUVERT_LE"] == MAY


def test_what_cannot_be_evaluated_neither_opens_nor_ends() -> None:
    before = opened()
    assert carry(before, now(JUNE, ("R13", "not_evaluable"))).equals(before)
    assert carry(no_life(), now(JUNE, ("R13", "not_evaluable"))).is_empty()


@pytest.mark.parametrize("population", [False, None])
def test_outside_the_population_nothing_is_known_of_a_signal(population: bool | None) -> None:
    before = opened()
    assert carry(before, now(JUNE, who=(population, False, None))).equals(before)


def test_the_rule_of_suspended_rights_ends_outside_the_population_too() -> None:
    before = opened("R18")
    assert the(carry(before, now(JUNE, who=(False, False, None))))["CLOS_LE"] == JUNE
    assert carry(before, now(JUNE, who=(None, False, None))).equals(before)


def test_a_rule_that_is_not_in_use_any_more_leaves_its_lives_alone() -> None:
    before = opened()
    told = now(JUNE)
    without = {name: rule for name, rule in RULES.items() if name != "R13"}
    assert carry(before, Now(JUNE, told.people, told.signals, told.turns, without)).equals(before)


def test_who_left_the_departement_s_file_has_no_open_life() -> None:
    assert the(carry(opened(), now(JUNE, who=GONE)))["ISSUE"] == "sans_suite"


def test_a_clock_that_restarted_since_is_another_life() -> None:
    again = now(JULY, ("R13", "triggered"), since=date(2022, 6, 1), RENCONTRE=date(2022, 6, 1))
    first, second = carry(opened(), again).rows(named=True)
    assert (first["OUVERT_LE"], first["CLOS_LE"], first["ISSUE"]) == (MAY, JULY, "remobilise_rdv")
    assert (second["OUVERT_LE"], second["DEPUIS"], second["CLOS_LE"]) == (
        JULY, date(2022, 6, 1), None,
    )  # fmt: skip


def test_a_clock_of_the_very_day_it_was_seen_has_not_restarted() -> None:
    today = now(MAY, ("R03", "triggered"), since=MAY)
    lives = carry(no_life(), today)
    assert carry(lives, today, last=MAY).equals(lives)
    assert the(carry(lives, now(JUNE, ("R03", "triggered"), since=MAY)))["VU_LE"] == JUNE


def test_a_clock_told_late_moves_inside_the_same_life() -> None:
    again = now(JUNE, ("R13", "triggered"), since=date(2022, 2, 10))
    life = the(carry(opened(), again))
    assert (life["DEPUIS"], life["OUVERT_LE"], life["VU_LE"]) == (date(2022, 2, 10), MAY, JUNE)


def test_what_ended_may_open_again_as_another_life() -> None:
    ended = carry(opened(), now(JUNE))
    lives = carry(ended, now(JULY, ("R13", "triggered")), last=JUNE)
    assert lives["OUVERT_LE"].to_list() == [MAY, JULY]
    assert lives["CLOS_LE"].to_list() == [JUNE, None]


def test_a_crossing_of_an_earlier_day_changes_nothing() -> None:
    lives = carry(opened(), now(JULY, ("R13", "triggered")), last=MAY)
    assert carry(lives, now(JUNE), last=JULY).equals(lives)
    assert carry(lives, now(JUNE, ("R09", "triggered")), last=JULY).equals(lives)


def test_a_signal_that_corrected_files_of_the_same_day_do_not_bear_was_a_mistake() -> None:
    corrected = carry(opened(), now(MAY), last=MAY)
    assert (the(corrected)["ISSUE"], the(corrected)["CLOS_LE"]) == ("erreur_donnee", MAY)
    older = carry(opened(), now(JUNE, ("R13", "triggered")))
    assert the(carry(older, now(JUNE), last=JUNE))["ISSUE"] == "sans_suite"


def test_what_was_ended_today_by_files_since_corrected_goes_on() -> None:
    before = opened()
    ended = carry(before, now(JUNE))
    assert the(carry(ended, now(JUNE, ("R13", "triggered")), last=JUNE))["CLOS_LE"] is None


def test_two_lives_never_tell_one_signal() -> None:
    restarted = now(JULY, ("R13", "triggered"), since=date(2022, 6, 1))
    two = carry(opened(), restarted)
    corrected = carry(two, now(JULY, ("R13", "triggered")), last=JULY)
    assert corrected["CLOS_LE"].to_list() == [None, JULY]
    assert corrected["ISSUE"].to_list() == [None, "erreur_donnee"]


# --- laws

SAID = st.sampled_from(["triggered", "not_evaluable", "suppressed", "nothing"])
STATES = st.sampled_from(
    [LIVING, GONE, (True, True, "S5"), (False, True, "S1"), (None, False, None)]
)


@st.composite
def histories(draw: st.DrawFn) -> list[Now]:
    days = sorted(draw(st.lists(st.dates(CLOCK, JULY), min_size=1, max_size=4)))
    return [draw(_moments(day)) for day in days]


def _moments(day: date) -> st.SearchStrategy[Now]:
    said = st.dictionaries(st.sampled_from(sorted(RULES)), SAID, max_size=3)
    since, fact = st.dates(date(2021, 1, 1), day), st.dates(date(2021, 1, 1), day)
    return st.builds(
        lambda rules, who, since, fact, by: now(
            day,
            *((rule, what) for rule, what in rules.items() if what != "nothing"),
            who=who, since=since, silenced_by=by, RENCONTRE=fact,
        ),
        said, STATES, since, fact, st.sampled_from([None, "S4", "S12"]),
    )  # fmt: skip


def _lived(history: list[Now]) -> pl.DataFrame:
    lives, last = no_life(), None
    for moment in history:
        lives, last = carry(lives, moment, last=last), moment.as_of
    return lives


@settings(max_examples=25, deadline=None)
@given(histories())
def test_the_same_crossing_twice_is_once(history: list[Now]) -> None:
    lives, final = _lived(history), history[-1]
    assert carry(lives, final, last=final.as_of).equals(lives)


@settings(max_examples=25, deadline=None)
@given(histories())
def test_a_life_is_whole_and_only_one_of_a_signal_is_open(history: list[Now]) -> None:
    lives = _lived(history)
    assert lives.filter(pl.col("CLOS_LE").is_null())["REGLE"].is_unique().all()
    ended = lives.filter(pl.col("CLOS_LE").is_not_null())
    assert set(ended["ISSUE"]) <= set(OUTCOMES) and lives["VERSION"].null_count() == 0
    assert (
        lives.filter(pl.col("CLOS_LE").is_null())["ISSUE"].null_count()
        == lives.height - ended.height
    )
    assert (lives["OUVERT_LE"] <= lives["VU_LE"]).all()
    assert (ended["VU_LE"] <= ended["CLOS_LE"]).all()
    told = history[-1].signals.filter(RESULTAT="triggered")
    of_present = told.join(history[-1].people, on="PERSONNE", how="semi")
    assert set(of_present["REGLE"]) <= set(lives.filter(pl.col("CLOS_LE").is_null())["REGLE"])


# --- forgetting


def test_lives_are_forgotten_six_months_after_they_end() -> None:
    ended, still = carry(opened(), now(JUNE)), opened("R09")
    lives = pl.concat([ended, still])
    assert forget(lives, date(2022, 12, 14)).equals(lives)
    assert forget(lives, date(2022, 12, 15)).equals(still)
