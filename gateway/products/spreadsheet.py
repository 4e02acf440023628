"""Reads an XLSX of ours again, with fastexcel, and looks inside the archive for what fastexcel does not show.

A value, a sheet, a formula, a remark or a name of the file that no visible text cell bears is a `ValueError`.
"""

import io
import re
import zipfile

import fastexcel

SHEET, STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
CORE, APP, BOOK = "docProps/core.xml", "docProps/app.xml", "xl/workbook.xml"
PARTS = frozenset(
    {
        "[Content_Types].xml",
        "_rels/.rels",
        APP,
        CORE,
        "xl/_rels/workbook.xml.rels",
        STRINGS,
        "xl/styles.xml",
        "xl/theme/theme1.xml",
        BOOK,
        SHEET,
    }
)
_ELEMENTS = frozenset(
    b"worksheet dimension sheetViews sheetView sheetFormatPr sheetData row c v pageMargins".split()
)
_ELEMENT = re.compile(rb"<([A-Za-z][A-Za-z0-9:]*)")
_CELL = re.compile(rb"<c ([^>]*)>")
_TAG = re.compile(rb"<[^>]*>")
_DATES = re.compile(rb"[0-9TZ:\s-]*")


def read_sheet(body: bytes) -> list[list[str]]:
    """Every row of the only sheet, the header first. Raises `ValueError`."""
    table = _rows(body)
    # fastexcel has read it: it is a sound archive
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        names = archive.namelist()
        if len(set(names)) < len(names) or set(names) != PARTS or archive.comment:
            raise ValueError("a part that we never write")
        _check_sheet(archive.read(SHEET))
        _check_strings(archive.read(STRINGS), table)
        _check_properties(archive)
    return table


def _rows(body: bytes) -> list[list[str]]:
    try:
        workbook = fastexcel.read_excel(body)
        if len(workbook.sheet_names) != 1:
            raise ValueError("more than one sheet")
        frame = workbook.load_sheet(0, header_row=None, dtypes="string").to_polars()
    except fastexcel.FastExcelError as error:
        raise ValueError("not a workbook") from error
    return [[cell or "" for cell in row] for row in frame.rows()]


def _check_sheet(xml: bytes) -> None:
    if set(_ELEMENT.findall(xml)) - _ELEMENTS:
        raise ValueError("a formula, a remark or a link")
    if any(b't="s"' not in cell for cell in _CELL.findall(xml)):
        raise ValueError("a cell that is not text")


def _check_properties(archive: zipfile.ZipFile) -> None:
    bare = _DATES.fullmatch(_TAG.sub(b"", archive.read(CORE)))
    app = archive.read(APP)
    named = b"<Manager>" in app or b"<Company></Company>" not in app
    if not bare or named or b"<definedName" in archive.read(BOOK):
        raise ValueError("a name in the properties of the file")


def _check_strings(xml: bytes, table: list[list[str]]) -> None:
    shown = {cell for row in table for cell in row if cell}
    if xml.count(b"<si>") != len(shown):
        raise ValueError("a text that no cell shows")
