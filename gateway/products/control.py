"""The independent look at a finished file, against its grant, before it is sealed.

It shares no code with the builders and trusts none of them. Checks, in order:
1. the grant is in force, the file is text and `;`-separated, with a header and square rows;
2. every column is granted, and none comes twice;
3. the number of rows is the one announced;
4. no value shaped like a NIR outside a granted NIR column;
5. no cell that a spreadsheet would run.
A message names a column or a count, never a value.
"""

import csv
import io
import re
from datetime import date

from gateway.errors import NotAuthorised
from gateway.habilitation import Grant

NIR_COLUMN = "NIR"
_GAPS = re.compile(r"(?<=[0-9ABab])[ .\u00a0\u202f-](?=[0-9ABab])")
_NIR = re.compile(
    r"(?<![0-9])[1-478][0-9]{2}(0[1-9]|1[0-2]|[2-9][0-9])([0-9]{2}|2[ABab])[0-9]{6}([0-9]{2})?(?![0-9])"
)
_FORMULA = re.compile(r"[=+\-@\t\r]")


def check_extract(body: bytes, grant: Grant, *, rows: int, on: date) -> None:
    """Raise `NotAuthorised` unless the file holds what its grant allows, and `rows` rows."""
    grant.check_in_force(on)
    header, *records = _parse(body)
    _check_header(header, grant)
    if any(len(record) != len(header) for record in records):
        raise NotAuthorised(
            "l'extrait contrôlé a des lignes plus courtes ou plus longues que l'en-tête"
        )
    if len(records) != rows:
        raise NotAuthorised(f"l'extrait contrôlé a {len(records)} lignes, {rows} étaient annoncées")
    for name, cells in zip(header, zip(*records, strict=True), strict=False):
        _check_column(name, cells)


def _parse(body: bytes) -> list[list[str]]:
    try:
        text = body.decode("utf-8-sig")
        table = list(csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise NotAuthorised("l'extrait contrôlé est illisible") from error
    if not table:
        raise NotAuthorised("l'extrait contrôlé est vide, en-tête compris")
    return table


def _check_header(header: list[str], grant: Grant) -> None:
    extra = sum(name not in grant.columns for name in header)
    if extra:
        raise NotAuthorised(
            f"l'extrait contrôlé a {extra} colonne(s) que l'habilitation n'ouvre pas"
        )
    if len(set(header)) < len(header):
        raise NotAuthorised("l'extrait contrôlé répète une colonne")


def _check_column(name: str, cells: tuple[str, ...]) -> None:
    nirs = 0 if name == NIR_COLUMN else sum(_holds_nir(cell) for cell in cells)
    if nirs:
        raise NotAuthorised(f"la colonne {name} contient {nirs} valeur(s) en forme de NIR")
    formulas = sum(_FORMULA.match(cell) is not None for cell in cells)
    if formulas:
        raise NotAuthorised(f"la colonne {name} contient {formulas} formule(s) de tableur")


def _holds_nir(cell: str) -> bool:
    return _NIR.search(_GAPS.sub("", cell)) is not None or _NIR.search(cell) is not None
