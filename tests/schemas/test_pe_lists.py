"""Pôle emploi's four lists: both layouts and the oldest, each rule of a row, encodings, and what is computed."""

import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.check import check
from schemas.codes import Code
from schemas.contract import Category, Fate
from schemas.nomenclatures import nomenclature, nomenclatures
from schemas.reading import FileRefused, Reading
from schemas.registry import contract
from schemas.rejects import write_rejects
from tests.schemas.lists import (
    BEFORE,
    EXITS,
    LISTS,
    NEW,
    OLDEST,
    columns,
    list_of,
    listed,
    number,
)
from tests.schemas.papers import key_of
from tests.world.samples import sample

ARRANGEMENTS = (NEW, BEFORE, OLDEST)
WHOLE = number(7) + key_of(number(7))
SOME = settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "liste"


def read(file: Path, flow: str, text: str, encoding: str = "iso-8859-1") -> Reading:
    file.write_bytes(text.encode(encoding))
    return check(file, contract(flow), departement="08")


def found(reading: Reading) -> list[tuple[int, Code, str | None]]:
    return [(one.record, one.code, one.column) for one in reading.report.anomalies]


@pytest.mark.parametrize("flow", LISTS)
@pytest.mark.parametrize("arrangement", ARRANGEMENTS)
def test_a_list_is_read_whole_in_each_of_its_arrangements(
    file: Path, flow: str, arrangement: str
) -> None:
    rows = [listed(flow, index) for index in range(5)]
    reading = read(file, flow, list_of(flow, rows, arrangement))
    assert (reading.report.accepted, reading.report.anomalies) == (5, ())
    assert reading.rows["nir"].to_list() == [number(index) for index in range(5)]
    assert reading.rows["identifiantpe_court"].to_list() == [f"{n:07d}X" for n in range(5)]
    known = {column.name for column in contract(flow).read_columns}
    absent = known - set(columns(flow, arrangement))
    assert {name for name in known if reading.rows[name].null_count() == 5} == absent


ODD = [
    ({"nir": ""}, Code.MISSING_VALUE, "nir"),
    ({"nir2": ""}, Code.MISSING_VALUE, "nir2"),
    ({"nir2": number(9)}, Code.COLUMNS_DISAGREE, "nir2"),
    ({"identifiantpe": ""}, Code.MISSING_VALUE, "identifiantpe"),
    ({"identifiantpe": "0000007X"}, Code.WRONG_FORMAT, "identifiantpe"),
    ({"identifiantpe": "ABC00000007"}, Code.WRONG_FORMAT, "identifiantpe"),
    ({"nom": "N" * 51}, Code.WRONG_FORMAT, "nom"),
    ({"prenom": " "}, Code.MISSING_VALUE, "prenom"),
    ({"dtnai": "31/02/1985"}, Code.IMPOSSIBLE_DATE, "dtnai"),
    ({"dtnai": "1985-07-01"}, Code.IMPOSSIBLE_DATE, "dtnai"),
    ({"dtnai": "01/07/1885"}, Code.IMPOSSIBLE_DATE, "dtnai"),
    ({"date": "31/02/2022"}, Code.IMPOSSIBLE_DATE, "date"),
    ({"date": "1/5/2022"}, Code.IMPOSSIBLE_DATE, "date"),
    ({"date": ""}, Code.MISSING_VALUE, "date"),
    ({"code": " "}, Code.MISSING_VALUE, "code"),
    ({"codeinsee": "8105"}, Code.WRONG_FORMAT, "codeinsee"),
    ({"localite": "L" * 251}, Code.WRONG_FORMAT, "localite"),
    ({"adresse": "A" * 256}, Code.WRONG_FORMAT, "adresse"),
    ({"ale": "8008"}, Code.WRONG_FORMAT, "ale"),
]


@pytest.mark.parametrize(("changes", "code", "column"), ODD)
@pytest.mark.parametrize("flow", ["pe-inscrits", "pe-radiations"])
def test_an_odd_row_is_refused_alone_under_one_code(
    file: Path, flow: str, changes: dict[str, str], code: Code, column: str
) -> None:
    rows = [*(listed(flow, index) for index in range(100, 140)), listed(flow, 7, **changes)]
    reading = read(file, flow, list_of(flow, rows))
    assert found(reading) == [(41, code, column)]
    assert reading.report.accepted == 40


