"""One person explained: every rule answers, every fact has its source, and what must stay unsaid does."""

import json
from datetime import date
from typing import Any

import polars as pl
import pytest

from gateway.review.changes import ENDS, REASONS
from gateway.review.examining import Named, examine
from gateway.review.explanation import Examined, to_document
from gateway.review.explanation_page import to_page
from gateway.rules.catalogue import RULES
from gateway.rules.journeys import Journeys
from gateway.rules.lives import LIVES, no_life
from gateway.rules.rule import Reason
from gateway.rules.thresholds import AVANT_2025
from tests.world.crossed import AS_OF, fact, journeys, right

DAY = date(2021, 9, 1)
SECRET = "p1.1.0123456789abcdef"  # what a pseudonym looks like: it must not be told


def silent(person: str = SECRET) -> list[Any]:
    """In a social track since September, met in January, a contract that ended in April."""
    return [
        fact(person, "DROITS_DEVOIRS", date(2021, 6, 1), "SOUMIS"),
        fact(person, "ORIENTATION", DAY, "ORIENTE", CODE="SOCIAL", DATE_FIN=date(2021, 9, 10)),
        fact(
            person, "CONTRAT", date(2021, 10, 10), "VALIDE", CODE="CER", DATE_FIN=date(2022, 4, 10)
        ),
        fact(person, "RDV", date(2022, 1, 20), "VENU"),
        fact(person, "RDV", date(2022, 6, 20), "PREVU"),
        fact(person, "PROCEDURE", date(2020, 1, 1), "CLOSE", CODE="EP"),
        fact("voisin", "ORIENTATION", date(2022, 3, 3), "ORIENTE", CODE="EMPLOI"),
    ]


def dossier(**more: Any) -> dict[str, Any]:
    known = {"PERSONNE": SECRET, "DATE_DEBUT_IDE": date(2021, 6, 1), "MODALITE_CODE": "REN"}
    seen = {"DATE_DERNIER_ENT": date(2022, 1, 15), "DATE_DERNIER_ENT_ETAT": "utilisable"}
    return known | seen | {"CODE_CATEGORIE": "1"} | more


def examined(found: Journeys | None = None, lives: pl.DataFrame | None = None) -> Examined:
    named = Named("CD08-000001", "08", "croisement:08@2022-06-15:abc", SECRET)
    return examine(
        found or journeys(silent(), pe=[dossier()]),
        named,
        as_of=AS_OF,
        thresholds=AVANT_2025,
        lives=no_life() if lives is None else lives,
    )


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    return to_document(examined())


