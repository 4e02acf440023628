"""The two SPIE extracts: absent values written NULL, days with their midnight, and who is none of ours."""

from datetime import date
from pathlib import Path

import pytest

from schemas.check import check
from schemas.codes import Code
from schemas.contract import Category, Fate
from schemas.reading import FileRefused, Reading
from schemas.registry import contract
from tests.schemas.lists import extract_of, spie

PEOPLE, ACTIONS = "pe-spie-principal", "pe-spie-actions"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "extrait"


def read(file: Path, flow: str, text: str) -> Reading:
    file.write_bytes(text.encode())
    return check(file, contract(flow), departement="08")


def found(reading: Reading) -> list[tuple[int, Code, str | None]]:
    return [(one.record, one.code, one.column) for one in reading.report.anomalies]


def test_an_extract_has_its_forty_four_or_forty_three_columns(file: Path) -> None:
    names = [column.name for column in contract(PEOPLE).read_columns]
    assert (len(names), len(contract(ACTIONS).read_columns)) == (44, 11)
    rows = [spie(PEOPLE, n) for n in range(3)]
    for kept in (names, [name for name in names if name != "code_safir"]):
        reading = read(file, PEOPLE, extract_of(PEOPLE, rows, kept))
        assert (reading.report.accepted, reading.report.anomalies) == (3, ())
    with pytest.raises(FileRefused) as refused:
        read(file, PEOPLE, extract_of(PEOPLE, rows, names[1:]))
    assert refused.value.code is Code.WRONG_HEADER


def test_null_is_no_value_and_midnight_is_a_day(file: Path) -> None:
    row = read(file, PEOPLE, extract_of(PEOPLE, [spie(PEOPLE)])).rows.row(0, named=True)
    assert row["der_entretien"] == date(2022, 3, 1)
    assert (row["der_entretien_ppae"], row["rome_1"], row["adresse_ligne2"]) == (None, None, None)
    assert row["date_naissance"] == date(1985, 7, 1)
    assert row["identifiant_unique_de"].endswith("000000000000")


@pytest.mark.parametrize("mark", ["N", "NON", "NULL", ""])
def test_who_has_no_rsa_is_set_aside_unread(file: Path, mark: str) -> None:
    rows = [spie(PEOPLE, 1), spie(PEOPLE, 2, brsa=mark, nom="NULL", date_naissance="hier"),
            spie(PEOPLE, 3, brsa="OUI")]  # fmt: skip
    reading = read(file, PEOPLE, extract_of(PEOPLE, rows))
    assert found(reading) == [(2, Code.OUT_OF_SCOPE, "brsa")]
    report = reading.report
    assert (report.read, report.accepted, report.rejected, report.ignored) == (3, 2, 0, 1)


