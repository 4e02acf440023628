"""Who is who: what links, what never links, and what a corrected file changes."""

from datetime import date
from itertools import groupby, permutations

import pytest

from gateway.identity.index import SUBJECT, enrol
from gateway.identity.pairing import MANY
from schemas.generator import nir as numbers
from tests.world.census import CD, CNAF, PE, File, Links, Row, cd, cnaf, known, links, number, pe

BORN, OTHER = date(1985, 3, 12), date(1990, 11, 2)
A, B = number(BORN, 1), number(OTHER, 2)
CHILD = date(2001, 7, 9)


def of(*rows: tuple[str, Row]) -> Links:
    """Persons made of one file per flow."""
    return links(known(*_files(rows)))


def _files(rows: tuple[tuple[str, Row], ...]) -> list[File]:
    ordered = sorted(rows, key=lambda one: one[0])
    return [
        File(flow, tuple(row for _, row in some)) for flow, some in groupby(ordered, lambda o: o[0])
    ]


# --- with Pôle emploi


def test_a_nir_and_a_birth_date_make_one_person() -> None:
    assert of((CD, cd("a", A)), (PE, pe("p", A))).grades == {"cd:a": "A"}


@pytest.mark.parametrize("place", ["08", "2A", "2B", "97", "99"])
@pytest.mark.parametrize("lengths", [(13, 15), (15, 13), (15, 15)])
def test_thirteen_or_fifteen_characters_are_the_same_number(
    place: str, lengths: tuple[int, int]
) -> None:
    whole = numbers.with_key(number(BORN, 1, place=place))
    ours, theirs = (whole[:length] for length in lengths)
    assert of((CD, cd("a", ours)), (PE, pe("p", theirs))).of("cd:a") == {"pe:p"}


def test_another_birth_date_is_a_contradiction_and_never_a_link() -> None:
    found = of((CD, cd("a", A)), (PE, pe("p", A, OTHER)))
    assert found.of("cd:a") == set()
    assert found.grades == {"cd:a": "X"}


def test_a_parent_keeps_the_link_that_a_child_under_the_same_nir_does_not_get() -> None:
    found = of((CD, cd("parent", A)), (CD, cd("child", A, CHILD)), (PE, pe("p", A)))
    assert found.of("cd:parent") == {"pe:p"}
    assert found.grades == {"cd:parent": "A", "cd:child": "X"}


def test_two_dossiers_of_one_person_are_for_somebody_to_look_at() -> None:
    assert of((CD, cd("a", A)), (PE, pe("p", A)), (PE, pe("q", A))).grades == {"cd:a": "X"}


def test_another_dossier_under_the_same_number_does_not_undo_a_link_by_nir_and_birth_date() -> None:
    found = of((CD, cd("a", A)), (PE, pe("p", A)), (PE, pe("q", A, OTHER)))
    assert found.grades == {"cd:a": "A"}


def test_two_identities_of_one_nir_are_for_somebody_to_look_at() -> None:
    found = of((CD, cd("a", A)), (CD, cd("b", A)), (PE, pe("p", A)))
    assert found.grades == {"cd:a": "X", "cd:b": "X"}
    assert found.of("pe:p") == set()


@pytest.mark.parametrize("first", ["3", "4", "7", "8"])
def test_a_provisional_number_neither_links_nor_contradicts(first: str) -> None:
    waiting = number(BORN, 1, first=first)
    assert of((CD, cd("a", waiting)), (PE, pe("p", waiting))).grades == {}
    assert of((CD, cd("a", waiting)), (PE, pe("p", waiting, OTHER))).grades == {}


def test_a_provisional_number_hides_no_other_number_of_the_same_identity() -> None:
    waiting = number(BORN, 9, first="7")
    found = of((CD, cd("a", waiting)), (CD, cd("a", A)), (PE, pe("p", A)))
    assert found.grades == {"cd:a": "A"}


def test_an_identity_with_two_numbers_has_none() -> None:
    found = of((CD, cd("a", A)), (CD, cd("a", B)), (PE, pe("p", A)))
    assert found.grades == {}


def test_an_identity_with_two_birth_dates_has_none() -> None:
    found = of((CD, cd("a", A)), (CD, cd("a", A, OTHER)), (PE, pe("p", A)))
    assert found.grades == {}


def test_nobody_is_linked_by_what_is_absent() -> None:
    found = of((CD, cd("a")), (CD, cd("b")), (CNAF, cnaf(None)), (PE, pe("p")), (PE, pe("q")))
    assert all(len(person) == 1 for person in found.persons)
    assert found.grades == {}


# --- with the CNAF


def test_the_nir_of_the_cnaf_is_pooled_through_request_and_role() -> None:
    found = of((CD, cd("a", request="R1")), (CNAF, cnaf("R1", A)), (PE, pe("p", A)))
    assert found.of("cd:a") == {"cnaf:R1/0000001/DEM", "pe:p"}
    assert found.grades == {"cd:a": "A"}


def test_else_through_caf_number_and_role() -> None:
    found = of(
        (CD, cd("a", matricule="0000042")),
        (CNAF, cnaf("R9", A, matricule="0000042")),
        (PE, pe("p", A)),
    )
    assert found.grades == {"cd:a": "A"}


def test_else_through_the_nir() -> None:
    assert of((CD, cd("a", A)), (CNAF, cnaf("R1", A))).of("cd:a") == {"cnaf:R1/0000001/DEM"}