@pytest.mark.parametrize(
    ("flow", "changes", "expected"),
    [
        ("pe-inscrits", {"nir": WHOLE, "nir2": WHOLE}, [(Code.WRONG_FORMAT, "nir"), (Code.WRONG_FORMAT, "nir2")]),
        ("pe-stock", {"nir": "1", "nir2": "1"}, [(Code.NIR_FORMAT, "nir"), (Code.NIR_FORMAT, "nir2")]),
        ("pe-inscrits", {"code": "9"}, [(Code.NOT_IN_LIST, "code")]),
        ("pe-stock", {"code": "90"}, [(Code.NOT_IN_LIST, "code")]),
        ("pe-radiations", {"code": "923"}, [(Code.WRONG_FORMAT, "code")]),
        ("pe-radiations", {"motif": "M" * 251}, [(Code.WRONG_FORMAT, "motif")]),
    ],
)  # fmt: skip
def test_a_key_a_category_or_a_motive_that_cannot_be_refuses_its_row(
    file: Path, flow: str, changes: dict[str, str], expected: list[tuple[Code, str]]
) -> None:
    rows = [*(listed(flow, index) for index in range(100, 140)), listed(flow, 7, **changes)]
    reading = read(file, flow, list_of(flow, rows))
    assert [(code, column) for _, code, column in found(reading)] == expected
    assert reading.report.rejected == 1


@pytest.mark.parametrize(
    ("flow", "changes"),
    [
        ("pe-inscrits", {"nir": " 2 85 07 08 999 007", "nir2": number(7)}),
        ("pe-inscrits", {"nir": "285072a999007", "nir2": "285072A999007"}),
        ("pe-inscrits", {"identifiantpe": "061 0000007 x"}),
        ("pe-inscrits", {"identifiantpe": "0000007X061"}),
        ("pe-inscrits", {"identifiantpe": "06100000071"}),
        ("pe-inscrits", {"code": "F"}),
        ("pe-stock", {"code": "G"}),
        (
            "pe-inscrits",
            {"nom": "", "localite": "", "adresse": "", "ale": "", "codeinsee": "2A004"},
        ),
        ("pe-radiations", {"code": "ZZ", "motif": ""}),
        ("pe-radiations", {"code": "11"}),
        ("pe-cessations", {"motif": ""}),
    ],
)
def test_an_unusual_but_lawful_row_is_accepted(
    file: Path, flow: str, changes: dict[str, str]
) -> None:
    reading = read(file, flow, list_of(flow, [listed(flow, 7, **changes)]))
    assert (reading.report.accepted, reading.report.anomalies) == (1, ())


def test_a_cessation_that_the_law_does_not_let_be_sent_is_kept_and_told(file: Path) -> None:
    rows = [listed("pe-cessations", 1), listed("pe-cessations", 2, code="21")]
    reading = read(file, "pe-cessations", list_of("pe-cessations", rows))
    assert found(reading) == [(2, Code.BEYOND_THE_LAW, "code")]
    assert reading.rows["code"].to_list() == ["90", "21"]
    assert reading.rows["sortie_sans_rupture"].to_list() == ["0", "1"]


def test_a_radiation_says_how_long_it_lasts(file: Path) -> None:
    motives = [
        "REFUS ACTION INSERTION SUSPENSION DE QUINZE JOURS",
        "SUSPENSION DE DEUX MOIS",
        "AUTRE",
        "",
    ]
    rows = [listed("pe-radiations", n, motif=motive) for n, motive in enumerate(motives)]
    reading = read(file, "pe-radiations", list_of("pe-radiations", rows))
    assert reading.rows["duree_radiation"].to_list() == ["P15D", "P2M", None, None]


@pytest.mark.parametrize("flow", EXITS)
def test_the_oldest_layout_has_a_label_and_no_code(file: Path, flow: str) -> None:
    rows = [*(listed(flow, n) for n in range(40)), listed(flow, 41, index="")]
    reading = read(file, flow, list_of(flow, rows, OLDEST))
    assert found(reading) == [(41, Code.MISSING_VALUE, "index")]
    assert set(reading.rows["sortie_sans_rupture"]) == {None}
    without = [*(listed(flow, n) for n in range(40)), listed(flow, 41, motif="")]
    reading = read(file, flow, list_of(flow, without, OLDEST))
    assert found(reading) == [(41, Code.MISSING_VALUE, "motif")]


@pytest.mark.parametrize("arrangement", ARRANGEMENTS)
@pytest.mark.parametrize(
    "written",
    [
        lambda line: f'"{line}"',
        lambda line: ";".join(f'"{cell}"' for cell in line.split(";")),
        lambda line: f"{line};",
        lambda line: f"{line}\r",
    ],
    ids=["line in quotes", "values in quotes", "trailing separator", "CRLF"],
)
def test_quotes_and_line_ends_are_only_writing(
    file: Path, arrangement: str, written: object
) -> None:
    assert callable(written)
    text = list_of("pe-inscrits", [listed("pe-inscrits", n) for n in range(3)], arrangement)
    plain = read(file, "pe-inscrits", text)
    other = read(file, "pe-inscrits", "\n".join(written(line) for line in text.splitlines()))
    assert other.rows.equals(plain.rows)
    assert (other.report.accepted, other.report.anomalies) == (3, ())