@pytest.mark.parametrize(
    ("flow", "changes", "code", "column"),
    [
        (PEOPLE, {"identifiant_unique_de": "NULL"}, Code.MISSING_VALUE, "identifiant_unique_de"),
        (PEOPLE, {"identifiant_unique_de": "12"}, Code.WRONG_FORMAT, "identifiant_unique_de"),
        (PEOPLE, {"nom": "NULL"}, Code.MISSING_VALUE, "nom"),
        (PEOPLE, {"prenom": ""}, Code.MISSING_VALUE, "prenom"),
        (PEOPLE, {"date_naissance": "1985-07-01"}, Code.IMPOSSIBLE_DATE, "date_naissance"),
        (PEOPLE, {"date_naissance": "NULL"}, Code.MISSING_VALUE, "date_naissance"),
        (PEOPLE, {"der_entretien": "2022-02-30 00:00:00.0"}, Code.IMPOSSIBLE_DATE, "der_entretien"),
        (PEOPLE, {"suivi_debut": "2022-02-01 08:30:00.0"}, Code.IMPOSSIBLE_DATE, "suivi_debut"),
        (PEOPLE, {"departement": "NULL"}, Code.MISSING_VALUE, "departement"),
        (PEOPLE, {"departement": "99"}, Code.WRONG_FORMAT, "departement"),
        (PEOPLE, {"rome_2": "K22"}, Code.WRONG_FORMAT, "rome_2"),
        (PEOPLE, {"categorie_inscription": "9"}, Code.NOT_IN_LIST, "categorie_inscription"),
        (PEOPLE, {"dif_logement": "UN PEU"}, Code.NOT_IN_LIST, "dif_logement"),
        (PEOPLE, {"brsa": "PEUT-ETRE"}, Code.NOT_IN_LIST, "brsa"),
        (ACTIONS, {"identifiant_unique_de": ""}, Code.MISSING_VALUE, "identifiant_unique_de"),
        (ACTIONS, {"codeaction": "NULL"}, Code.MISSING_VALUE, "codeaction"),
        (ACTIONS, {"date_prescription": "NULL"}, Code.MISSING_VALUE, "date_prescription"),
        (ACTIONS, {"date_fin": "16/06/2022"}, Code.IMPOSSIBLE_DATE, "date_fin"),
    ],
)
def test_an_odd_row_is_refused_alone_under_one_code(
    file: Path, flow: str, changes: dict[str, str], code: Code, column: str
) -> None:
    rows = [*(spie(flow, n) for n in range(1, 41)), spie(flow, 0, **changes)]
    reading = read(file, flow, extract_of(flow, rows))
    assert found(reading) == [(41, code, column)]
    assert reading.report.accepted == 40


@pytest.mark.parametrize(
    ("flow", "changes"),
    [
        (PEOPLE, {"identifiant_unique_de": "0000000A-0000-4000-8000-00000000000B"}),
        (PEOPLE, {"departement": "8"}),
        (PEOPLE, {"modalite_accompagnement": "NOUVELLE", "code_motif_inscription": "14"}),
        (PEOPLE, {"dif_sante": "O", "dif_familiale": "NON"}),
        (PEOPLE, {"nom": '"ÉTÉ; DIT ""L\'ÉTÉ"""'}),
        (ACTIONS, {"codeaction": "RDS-SID", "lblaction": '"ATELIER "" CV """'}),
        (ACTIONS, {"formation": "LOGICIEL BUREAUTIQUE", "adr.dc_commune_id": "13005"}),
    ],
)
def test_an_unusual_but_lawful_row_is_accepted(
    file: Path, flow: str, changes: dict[str, str]
) -> None:
    reading = read(file, flow, extract_of(flow, [spie(flow, 5, **changes)]))
    assert (reading.report.accepted, reading.report.anomalies) == (1, ())


def test_difficulties_and_other_peoples_data_are_dropped() -> None:
    asked = contract(PEOPLE)
    difficulties = [c for c in asked.columns if c.name.startswith("dif_")]
    others = [c for c in asked.columns if c.name.startswith("referent_")]
    assert (len(difficulties), len(others)) == (7, 4)
    assert {c.category for c in difficulties} == {Category.SENSITIVE}
    assert {c.fates for c in [*difficulties, *others]} == {(Fate.DROP,)}
    carried = {asked.column(name).category for name in asked.with_fate(Fate.CARRY)}
    assert carried == {Category.JOURNEY}


@pytest.mark.parametrize(
    ("name", "flow"),
    [
        ("i03300c.j.extract_spie_carnet_spie_carnet_de_bord_principal.csv", PEOPLE),
        ("i03300c.j.extract_spie_carnet_spie_carnet_de_bord_actions.csv.p7m", ACTIONS),
        ("principal", PEOPLE),
        ("actions.csv", ACTIONS),
    ],
)
def test_a_name_says_which_extract_it_is(name: str, flow: str) -> None:
    other = ACTIONS if flow == PEOPLE else PEOPLE
    assert contract(flow).parse_name(name)
    assert contract(other).parse_name(name) is None