def test_a_couple_on_one_caf_number_is_never_swapped() -> None:
    found = of(
        (CD, cd("he", born=BORN, matricule="0000042", role="DEM")),
        (CD, cd("she", born=OTHER, matricule="0000042", role="CJT")),
        (CNAF, cnaf("R1", B, matricule="0000042", role="CJT")),
        (CNAF, cnaf("R1", A, matricule="0000042", role="DEM")),
        (PE, pe("his", A, BORN)),
        (PE, pe("hers", B, OTHER)),
    )
    assert "pe:his" in found.of("cd:he")
    assert "pe:hers" in found.of("cd:she")


def test_roles_swapped_by_a_partner_lend_nobody_the_nir_of_the_spouse() -> None:
    found = of(
        (CD, cd("he", born=BORN, request="R1", role="CJT")),
        (CD, cd("she", born=OTHER, request="R1", role="DEM")),
        (CNAF, cnaf("R1", A, role="DEM")),
        (CNAF, cnaf("R1", B, role="CJT")),
        (PE, pe("his", A, BORN)),
        (PE, pe("hers", B, OTHER)),
    )
    assert found.of("cd:he") == found.of("cd:she") == set()
    assert found.grades == {}


def test_roles_swapped_by_a_partner_yield_to_the_nir() -> None:
    twin = number(BORN, 7, first="2")  # born the same month: the birth date alone cannot tell
    found = of(
        (CD, cd("he", A, request="R1", role="CJT")),
        (CD, cd("she", twin, request="R1", role="DEM")),
        (CNAF, cnaf("R1", A, role="DEM")),
        (CNAF, cnaf("R1", twin, role="CJT")),
    )
    assert found.of("cd:he") == {"cnaf:R1/0000001/DEM"}
    assert found.of("cd:she") == {"cnaf:R1/0000001/CJT"}


def test_a_parents_nir_at_the_cnaf_is_not_lent_to_the_child() -> None:
    found = of((CD, cd("child", born=CHILD, request="R1")), (CNAF, cnaf("R1", A)), (PE, pe("p", A)))
    assert found.of("cd:child") == set()
    assert found.grades == {}


def test_a_month_that_the_civil_registry_did_not_know_contradicts_nothing() -> None:
    unknown = f"{A[:3]}20{A[5:]}"
    assert of((CD, cd("a", request="R1")), (CNAF, cnaf("R1", unknown))).of("cd:a")


def test_a_household_whose_two_rows_disagree_lends_no_nir() -> None:
    same_month = number(BORN, 8)
    rows = [(CNAF, cnaf("R1", A)), (CNAF, cnaf("R1", same_month))]
    for one, two in permutations(rows):
        found = of(
            (CD, cd("a", request="R1")), one, two, (PE, pe("p", A)), (PE, pe("q", same_month))
        )
        assert found.grades == {}


def test_who_had_a_choice_once_is_not_decided_by_a_weaker_key() -> None:
    found = of(
        (CD, cd("a", request="R1", matricule="0000042")),
        (CNAF, cnaf("R1", matricule="0000001")),
        (CNAF, cnaf("R1", matricule="0000002")),
        (CNAF, cnaf("R9", A, matricule="0000042")),
        (PE, pe("p", A)),
    )
    assert found.of("cd:a") == set()
    assert found.grades == {}


def test_a_caf_number_that_many_bear_is_nobodys_key() -> None:
    crowd = [(CNAF, cnaf(f"R{n}", matricule="0000000")) for n in range(MANY)]
    one = (CNAF, cnaf("R99", A, matricule="0000000"))
    assert of((CD, cd("a", matricule="0000000")), one, (PE, pe("p", A))).grades == {"cd:a": "A"}
    assert of((CD, cd("a", matricule="0000000")), one, *crowd, (PE, pe("p", A))).grades == {}


# --- over time


def test_a_corrected_nir_in_a_later_file_undoes_the_old_link() -> None:
    wrong, right = File(CD, (cd("a", A),)), File(CD, (cd("a", B),), as_of=date(2022, 7, 15))
    dossier = File(PE, (pe("p", A),))
    assert links(known(wrong, dossier)).grades == {"cd:a": "A"}
    assert links(known(wrong, dossier, right)).grades == {}


@pytest.mark.parametrize("hour", [1, 23])
def test_an_older_file_that_comes_late_corrects_nothing(hour: int) -> None:
    old = File(CD, (cd("a", B),), as_of=date(2022, 5, 15), hour=hour)
    new, dossier = File(CD, (cd("a", A),), hour=12), File(PE, (pe("p", A),))
    assert links(known(new, dossier, old)).grades == {"cd:a": "A"}


def test_on_the_same_day_the_last_sent_wins() -> None:
    first, second = File(CD, (cd("a", B),), hour=8), File(CD, (cd("a", A),), hour=9)
    dossier = File(PE, (pe("p", A),))
    for order in permutations((first, second, dossier)):
        assert links(known(*order)).grades == {"cd:a": "A"}


def test_enrolling_twice_is_enrolling_once() -> None:
    file = File(CD, (cd("a", A), cd("a", A), cd("b", B)))
    once = known(file)
    twice, rows = enrol(once, CD, "partenaire", file.frame, as_of=file.as_of, sent=file.sent)
    assert twice.equals(once)
    assert rows.height == 3
    assert rows[SUBJECT].n_unique() == 2


def test_two_partners_who_use_the_same_key_speak_of_two_subjects() -> None:
    file = File(CD, (cd("a", A),))
    index = known(file)
    grown, _ = enrol(index, CD, "autre", file.frame, as_of=file.as_of, sent=file.sent)
    assert grown.height == 2


def test_a_subject_says_nothing_of_the_person() -> None:
    first, second = (known(File(CD, (cd("a", A),)))[SUBJECT][0] for _ in range(2))
    assert len(first) == 32
    assert first != second