def rules(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {rule["regle"]: rule for rule in document["regles"]}


def test_every_rule_in_use_answers(told: dict[str, Any]) -> None:
    assert list(rules(told)) == [rule.id for rule in RULES if not rule.optional]
    assert all(rule["pourquoi"] for rule in told["regles"])


def test_a_triggered_rule_tells_its_days_its_proofs_and_what_would_end_it(
    told: dict[str, Any],
) -> None:
    r09 = rules(told)["R09"]
    assert (r09["verdict"], r09["jours"], r09["seuil"]) == ("declenchee", 66, 60)
    assert r09["changerait"] == "S'éteint avec un nouveau contrat validé."
    proof = next(p for p in r09["preuves"] if p["valeur"] == "2022-04-10")
    assert (proof["source"], proof["depot"]) == ("cd-parcours", "depot-cd")
    assert {r for r, one in rules(told).items() if one["verdict"] == "declenchee"} == {
        "R09", "R12", "R13", "R13b", "R14", "R08",
    }  # fmt: skip


def test_a_rule_that_is_not_triggered_yet_says_when_it_would() -> None:
    cd = [fact(SECRET, "ORIENTATION", date(2022, 5, 1), "ORIENTE", CODE="SOCIAL")]
    r12 = rules(to_document(examined(journeys(cd))))["R12"]
    assert (r12["verdict"], r12["jours"]) == ("non_declenchee", 45)
    assert "le 29/08/2022, dans 75 jours" in r12["changerait"]


def test_a_rule_measured_by_pole_emploi_says_which_file_would_trigger_it() -> None:
    recent = dossier(DATE_DERNIER_ENT=date(2022, 4, 1))
    r13 = rules(to_document(examined(journeys(silent(), pe=[recent]))))["R13"]
    assert (r13["verdict"], r13["jours"]) == ("non_declenchee", 61)
    assert "un fichier de Pôle emploi du 30/06/2022 ou après, 29 jours de plus" in r13["changerait"]


def test_a_rule_that_cannot_answer_says_why_and_what_is_missing() -> None:
    found = journeys(
        silent(), pe=[dossier(DATE_DERNIER_ENT=None, DATE_DERNIER_ENT_ETAT="date_vide")]
    )
    r13 = rules(to_document(examined(found)))["R13"]
    assert (r13["verdict"], r13["pourquoi"]) == (
        "non_evaluable", "La règle ne peut pas répondre : la date est vide.",
    )  # fmt: skip
    assert r13["changerait"] == "Il faut que la source remplisse la date."


def test_a_rule_silenced_by_a_job_says_by_what() -> None:
    busy = right(SECRET, ACT="CDD", DDACT="2022-05-02")
    found = journeys(silent(), cnaf=[busy], pe=[dossier()])
    r09 = rules(to_document(examined(found)))["R09"]
    assert r09["verdict"] == "tue" and "(S4)" in r09["pourquoi"]


def test_points_are_told_with_every_term(told: dict[str, Any]) -> None:
    points = told["points"]
    own = [t["points"] for t in points["termes"] if not t["terme"].startswith("Organisation")]
    assert points["total"] == sum(own) == 8 and points["priorite"] == "haute"
    assert points["service"] == 2
    assert {"terme": "Rendez-vous prévu dans les 30 jours", "points": -1}.items() <= next(
        term.items() for term in points["termes"] if term["points"] == -1
    )
    assert told["a_surveiller"] is True


def test_a_sign_is_told_even_where_no_rule_triggered() -> None:
    cd = [
        fact(SECRET, "DROITS_DEVOIRS", date(2022, 5, 1), "SOUMIS"),
        fact(SECRET, "RDV", date(2022, 6, 1), "VENU"),
    ]
    points = to_document(examined(journeys(cd)))["points"]
    assert points["total"] is None
    assert [term["terme"] for term in points["termes"]] == [
        "Rendez-vous honoré depuis moins de 30 jours"
    ]


def test_the_journey_is_in_order_and_each_fact_names_its_file(told: dict[str, Any]) -> None:
    facts = told["chronologie"]
    days = [fact["date"] for fact in facts]
    assert days == sorted(days) and facts[-1]["a_venir"]
    assert {(f["source"], f["depot"]) for f in facts} == {
        ("cd-parcours", "depot-cd"), ("cnaf-beneficiaires", "depot-cnaf"), ("pe-parcours", "depot-pe"),
    }  # fmt: skip
    said = " ".join(fact["fait"] for fact in facts)
    assert "notifiée le 10/09/2021" in said and "Dernier entretien" in said
    assert "Procédure" not in said and "2022-03-03" not in days, "neither sanctions nor neighbours"


def test_lives_of_this_person_alone_are_told() -> None:
    row = {
        "REGLE": "R09", "DEPUIS": date(2022, 4, 10), "OUVERT_LE": AS_OF, "VU_LE": AS_OF,
        "CLOS_LE": None, "ISSUE": None, "VERSION": "v",
    }  # fmt: skip
    lives = pl.DataFrame([{"PERSONNE": who} | row for who in (SECRET, "voisin")], schema=LIVES)
    (life,) = to_document(examined(lives=lives))["vies"]
    assert (life["regle"], life["ouvert_le"], life["issue"]) == ("R09", "2022-06-15", None)


HEALTH = [
    journeys(silent(), pe=[dossier(CODE_CATEGORIE="4")]),
    journeys(silent(), cnaf=[right(SECRET, ACT="MAL,ANP", DDACT="2022-02-02,2021-01-01")], pe=[dossier()]),
]  # fmt: skip


@pytest.mark.parametrize("found", HEALTH, ids=["category", "activity"])
def test_a_reason_of_health_is_never_told(found: Journeys) -> None:
    document = to_document(examined(found))
    assert document["situation"] == "Aucun signal n'est donné : situation à vérifier, hors cible."
    assert {rule["verdict"] for rule in document["regles"]} == {"tue"}
    text = json.dumps(document, ensure_ascii=False) + to_page(examined(found))
    for word in ("S5", "MAL", "maladie", "santé", "catégorie 4", "2022-02-02", "02/02/2022"):
        assert word not in text, word


def test_who_the_cnaf_does_not_know_has_no_verdict() -> None:
    document = to_document(examined(journeys(silent(), cnaf=[])))
    assert "pas dans le fichier de la CNAF" in document["situation"]
    assert {rule["verdict"] for rule in document["regles"]} == {"hors_champ"}


def test_without_a_usable_file_nothing_of_pole_emploi_is_told() -> None:
    old = journeys(silent(), pe=[dossier()], pe_day=date(2022, 3, 1))
    document = to_document(examined(old))
    assert "pe-parcours" not in {fact["source"] for fact in document["chronologie"]}
    (source,) = [one for one in document["sources"] if one["flux"] == "pe-parcours"]
    assert source["utilise"] is False
    doubtful = journeys(silent(), pe=[dossier()], grades={SECRET: "X"})
    told = to_document(examined(doubtful))
    assert "pe-parcours" not in {fact["source"] for fact in told["chronologie"]}


def test_neither_pseudonym_nor_structure_is_told() -> None:
    named = [dict(row) | {"STRUCTURE": "MAISON"} for row in silent()]
    found = examined(journeys(named, pe=[dossier()]))
    text = json.dumps(to_document(found), ensure_ascii=False) + to_page(found)
    assert SECRET not in text and "MAISON" not in text and "voisin" not in text


def test_a_professional_s_return_about_somebody_else_is_not_told() -> None:
    back = {"REGLE": "R09", "RETOUR": "vu", "MOTIF": None, "DATE": date(2022, 6, 2)}
    sent = [{"PERSONNE": SECRET} | back, {"PERSONNE": "voisin"} | back | {"DATE": date(2022, 6, 3)}]
    facts = examined(journeys(silent(), returns=sent)).facts
    told = [(fact.day, fact.text) for fact in facts if fact.source == "cd-retours"]
    assert told == [(date(2022, 6, 2), "Retour d'un professionnel sur la règle R09 : vu")]


def test_the_page_tells_what_the_document_tells() -> None:
    found = examined()
    page = to_page(found)
    document = to_document(found)
    for rule in document["regles"]:
        assert f"{rule['regle']} · " in page
    for text in (
        "8 point(s), et 2 pour le service ; priorité : haute",
        'class="frise"',
        "depot-pe",
    ):
        assert text in page
    assert "<script" not in page and document["mention"] in page


def test_every_rule_and_every_reason_says_what_would_change_it() -> None:
    assert {rule.id for rule in RULES if not rule.optional} <= set(ENDS)
    assert set(REASONS) == set(Reason)