def test_a_header_written_otherwise_is_known_and_told(file: Path) -> None:
    text = list_of("pe-inscrits", [listed("pe-inscrits")])
    header, _, body = text.partition("\n")
    reading = read(file, "pe-inscrits", f"{header.upper().replace('PRENOM', ' Prénom ')}\n{body}")
    assert [one.code for one in reading.report.anomalies] == [Code.HEADER_RECOGNISED]
    assert reading.report.accepted == 1


@pytest.mark.parametrize("lost", ["nir2", "codeinsee", "date"])
def test_a_header_without_one_of_its_columns_is_refused(file: Path, lost: str) -> None:
    names = [name for name in columns("pe-inscrits") if name != lost]
    with pytest.raises(FileRefused) as refused:
        read(file, "pe-inscrits", ";".join(names) + "\n")
    assert refused.value.code is Code.WRONG_HEADER


@SOME
@given(name=st.text(st.characters(codec="iso-8859-1", categories=["L"]), min_size=1, max_size=20))
def test_a_name_is_the_same_in_both_encodings(file: Path, name: str) -> None:
    text = list_of("pe-stock", [listed("pe-stock", nom=name)])
    names = {read(file, "pe-stock", text, code).rows["nom"].item() for code in
             ("iso-8859-1", "utf-8", "utf-8-sig")}  # fmt: skip
    assert names == {name}


def test_a_windows_letter_is_mended_and_told(file: Path) -> None:
    reading = read(file, "pe-stock", list_of("pe-stock", [listed("pe-stock", nom="C\x9cUR")]))
    assert found(reading) == [(1, Code.CP1252_BYTE, "nom")]
    assert reading.rows["nom"].item() == "CœUR"


@pytest.mark.parametrize("flow", LISTS)
def test_nothing_of_where_somebody_lives_is_kept(flow: str) -> None:
    asked = contract(flow)
    kept = {
        *asked.with_fate(Fate.CARRY),
        *asked.with_fate(Fate.IDENTIFIER),
        *asked.with_fate(Fate.LINK),
    }
    assert kept & {"codeinsee", "localite", "adresse", "ale", "nir2"} == set()
    carried = [asked.column(name).category for name in asked.with_fate(Fate.CARRY)]
    assert set(carried) == {Category.JOURNEY}


def test_every_list_of_codes_names_only_its_own_codes_in_its_groups() -> None:
    assert {"pe-motifs-sortie", "pe-categories-inscription"} <= {
        each.name for each in nomenclatures()
    }
    for each in nomenclatures():
        assert {code for codes in each.groups.values() for code in codes} <= set(each.labels)
        assert all(each.labels.values())
    harmless = nomenclature("pe-motifs-sortie").groups["sortie_sans_rupture"]
    assert len(harmless) == 32
    assert not set(harmless) & {"90", "92", "CX", "8X"}


@pytest.mark.parametrize(
    ("flow", "name"),
    [
        ("pe-inscrits", "Liste_BeneficiairesRSA_Inscrits_14_06_2022_1_171.csv"),
        ("pe-cessations", "Liste_BeneficiairesRSA_Cessations_14_06_2022_1_14.csv"),
        ("pe-radiations", "Liste_BeneficiairesRSA_Radiations_14_06_2022_1_10.csv"),
    ],
)
def test_the_lists_of_the_samples_have_no_reject_and_the_rows_their_name_says(
    flow: str, name: str
) -> None:
    report = check(sample(f"dept-08/pe/{name}"), contract(flow), departement="08").report
    stated = contract(flow).parse_name(name) or {}
    assert (report.accepted, report.anomalies) == (int(stated["lignes"]), ())
    assert (report.read, stated["date_reference"]) == (report.accepted, "20220614")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "iso-8859-1"])
def test_refused_rows_go_back_byte_for_byte_in_either_encoding(file: Path, encoding: str) -> None:
    rows = [*(listed("pe-stock", n) for n in range(40)), listed("pe-stock", 41, code="9")]
    text = list_of("pe-stock", rows)
    report = read(file, "pe-stock", text, encoding).report
    out = io.BytesIO()
    assert write_rejects(file, contract("pe-stock"), report, out) == 1
    header, last = text.splitlines()[0], text.splitlines()[-1]
    assert out.getvalue() == f"{header}\n{last}\n".encode(encoding)
