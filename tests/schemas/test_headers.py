"""How the header and the lines of a delimited file may be written, where a contract says so."""

from dataclasses import replace
from pathlib import Path

import pytest

from schemas.check import check
from schemas.codes import Code
from schemas.contract import Arrangement, Contract, Tolerance
from schemas.reading import Anomaly, FileRefused, Reading
from schemas.registry import contract

ALL = contract("cnaf-contacts")
THREE = replace(ALL, columns=tuple(ALL.column(n) for n in ("MATRICULE", "NIR", "TYPE PERSONNE")))
EVERY = frozenset(Tolerance)
LONG = Arrangement("longue", ("MATRICULE", "TYPE PERSONNE", "NIR"))
SHORT = Arrangement("courte", ("TYPE PERSONNE", "MATRICULE"))
ARRANGED = replace(THREE, arrangements=(LONG, SHORT))
WHOLE = replace(THREE, quoted_lines_tolerated=True)
HEAD = "MATRICULE;NIR;TYPE PERSONNE\n"


def read(folder: Path, known: Contract, text: str) -> Reading:
    (folder / "depot").write_bytes(text.encode(known.encoding))
    return check(folder / "depot", known, departement="08")


def cells(reading: Reading) -> list[tuple[str | None, ...]]:
    return reading.rows.select("MATRICULE", "NIR", "TYPE PERSONNE").rows()


@pytest.mark.parametrize(
    ("head", "row", "kept"),
    [
        ("MATRICULE;TYPE PERSONNE;NIR", "1234567;Madame;", ("1234567", None, "Madame")),
        ("TYPE PERSONNE;MATRICULE", "Madame;1234567", ("1234567", None, "Madame")),
        ("TYPE PERSONNE;MATRICULE", '"Ma""dame";1234567', ("1234567", None, 'Ma"dame')),
    ],
)
def test_a_header_says_which_arrangement_the_columns_have(
    tmp_path: Path, head: str, row: str, kept: tuple[str | None, ...]
) -> None:
    assert cells(read(tmp_path, ARRANGED, f"{head}\n{row}\n")) == [kept]


def test_the_order_of_the_frame_is_no_arrangement_where_others_are_declared(tmp_path: Path) -> None:
    with pytest.raises(FileRefused) as refused:
        read(tmp_path, ARRANGED, HEAD)
    assert refused.value.code is Code.WRONG_HEADER


@pytest.mark.parametrize(
    ("head", "tolerance"),
    [
        ("Matricule;nir;Type Personne", Tolerance.CASE),
        ("MATRICULE;NIR;TYPE  PERSONNE", Tolerance.BLANKS),
        ("MATRICULE;NIR;TYPEPERSONNE", Tolerance.BLANKS),
        ("MATRICULÉ;NÏR;TYPE PERSONNE", Tolerance.ACCENTS),
    ],
)
def test_a_header_known_only_by_tolerance_is_warned_of_once(
    tmp_path: Path, head: str, tolerance: Tolerance
) -> None:
    known = replace(THREE, header_tolerance=frozenset({tolerance}))
    report = read(tmp_path, known, f"{head}\n1234567;;\n").report
    assert report.anomalies == (Anomaly(1, 1, 0, None, Code.HEADER_RECOGNISED),)
    assert (report.read, report.accepted, report.rejected) == (1, 1, 0)
    for other in (THREE, replace(THREE, header_tolerance=EVERY - {tolerance})):
        with pytest.raises(FileRefused) as refused:
            read(tmp_path, other, f"{head}\n1234567;;\n")
        assert refused.value.code is Code.WRONG_HEADER


def test_a_header_written_as_it_should_is_not_warned_of(tmp_path: Path) -> None:
    known = replace(THREE, header_tolerance=EVERY)
    assert read(tmp_path, known, HEAD + "1234567;;\n").report.anomalies == ()
    with pytest.raises(FileRefused):
        read(tmp_path, known, "MATRICULE;NIRS;TYPE PERSONNE\n")


@pytest.mark.parametrize("row", ['"1234567;;Madame"', '"1234567;;""Madame"""', '1234567;"";Madame'])
@pytest.mark.parametrize(
    "head", [HEAD, f'"{HEAD.strip()}"\n', '"""MATRICULE"";NIR;TYPE PERSONNE"\n']
)
def test_a_line_whole_between_quotes_is_its_inside(tmp_path: Path, head: str, row: str) -> None:
    assert cells(read(tmp_path, WHOLE, f"{head}{row}\n{row}\n")) == [("1234567", None, "Madame")]


def test_elsewhere_a_line_whole_between_quotes_is_one_cell(tmp_path: Path) -> None:
    with pytest.raises(FileRefused) as refused:
        read(tmp_path, THREE, HEAD + '"1234567;;Madame"\n')
    assert refused.value.report is not None
    assert [one.code for one in refused.value.report.anomalies] == [Code.SHORT_ROW]


def test_one_trailing_separator_is_none_where_it_is_tolerated(tmp_path: Path) -> None:
    known = replace(THREE, trailing_separator_tolerated=True)
    report = read(tmp_path, known, "MATRICULE;NIR;TYPE PERSONNE;\n1234567;;;\n7654321;;\n").report
    assert (report.accepted, report.anomalies) == (2, ())
    with pytest.raises(FileRefused):
        read(tmp_path, known, HEAD + "1234567;;;;\n")


@pytest.mark.parametrize("text", [HEAD, HEAD + "1234567;;Madame\n", HEAD + '1234567;"";Madame'])
def test_a_last_end_of_file_character_is_no_text(tmp_path: Path, text: str) -> None:
    marked, bare = read(tmp_path, THREE, text + "\x1a"), read(tmp_path, THREE, text)
    assert cells(marked) == cells(bare)
    assert marked.report == bare.report


def test_an_end_of_file_character_is_tolerated_once_and_at_the_end_only(tmp_path: Path) -> None:
    plain = "".join(f"{number};;\n" for number in range(1_000_000, 1_000_030))
    for odd, line in (("1234567;;Ma\x1adame\n", 32), ("1234567;;\x1a\x1a", 32)):
        report = read(tmp_path, THREE, HEAD + plain + odd).report
        assert [(one.code, one.line) for one in report.anomalies] == [(Code.WRONG_FORMAT, line)]
