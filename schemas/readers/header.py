"""The header of delimited text: which columns stand where.

1. It is the first line: the names of one of the contract's arrangements, in order; quotes and blanks
   around a name are nothing, and so is one trailing separator where the contract says so.
2. A name that differs only in what the contract tolerates (case, accents, blanks) is known, with one
   warning (GW-512). Anything else refuses the file (GW-504).
"""

import csv
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from schemas.codes import Code
from schemas.contract import Contract, Tolerance
from schemas.reading import Anomaly, FileRefused


@dataclass(frozen=True, slots=True)
class Header:
    """The columns of the file, in its order, and what there is to say of how they are written."""

    columns: tuple[str, ...]
    warnings: tuple[Anomaly, ...] = ()


def read_header(line: str, contract: Contract) -> Header:
    """Recognise the header. Raises `FileRefused`."""
    found = _names(line, contract)
    known = list(_arrangements(contract))
    for columns in known:
        if found == columns:
            return Header(columns)
    written = [_folded(name, contract) for name in found]
    for columns in known:
        if written == [_folded(name, contract) for name in columns]:
            return Header(columns, (Anomaly(1, 1, 0, None, Code.HEADER_RECOGNISED),))
    raise FileRefused(Code.WRONG_HEADER, line=1)


def line_in_quotes(cells: list[str], contract: Contract, width: int) -> list[str]:
    """Give the cells of a line that stood whole between quotes, its inner quotes doubled."""
    if not contract.quoted_lines_tolerated or len(cells) >= width:
        return cells
    bare = cells[:-1] if contract.trailing_separator_tolerated and cells[1:] == [""] else cells
    if len(bare) != 1 or contract.separator not in bare[0]:
        return cells
    try:
        return next(csv.reader(bare, delimiter=contract.separator, strict=True))
    except csv.Error:
        return cells


def _names(line: str, contract: Contract) -> tuple[str, ...]:
    try:
        cells = next(csv.reader([line], delimiter=contract.separator), [])
    except csv.Error:
        return ()
    cells = line_in_quotes(cells, contract, len(contract.read_columns))
    names = [name.strip().strip('"').strip() for name in cells]
    if contract.trailing_separator_tolerated and names[-1:] == [""]:
        names.pop()
    return tuple(names)


def _arrangements(contract: Contract) -> Iterator[tuple[str, ...]]:
    if not contract.arrangements:
        yield tuple(column.name for column in contract.read_columns)
    for arrangement in contract.arrangements:
        yield arrangement.columns


def _folded(name: str, contract: Contract) -> str:
    tolerated = contract.header_tolerance
    if Tolerance.ACCENTS in tolerated:
        parts = unicodedata.normalize("NFD", name)
        name = "".join(each for each in parts if not unicodedata.combining(each))
    if Tolerance.CASE in tolerated:
        name = name.casefold()
    if Tolerance.BLANKS in tolerated:
        name = "".join(name.split())
    return name
