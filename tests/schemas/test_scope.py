"""Rows a contract does not want, encodings it accepts, values the law does not let be sent, rows announced."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.check import check
from schemas.codes import Code
from schemas.fields import form_of
from schemas.fields.dates import parsed
from schemas.laws import check_announced
from schemas.reading import FileRefused, Reading
from schemas.registry import contract
from schemas.slips import ContractError
from tests.schemas.asking import computed, verdict
from tests.schemas.small import small

YES_OR_NO = {"name": "o", "constraints": {"enum": ["O", "N"]}, "liste": {"O": "x", "N": "x"}}
DAY = {"name": "j", "type": "date", "format": "%Y-%m-%d 00:00:00.0"}
SCOPED = small(
    [{"name": "a", "constraints": {"required": True}}, YES_OR_NO], lignes_retenues={"o": ["O"]}
)
EITHER = small([{"name": "a"}], encodage="iso-8859-1", encodages_acceptes=["utf-8"])
DATED = small([{"name": "a"}, DAY], missingValues=["", "NULL"])
LAWFUL = small([{"name": "a", "prevus_par_le_texte": ["90"]}])
SOME = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "depot"


def put(file: Path, content: str | bytes) -> Path:
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def said(reading: Reading) -> list[tuple[int, str | None, Code]]:
    return [(one.record, one.column, one.code) for one in reading.report.anomalies]


def test_a_row_out_of_scope_is_neither_accepted_nor_rejected_and_nothing_else_is_asked_of_it(
    file: Path,
) -> None:
    reading = check(put(file, "a;o\n1;O\n;N\n2;\n3;N\n"), SCOPED, departement="08")
    report = reading.report
    assert (report.read, report.accepted, report.rejected, report.ignored) == (4, 1, 0, 3)
    assert said(reading) == [(record, "o", Code.OUT_OF_SCOPE) for record in (2, 3, 4)]
    assert reading.rows["a"].to_list() == ["1"]


def test_a_code_nobody_knows_does_not_put_a_row_out_of_scope(file: Path) -> None:
    reading = check(put(file, "a;o\n1;PEUT-ETRE\n2;O\n"), SCOPED, departement="08")
    assert said(reading) == [(1, "o", Code.NOT_IN_LIST)]
    assert (reading.report.rejected, reading.report.ignored) == (1, 0)


def test_rows_after_those_set_aside_keep_their_own_lines(file: Path) -> None:
    reading = check(put(file, "a;o\n1;N\n;O\n2;N\n3;O\n;O\n"), SCOPED, departement="08")
    rejected = [(a.line, a.record) for a in reading.report.anomalies if a.column == "a"]
    assert rejected == [(3, 2), (6, 5)]
    assert reading.rows["LIGNE"].to_list() == [5]


def test_rows_set_aside_do_not_refuse_a_file(file: Path) -> None:
    contract_ = small([{"name": "a"}, YES_OR_NO], lignes_retenues={"o": ["O"]}, seuil_rejet=0.0)
    assert check(put(file, "a;o\n1;N\n2;N\n"), contract_, departement="08").report.ignored == 2


@SOME
@given(marks=st.lists(st.sampled_from(["O", "N", "", "o", "X"]), max_size=30))
def test_every_row_is_counted_once_whatever_its_scope(file: Path, marks: list[str]) -> None:
    text = "a;o\n" + "".join(f"{number};{mark}\n" for number, mark in enumerate(marks))
    report = check(put(file, text), SCOPED, departement="08").report
    assert (report.accepted, report.ignored) == (
        marks.count("O"),
        marks.count("N") + marks.count(""),
    )
    assert report.read == len(marks) == report.accepted + report.rejected + report.ignored


WORDS = st.text(st.characters(codec="iso-8859-1", categories=["L"]), min_size=1, max_size=8)


@SOME
@given(
    words=st.lists(WORDS, min_size=1, max_size=5), encoding=st.sampled_from(["utf-8", "iso-8859-1"])
)
def test_a_file_is_read_in_the_encoding_its_bytes_show(
    file: Path, words: list[str], encoding: str
) -> None:
    text = "\n".join(["a", *(f"{word}é" for word in words)])
    reading = check(put(file, text.encode(encoding)), EITHER, departement="08")
    distinct = list(dict.fromkeys(f"{word}é" for word in words))
    assert reading.rows["a"].to_list() == distinct


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("a\né\n".encode("utf-16"), Code.WRONG_ENCODING),
        ("a\né\n".encode("utf-8-sig"), None),
        (b"a\n\xe9\n", None),
        (b"a\nC\x9cUR\n", Code.CP1252_BYTE),
        (b"a\ne\n", None),
    ],
)
def test_what_is_in_neither_encoding_is_refused_and_windows_bytes_are_told(
    file: Path, content: bytes, code: Code | None
) -> None:
    try:
        found = {
            one.code for one in check(put(file, content), EITHER, departement="08").report.anomalies
        }
    except FileRefused as refused:
        found = {refused.code}
    assert found == ({code} if code else set())


def test_a_contract_of_one_encoding_still_refuses_the_other(file: Path) -> None:
    only = small([{"name": "a"}], encodage="iso-8859-1", bom="refuse")
    with pytest.raises(FileRefused) as refused:
        check(put(file, "a\né\n"), only, departement="08")
    assert refused.value.code is Code.WRONG_ENCODING


@given(st.dates(date(1000, 1, 1)))
def test_a_day_written_with_its_midnight_is_that_day(day: date) -> None:
    assert _day(f"{day} 00:00:00.0") == (day.isoformat(), None)


@pytest.mark.parametrize(
    "text",
    ["2022-02-01", "2022-02-30 00:00:00.0", "2022-02-01 12:00:00.0", "2022-02-01 00:00:00x0",
     "2022-02-01 00:00:00", "2022-02-01 00:00:00.00", "01/02/2022 00:00:00.0"],
)  # fmt: skip
def test_a_day_written_otherwise_refuses_its_row(text: str) -> None:
    assert _day(text) == (None, Code.IMPOSSIBLE_DATE)


def _day(text: str) -> tuple[str | None, Code | None]:
    column = DATED.column("j")
    day = computed(lambda given: parsed(given, column.formats), text)
    return day, verdict(form_of(column), text)[1]


def test_null_written_out_is_an_absent_day(file: Path) -> None:
    reading = check(put(file, "a;j\nNULL;NULL\n"), DATED, departement="08")
    assert reading.rows.select("a", "j").row(0) == (None, None)
    assert reading.report.anomalies == ()


def test_a_value_beyond_the_law_is_told_and_kept(file: Path) -> None:
    reading = check(put(file, "a\n90\n21\n"), LAWFUL, departement="08")
    assert said(reading) == [(2, "a", Code.BEYOND_THE_LAW)]
    assert reading.rows["a"].to_list() == ["90", "21"]


def test_a_name_that_announces_its_rows_is_held_to_it() -> None:
    for stated in ({}, {"lignes": "3"}, {"lignes": "003"}):
        check_announced(stated, 3)
    with pytest.raises(FileRefused) as refused:
        check_announced({"lignes": "3"}, 4)
    assert refused.value.code is Code.CONTROL_TOTAL


@pytest.mark.parametrize(
    ("name", "stated"),
    [
        (
            "Liste_BeneficiairesRSA_Inscrits_16_12_2010_1_840.csv",
            {"lignes": "840", "rang": "1", "date_reference": "20101216"},
        ),
        ("Liste_BeneficiairesRSA_Inscrits_16_12_2010_1_840.csv.gpg", {"lignes": "840"}),
        ("RSA_INSCRIPTION_201002_DPT34.csv", {"departement": "34", "date_reference": "20100201"}),
        ("Liste_BeneficiairesRSA_Radiations_16_12_2010_1_840.csv", None),
        ("Liste_BeneficiairesRSA_Inscrits_32_12_2010_1_840.csv", None),
    ],
)
def test_the_name_of_a_list_states_its_day_and_its_rows(
    name: str, stated: dict[str, str] | None
) -> None:
    found = contract("pe-inscrits").parse_name(name)
    if stated is None:
        assert found is None
    else:
        assert stated.items() <= (found or {}).items()


@pytest.mark.parametrize("more", [{"lignes_retenues": {"z": ["O"]}}, {"lignes_gardees": {}}])
def test_a_scope_on_a_column_that_is_not_there_is_a_badly_written_contract(
    more: dict[str, object],
) -> None:
    with pytest.raises(ContractError):
        small([{"name": "a"}], **more)
