"""Whatever the format, a leak planted in a finished file is refused, and its value is not repeated."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from gateway.errors import NotAuthorised
from gateway.habilitation import Format, Gate
from gateway.products import PRODUCTS, check_extract, write
from gateway.products.control import key_of
from tests.world.extracts import grant_of

A_DAY = date(2022, 6, 15)
PRODUCT = PRODUCTS["risque-rupture"]
COLUMNS = ("ID_CD", "REGLE", "MOTIF")
Columns = Mapping[str, Sequence[str | None]]
GOOD: Columns = {
    "ID_CD": ["CD-1", "CD-2"],
    "REGLE": ["R09", "R13b"],
    "MOTIF": ["Contrat terminé.", None],
}
ALLOWED = frozenset({"CD-1", "CD-2", "CD-3"})
A_NIR = "1" + "85" + "03" + "99" + "123456"  # its shape, of nobody: no such town
EVERY = pytest.mark.parametrize("kind", list(Format))
NOBODYS = replace(PRODUCT, shapes={})


def body_of(columns: Columns, kind: Format) -> bytes:
    """Written without being looked at: a writer that went wrong."""
    names = {name: name for name in columns}
    frame = pl.DataFrame(dict(columns), schema=dict.fromkeys(names, pl.String))
    return write(frame, kind, NOBODYS)


def check(
    body: bytes,
    kind: Format,
    *,
    rows: int = 2,
    on: date = A_DAY,
    allowed: frozenset[str] | None = ALLOWED,
) -> None:
    grant = grant_of("risque-rupture", COLUMNS, A_DAY, kind=kind)
    check_extract(body, grant, PRODUCT, rows=rows, on=on, allowed=allowed)


@EVERY
def test_a_file_as_granted_passes(kind: Format) -> None:
    check(body_of(GOOD, kind), kind)
    check(body_of({name: [] for name in GOOD}, kind), kind, rows=0)


PLANTED: Mapping[str, tuple[Columns, str]] = {
    "a column": ({**GOOD, "NIR": [None, "2"]}, "1 colonne"),
    "somebody not followed": ({**GOOD, "ID_CD": ["CD-1", "CD-9"]}, "1 ligne.* ne suit pas"),
    "somebody without a name": ({**GOOD, "ID_CD": ["CD-1", None]}, "1 ligne.* ne suit pas"),
    "a NIR": ({**GOOD, "MOTIF": ["Vu.", f"Voir {A_NIR}"]}, "1 valeur.* forme de NIR"),
    "a spaced NIR": ({**GOOD, "REGLE": ["R09", "1 85 03 99 123 456"]}, "1 valeur.* forme de NIR"),
    "a row more": ({name: [*cells, cells[0]] for name, cells in GOOD.items()}, "3 lignes"),
    "a row less": ({name: cells[:1] for name, cells in GOOD.items()}, "1 lignes"),
}


@EVERY
@pytest.mark.parametrize("planted", PLANTED)
def test_a_leak_is_refused_in_every_format(kind: Format, planted: str) -> None:
    columns, said = PLANTED[planted]
    with pytest.raises(NotAuthorised, match=said) as caught:
        check(body_of(columns, kind), kind)
    assert not any(cell in str(caught.value) for cell in (A_NIR, "CD-9"))


@EVERY
def test_the_days_of_the_grant_and_who_may_be_read_are_asked_again(kind: Format) -> None:
    body = body_of(GOOD, kind)
    for day in (A_DAY - timedelta(days=1), date(2025, 1, 1)):
        with pytest.raises(NotAuthorised, match="pas en vigueur"):
            check(body, kind, on=day)
    with pytest.raises(NotAuthorised, match="quelles personnes"):
        check(body, kind, allowed=None)


def test_a_product_that_speaks_of_nobody_has_no_keys_to_check() -> None:
    grant = grant_of("risque-rupture", COLUMNS, A_DAY)
    product = replace(PRODUCT, gate=Gate.NOBODY)
    check_extract(body_of(GOOD, Format.CSV), grant, product, rows=2, on=A_DAY, allowed=None)


def test_a_key_of_several_cells_is_not_joined_with_another() -> None:
    assert key_of(["a", "bc"]) != key_of(["ab", "c"]) and key_of(["a", None]) == key_of(["a", ""])


def csv_of(columns: Columns) -> bytes:
    return "\r\n".join(
        [
            ";".join(columns),
            *(";".join(cell or "" for cell in row) for row in zip(*columns.values(), strict=True)),
        ]
    ).encode()


def lines_of(columns: Columns) -> bytes:
    rows = (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def parquet_of(columns: Columns) -> bytes:
    body = io.BytesIO()
    pl.DataFrame(dict(columns)).write_parquet(body)
    return body.getvalue()


def book_of(
    columns: Columns, touch: Callable[[Any, Any], object] = lambda _book, _sheet: None
) -> bytes:
    body = io.BytesIO()
    book = xlsxwriter.Workbook(body, {"in_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet("Extrait")
    for place, (name, cells) in enumerate(columns.items()):
        for at, cell in enumerate([name, *cells]):
            if cell:
                sheet.write_string(at, place, cell)
    touch(book, sheet)
    book.close()
    return body.getvalue()


RAW = {Format.CSV: csv_of, Format.JSONL: lines_of, Format.PARQUET: parquet_of, Format.XLSX: book_of}


@EVERY
@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", " =", "＝"])
def test_a_formula_that_nobody_disarmed_is_refused(kind: Format, start: str) -> None:
    armed = {**GOOD, "MOTIF": [f"{start}1+1", None]}
    with pytest.raises(NotAuthorised, match="1 formule"):
        check(RAW[kind](armed), kind)
    check(RAW[kind](GOOD), kind)


HIDDEN: Mapping[str, Callable[[Any, Any], object]] = {
    "another sheet": lambda book, _: book.add_worksheet("Autre").write_string(0, 0, "CD-9"),
    "a hidden sheet": lambda book, _: book.add_worksheet("Autre").hide(),
    "a formula": lambda _, sheet: sheet.write_formula(1, 2, '="a"', None, "Contrat terminé."),
    "a number": lambda _, sheet: sheet.write_number(2, 2, 42),
    "a remark": lambda _, sheet: sheet.write_comment(1, 1, "CD-9"),
    "a link": lambda _, sheet: sheet.write_url(2, 2, "https://example.org/", None, "ici"),
    "an author": lambda book, _: book.set_properties({"author": "CD-9"}),
    "a company": lambda book, _: book.set_properties({"company": "CD-9"}),
    "a manager": lambda book, _: book.set_properties({"manager": "CD-9"}),
    "a title": lambda book, _: book.set_properties({"title": "CD-9"}),
    "a property": lambda book, _: book.set_custom_property("dossier", "CD-9"),
    "a header of pages": lambda _, sheet: sheet.set_header("CD-9"),
    "a text nothing shows": lambda book, _: book.str_table._get_shared_string_index("CD-9"),
    "a name": lambda book, _: book.define_name("dossier", '="CD-9"'),
}


@pytest.mark.parametrize("hidden", HIDDEN)
def test_a_spreadsheet_that_holds_more_than_it_shows_is_refused(hidden: str) -> None:
    with pytest.raises(NotAuthorised):
        check(book_of(GOOD, HIDDEN[hidden]), Format.XLSX)


def test_a_part_added_to_the_archive_is_refused() -> None:
    body = io.BytesIO(book_of(GOOD))
    with zipfile.ZipFile(body, "a") as archive:
        archive.writestr("note.txt", "CD-9")
    with pytest.raises(NotAuthorised, match="illisible"):
        check(body.getvalue(), Format.XLSX)


def labelled() -> bytes:
    body = io.BytesIO()
    pl.DataFrame(GOOD).write_parquet(body, metadata={"note": "CD-9"})
    return body.getvalue()


def numbered() -> bytes:
    body = io.BytesIO()
    pl.DataFrame({**GOOD, "MOTIF": [1, 2]}).write_parquet(body)
    return body.getvalue()


@pytest.mark.parametrize("body", [labelled(), numbered(), b"", parquet_of(GOOD)[:-9]])
def test_a_parquet_that_holds_more_or_is_cut_is_refused(body: bytes) -> None:
    with pytest.raises(NotAuthorised, match="illisible"):
        check(body, Format.PARQUET)


LINE = b'{"ID_CD":"CD-1","REGLE":"R09","MOTIF":null}\n'


@pytest.mark.parametrize(
    "second",
    [
        b'{"ID_CD":"CD-2","ID_CD":"CD-9","REGLE":"R09","MOTIF":null}\n',
        b'{"ID_CD":"CD-2","REGLE":"R09","MOTIF":null,"NIR":"x"}\n',
        b'{"ID_CD":"CD-2","REGLE":"R09"}\n',
        b'{"ID_CD":"CD-2","REGLE":"R09","MOTIF":{"NIR":"x"}}\n',
        b'{"ID_CD":"CD-2","REGLE":"R09","MOTIF":12}\n',
        b'["CD-2"]\n',
        b"CD-2\n",
        b"\n",
        LINE.removesuffix(b"\n"),
        b"\xff\n",
    ],
)
def test_a_line_that_is_not_like_the_first_is_refused(second: bytes) -> None:
    check(LINE * 2, Format.JSONL)
    with pytest.raises(NotAuthorised):
        check(LINE + second, Format.JSONL)


@EVERY
def test_a_file_of_another_format_is_refused(kind: Format) -> None:
    for other in Format:
        if other is not kind:
            with pytest.raises(NotAuthorised):
                check(body_of(GOOD, other), kind)
