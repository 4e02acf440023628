"""Links with Pôle emploi below grade A: what links, what contradicts."""

from datetime import date

import pytest

from gateway.identity.index import SCHEMA, SUBJECT, complete
from gateway.identity.pairing import MANY
from gateway.identity.resolve import resolve
from tests.world.census import (
    BENEFICIARIES,
    CD,
    PE,
    File,
    Row,
    born,
    cd,
    known,
    name_of,
    number,
    pe,
)
from tests.world.linked import DURAND, Town, followed, town

BIRTH, OTHER = date(1985, 3, 12), date(1990, 11, 2)
A, B = number(BIRTH, 1), number(BIRTH, 2)

# --- grade B


def test_a_caf_number_a_first_name_and_a_birth_date_make_one_person() -> None:
    found = followed(pe("p", matricule="42", names=("AUTRE", None, "JEAN PIERRE")))
    assert found.grades() == {"cd:a": "B"}
    assert found.together("cd:a") == {"born:R1/Jean-Pierre", "pe:p"}


@pytest.mark.parametrize(
    ("birth", "first"), [(OTHER, "JEAN PIERRE"), (BIRTH, "JEAN"), (BIRTH, None)]
)
def test_a_caf_number_is_a_households_and_never_enough(birth: date, first: str | None) -> None:
    assert followed(pe("p", born=birth, matricule="42", names=("X Y", None, first))).grades() == {}


def test_a_number_of_the_msa_is_not_the_cafs() -> None:
    dossier = pe("p", matricule="42", names=("AUTRE", None, "JEAN PIERRE"))
    assert followed(dossier, fund=("MSA", "081")).grades() == {}


# --- grade C


@pytest.mark.parametrize(
    ("theirs", "used"), [("DURAND", None), ("AUTRE", "Le-Goff"), ("le goff", "AUTRE")]
)
def test_either_name_of_either_side_may_be_the_one(theirs: str, used: str | None) -> None:
    found = followed(pe("p", names=(theirs, used, "Jean Pierre")))
    assert found.grades() == {"cd:a": "C"}
    assert "pe:p" in found.together("cd:a")


@pytest.mark.parametrize(
    "names", [("DURAND", None, "JEAN"), ("DURANT", None, "JEAN PIERRE"), ("DURAND", None, None)]
)
def test_a_name_and_a_birth_date_never_link_alone(
    names: tuple[str, str | None, str | None],
) -> None:
    assert followed(pe("p", names=names)).grades() == {}


@pytest.mark.parametrize("certainty", ["J", "O"])
def test_a_conventional_birth_date_never_links_by_name(certainty: str) -> None:
    dossier = pe("p", names=("DURAND", None, "JEAN PIERRE"))
    assert followed(dossier, certainty=certainty).grades() == {}
    assert followed(pe("p", A), nir=A, certainty=certainty).grades() == {"cd:a": "A"}


def test_without_the_cnaf_nobody_says_that_a_birth_date_is_certain() -> None:
    found = town(cd=[cd("a", names=DURAND)], pe=[pe("p", names=DURAND)])
    assert found.grades() == {}


def test_the_name_that_only_the_departement_knows_links_too() -> None:
    found = town(
        cd=[cd("a", request="R1", names=(None, "Nowak", "Céline"))],
        born=[born("R1", names=("MARCHAL", "MARCHAL", "CELINE"))],
        pe=[pe("p", names=("NOWAK", None, "CELINE"))],
    )
    assert found.grades() == {"cd:a": "C"}


def test_twins_are_told_apart_by_their_first_names() -> None:
    found = town(
        cd=[cd("y", request="R1"), cd("c", request="R2")],
        born=[
            born("R1", names=("HADDAD", "HADDAD", "YASMINA")),
            born("R2", names=("HADDAD", "HADDAD", "CELINE")),
        ],
        pe=[pe("q", names=("HADDAD", None, "CÉLINE")), pe("p", names=("HADDAD", None, "Yasmina"))],
    )
    assert found.grades() == {"cd:y": "C", "cd:c": "C"}
    assert "pe:p" in found.together("cd:y")
    assert "pe:q" in found.together("cd:c")


def test_perfect_namesakes_are_for_a_person_to_look_at() -> None:
    found = town(
        cd=[cd("a", request="R1"), cd("b", request="R2")],
        born=[born("R1"), born("R2")],
        pe=[pe("p", names=("DURAND", None, "ALIX"))],
    )
    assert found.grades() == {"cd:a": "X", "cd:b": "X"}
    assert found.doubts() == {
        ("cd:a", "pe:p", "plusieurs_candidats"),
        ("cd:b", "pe:p", "plusieurs_candidats"),
    }


# --- NIRs that differ, NIRs that wait


