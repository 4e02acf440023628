"""Points: a sum anybody can redo, whose every term is told."""

from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.rules.catalogue import BY_ID
from gateway.rules.journeys import PEOPLE, Journeys, Received
from gateway.rules.points import WEIGHED, weigh
from gateway.rules.protections import PROTECTIONS, protections
from gateway.rules.rule import CAPS, Family, Flow, Moment, Rule, Verdict
from gateway.rules.thresholds import AVANT_2025

AS_OF, PE_DAY = date(2022, 6, 15), date(2022, 6, 1)
FAMILIES = MappingProxyType(
    {
        "R02": (Family.EXIT, 4), "R03": (Family.EXIT, 4), "R04": (Family.EXIT, 5),
        "R06": (Family.EXIT, 3), "R07": (Family.CONTRACT, 3), "R08": (Family.CONTRACT, 2),
        "R09": (Family.CONTRACT, 4), "R11": (Family.CONTACT, 3), "R12": (Family.CONTACT, 2),
        "R13": (Family.CONTACT, 3), "R13b": (Family.CONTACT, 5), "R14": (Family.ORGANISATION, 2),
        "R01": (Family.ORGANISATION, 3), "R18": (Family.RIGHTS, 3), "service": (Family.ORGANISATION, 5),
    }
)  # fmt: skip


def _never(_moment: Moment) -> Verdict:
    raise AssertionError("points never judge")


RULES = [
    Rule(
        id=name, name="", definition="", legal_source="", delays=(), sources=(), false_positives=(),
        sentence="", judge=_never, family=family, weight=weight,
    )
    for name, (family, weight) in FAMILIES.items()
]  # fmt: skip


def weighed(*rules: str, signs: tuple[tuple[str, int], ...] = ()) -> dict[str, Any]:
    """One person with these triggered rules, and these signs."""
    people = pl.DataFrame({"PERSONNE": ["p", "autre"]})
    told = [("p", rule, "triggered") for rule in rules]
    told += [("p", "R13", "not_evaluable"), ("autre", "R04", "suppressed")]
    signals = pl.DataFrame(told, schema=["PERSONNE", "REGLE", "RESULTAT"], orient="row")
    taken = [("p", name, points, AS_OF, "cd-parcours") for name, points in signs]
    signed = pl.DataFrame(taken, schema=PROTECTIONS, orient="row")
    rows = weigh(people, signals, signed, RULES).rows(named=True)
    assert [row["PERSONNE"] for row in rows] == ["p", "autre"]
    assert all(rows[1][name] is None for name in WEIGHED), "nothing triggered is not zero"
    return rows[0]


def test_weights_add_up_across_families() -> None:
    found = weighed("R09", "R13", "R18")
    assert (found["POINTS"], found["PRIORITE"]) == (10, "haute")


def test_a_family_counts_up_to_its_cap_and_says_what_it_would_have_been() -> None:
    found = weighed("R03", "R06")
    assert (found["POINTS"], found["PRIORITE"]) == (5, "moyenne")
    (term,) = found["TERMES"]
    assert (term["TERME"], term["REGLES"], term["SOMME"], term["PLAFOND"], term["POINTS"]) == (
        "sortie-de-liste", ["R03", "R06"], 7, 5, 5,
    )  # fmt: skip


def test_the_service_is_summed_apart_and_never_in_the_person_s_own_points() -> None:
    found = weighed("R01", "R14", "R12", "R13")
    assert (found["POINTS"], found["POINTS_SERVICE"]) == (5, 2)
    alone = weighed("R14")
    assert (alone["POINTS"], alone["POINTS_SERVICE"], alone["PRIORITE"]) == (0, 2, None)


@pytest.mark.parametrize(
    ("rules", "priority"),
    [
        (("R12",), None),
        (("R13",), "basse"),
        (("R09",), "basse"),
        (("R13b",), "moyenne"),  # 5, alone in its family
        (("R12", "R13", "R13b"), "moyenne"),  # confirmed by nobody but its own family
        (("R09", "R18"), "moyenne"),  # 7
        (("R04", "R18"), "haute"),  # 8
        (("R04", "R08"), "haute"),  # 7, but a strong rule confirmed by a second family
        (("service", "R13", "R18"), "moyenne"),  # nor is a strong rule of the service theirs
        (("R04", "R14"), "moyenne"),  # the service confirms nothing about the person
    ],
)
def test_priority_follows_the_catalogue(rules: tuple[str, ...], priority: str | None) -> None:
    assert weighed(*rules)["PRIORITE"] == priority


def test_signs_are_taken_off_never_below_zero_and_always_told() -> None:
    signs = (("rdv_honore", -2), ("rdv_prevu", -1))
    found = weighed("R09", signs=signs)
    assert (found["POINTS"], found["PRIORITE"]) == (1, None)
    assert {term["TERME"]: term["POINTS"] for term in found["TERMES"]} == {
        "contrat": 4, "rdv_honore": -2, "rdv_prevu": -1,
    }  # fmt: skip
    assert [term["DATE"] for term in found["TERMES"]] == [None, AS_OF, AS_OF]
    assert weighed("R12", signs=signs)["POINTS"] == 0


def test_a_confirmed_strong_rule_stays_high_whatever_is_taken_off() -> None:
    found = weighed("R04", "R08", signs=(("rdv_honore", -2),))
    assert (found["POINTS"], found["PRIORITE"]) == (5, "haute")


@settings(max_examples=30, deadline=None)
@given(st.sets(st.sampled_from(sorted(FAMILIES))), st.sets(st.sampled_from([-1, -2])))
def test_the_points_are_the_sum_of_the_terms_that_are_told(
    rules: set[str], signs: set[int]
) -> None:
    if not rules:
        return
    found = weighed(*rules, signs=tuple((str(points), points) for points in signs))
    own = [t["POINTS"] for t in found["TERMES"] if t["TERME"] != Family.ORGANISATION.value]
    assert found["POINTS"] == max(0, sum(own))
    for term in found["TERMES"]:
        if term["REGLES"]:
            assert term["SOMME"] == sum(FAMILIES[rule][1] for rule in term["REGLES"])
            assert term["POINTS"] == min(term["SOMME"], CAPS[Family(term["TERME"])])


def test_no_signal_at_all_gives_people_without_points() -> None:
    people = pl.DataFrame({"PERSONNE": ["p"]})
    signals = pl.DataFrame(
        schema={"PERSONNE": pl.String, "REGLE": pl.String, "RESULTAT": pl.String}
    )
    found = weigh(people, signals, pl.DataFrame(schema=PROTECTIONS))
    assert found.schema == {"PERSONNE": pl.String} | WEIGHED and found["POINTS"].to_list() == [None]


def test_every_rule_of_the_catalogue_has_a_weight_and_a_family_with_a_cap() -> None:
    assert all(1 <= rule.weight <= 5 and rule.family in CAPS for rule in BY_ID.values())


# --- signs


def journeys(
    *facts: tuple[str, date, str], interview: date | None = None, grade: str = "A"
) -> Journeys:
    rows = [("p", fact, day, None, status) for fact, day, status in facts]
    cd = pl.DataFrame(
        rows,
        schema={
            "PERSONNE": pl.String, "FAIT": pl.String, "DATE": pl.Date, "DATE_FIN": pl.Date,
            "STATUT": pl.String,
        },
        orient="row",
    )  # fmt: skip
    pe = pl.DataFrame(
        [("p", interview, "utilisable" if interview else "date_absente")],
        schema={
            "PERSONNE": pl.String, "DATE_DERNIER_ENT": pl.Date, "DATE_DERNIER_ENT_ETAT": pl.String,
        },
        orient="row",
    )  # fmt: skip
    people = pl.DataFrame([("p", grade, 40, True, None)], schema=dict(PEOPLE), orient="row")
    return Journeys(
        people, Received(cd, AS_OF, "d-cd", AS_OF), None, Received(pe, PE_DAY, "d-pe", PE_DAY)
    )


def signs(found: Journeys, pe_reference: date = PE_DAY) -> dict[str, date]:
    rows = protections(found, found.people, Moment(AS_OF, pe_reference, AVANT_2025))
    assert rows.schema == PROTECTIONS
    return {row["TERME"]: row["DATE"] for row in rows.rows(named=True)}


def before(days: int, day: date = AS_OF) -> date:
    return day - timedelta(days=days)


@pytest.mark.parametrize(
    ("fact", "last", "sign"),
    [
        (("RDV", "VENU"), 29, "rdv_honore"),
        (("CONTRAT", "VALIDE"), 59, "contrat_signe"),
        (("RDV", "PREVU"), 0, "rdv_prevu"),
    ],
)
def test_a_sign_counts_up_to_its_last_day(fact: tuple[str, str], last: int, sign: str) -> None:
    kind, status = fact
    assert signs(journeys((kind, before(last), status))) == {sign: before(last)}
    assert signs(journeys((kind, before(last + 1), status))) == {}


def test_an_appointment_counts_thirty_days_ahead_and_the_first_is_told() -> None:
    soon, later = before(-3), before(-30)
    assert signs(journeys(("RDV", later, "PREVU"), ("RDV", soon, "PREVU"))) == {"rdv_prevu": soon}
    assert signs(journeys(("RDV", before(-31), "PREVU"))) == {}


def test_what_is_dated_after_the_crossing_or_was_not_kept_is_no_sign() -> None:
    facts = [("RDV", before(-2), "VENU"), ("CONTRAT", before(-2), "VALIDE")]
    facts += [("CONTRAT", before(2), "EN_ATTENTE"), ("RDV", before(2), "ABSENT_EXCUSE")]
    assert signs(journeys(*facts)) == {}


def test_an_interview_is_measured_where_pole_emploi_stands_and_needs_a_sure_link() -> None:
    recent = before(29, PE_DAY)
    assert signs(journeys(interview=recent)) == {"entretien_pe": recent}
    assert signs(journeys(interview=before(30, PE_DAY))) == {}
    assert signs(journeys(interview=recent, grade="X")) == {}
    assert signs(journeys(interview=recent), pe_reference=date(2022, 3, 1)) == {}


def test_a_sign_names_its_source() -> None:
    files = journeys(("RDV", AS_OF, "VENU"), interview=PE_DAY)
    found = protections(files, files.people, Moment(AS_OF, PE_DAY, AVANT_2025))
    assert dict(found.select("TERME", "SOURCE").rows()) == {
        "rdv_honore": Flow.CD.value, "entretien_pe": Flow.PE.value,
    }  # fmt: skip