@pytest.mark.parametrize("matricule", [None, "42"])
def test_a_link_between_two_numbers_that_differ_is_a_contradiction(matricule: str | None) -> None:
    found = followed(pe("p", B, matricule=matricule, names=DURAND), nir=A)
    assert found.grades() == {"cd:a": "X"}
    assert found.doubts() == {("cd:a", "pe:p", "autre_nir")}


@pytest.mark.parametrize("first", ["7", "8"])
def test_a_provisional_number_contradicts_no_name(first: str) -> None:
    waiting = number(BIRTH, 9, first=first)
    assert followed(pe("p", waiting, names=DURAND), nir=A).grades() == {"cd:a": "C"}
    assert followed(pe("p", A, names=DURAND), nir=waiting).grades() == {"cd:a": "C"}


def test_the_person_stays_when_the_final_number_replaces_the_provisional_one() -> None:
    waiting = number(BIRTH, 9, first="8")
    before = followed(pe("p", waiting, names=DURAND), nir=waiting)
    later = known(
        File(CD, (cd("a", request="R1", matricule="0000042"),)),
        File(BENEFICIARIES, (born("R1", waiting, matricule="0000042", names=DURAND),)),
        File(BENEFICIARIES, (born("R1", A, matricule="0000042", names=DURAND),), date(2022, 7, 15)),
        File(PE, (pe("p", A, names=DURAND),), date(2022, 7, 1)),
    )
    after = Town(later, dict(zip(later[SUBJECT], name_of(later), strict=True)))
    assert before.grades() == {"cd:a": "C"}
    assert after.grades() == {"cd:a": "A"}
    assert {name.split(":")[0] for name in after.together("cd:a")} == {"born", "pe"}
    assert later.height == 3  # the CNAF's subject is the same one


def test_a_stronger_link_takes_a_dossier_out_of_the_pool() -> None:
    dossiers = [pe("p", A, names=DURAND), pe("q", B, names=DURAND)]
    assert followed(*dossiers, nir=A).grades() == {"cd:a": "A"}


# --- grade D


def test_a_short_identifier_is_said_and_links_nobody() -> None:
    dossier = pe("0251129196H", names=("VERMEULEN", None, "KHADIJA"))
    found = followed(dossier, pe="1129196H")
    assert found.grades() == {"cd:a": "D"}
    assert not any(name.startswith("pe:") for name in found.together("cd:a"))
    assert found.doubts() == {("cd:a", "pe:0251129196H", "identifiant_court")}


def test_a_short_identifier_between_two_numbers_that_differ_is_a_contradiction() -> None:
    assert followed(pe("0251129196H", B), nir=A, pe="1129196H").grades() == {"cd:a": "X"}


# --- the CNAF


@pytest.mark.parametrize(
    ("ours", "birth"), [({"request": "R1"}, OTHER), ({"matricule": "0000042"}, OTHER), ({}, OTHER)]
)
def test_another_birth_date_is_another_person_whatever_the_numbers(
    ours: dict[str, str], birth: date
) -> None:
    found = town(
        cd=[cd("a", A, **ours)],  # type: ignore[arg-type]
        born=[born("R1", A, birth, matricule="0000042")],
        pe=[],
    )
    assert found.together("cd:a") == set()


def test_a_child_of_the_household_is_no_holder() -> None:
    child = born("R1", A, role="ENF")
    assert town(cd=[cd("a", A, request="R1")], born=[child], pe=[]).together("cd:a") == set()


def test_the_contacts_lend_no_number_where_the_beneficiaries_are_known() -> None:
    contact: Row = ("0000042", "DEMANDEUR", A, "R1")
    alone = town(cd=[cd("a", request="R1")], contacts=[contact], pe=[pe("p", A)])
    assert alone.grades() == {"cd:a": "A"}
    with_born = town(
        cd=[cd("a", request="R1")], born=[born("R1")], contacts=[contact], pe=[pe("p", A)]
    )
    assert with_born.grades() == {}
    assert len(with_born.together("cd:a")) == 2


# --- bounds


def test_a_value_that_many_bear_contradicts_and_asks_nobody() -> None:
    people = MANY + 1
    crowd = town(cd=[cd(str(n), A) for n in range(people)], pe=[pe("p", A)])
    assert set(crowd.grades().values()) == {"X"}
    assert len(crowd.grades()) == people
    assert crowd.doubts() == set()


def test_an_index_of_an_earlier_version_is_read() -> None:
    now = town(cd=[cd("a", A)], pe=[pe("p", A)])
    before = now.index.select(list(SCHEMA)[:10])
    assert set(SCHEMA) - set(before.columns) >= {"FIRST", "SHORT_PE"}
    assert complete(before).schema == dict(SCHEMA)
    assert resolve(before).grades.equals(now.resolved().grades)
