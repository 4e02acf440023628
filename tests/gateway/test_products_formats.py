"""The four formats: the same frame is the same bytes, nothing runs, every text comes back as it was."""

import hashlib
import io
import json
import subprocess
import sys
from dataclasses import replace

import fastexcel
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.habilitation import Format
from gateway.products import PRODUCTS, write
from gateway.products.cells import UnsafeCell, is_formula
from gateway.products.formats.workbook import LONGEST_CELL
from gateway.products.readback import read_back
from tests.house.tree import ROOT

FREE = replace(PRODUCTS["risque-rupture"], shapes={})
FRAME = pl.DataFrame(
    {
        "ID_CD": ["0012345", "007", None, "1e5"],
        "MOTIF": ["05/06/1952", "1 85 03 l'été ; « fin »", "=1+1", 'dit "oui"\npuis non'],
    }
)
TEXTS = [
    ["0012345", "05/06/1952"],
    ["007", "1 85 03 l'été ; « fin »"],
    ["", "'=1+1"],
    ["1e5", 'dit "oui"\npuis non'],
]
EVERY = pytest.mark.parametrize("kind", list(Format))
_ELSEWHERE = """
import sys, hashlib, polars as pl
from dataclasses import replace
from gateway.habilitation import Format
from gateway.products import PRODUCTS, write
frame = pl.read_json(sys.stdin.buffer, schema={"ID_CD": pl.String, "MOTIF": pl.String})
product = replace(PRODUCTS["risque-rupture"], shapes={})
for kind in Format:
    sys.stdout.write(hashlib.sha256(write(frame, kind, product)).hexdigest() + "\\n")
"""


def test_the_same_frame_is_the_same_bytes_in_another_process_and_in_pieces() -> None:
    here = [hashlib.sha256(write(FRAME, kind, FREE)).hexdigest() for kind in Format]
    there = subprocess.run(
        [sys.executable, "-c", _ELSEWHERE],
        input=FRAME.write_json().encode(),
        capture_output=True,
        check=True,
        cwd=ROOT,
        timeout=60,
    )
    assert there.stdout.decode().split() == here
    pieces = pl.concat([FRAME[:1], FRAME[1:]], rechunk=False)
    assert [hashlib.sha256(write(pieces, kind, FREE)).hexdigest() for kind in Format] == here


@EVERY
def test_every_text_comes_back_and_what_would_run_is_disarmed(kind: Format) -> None:
    header, rows = read_back(write(FRAME, kind, FREE), kind)
    assert (header, rows) == (["ID_CD", "MOTIF"], TEXTS)


def test_a_spreadsheet_reader_sees_texts_and_nothing_else() -> None:
    """Not by our reader, and guessing types as it likes: zeros and dates stay as they were written."""
    book = fastexcel.read_excel(write(FRAME, Format.XLSX, FREE))
    assert book.sheet_names == ["Extrait"]
    frame = book.load_sheet(0).to_polars()
    assert set(frame.dtypes) == {pl.String}
    assert [[cell or "" for cell in row] for row in frame.rows()] == TEXTS


def test_other_libraries_read_parquet_and_json() -> None:
    read = pl.scan_parquet(io.BytesIO(write(FRAME, Format.PARQUET, FREE))).collect()
    assert read.schema == {"ID_CD": pl.String, "MOTIF": pl.String} and read["ID_CD"][2] is None
    first, *_ = write(FRAME, Format.JSONL, FREE).decode().splitlines()
    assert json.loads(first) == {"ID_CD": "0012345", "MOTIF": "05/06/1952"}


# XML 1.0 cannot hold them, and no flow lets them in.
_TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Zl", "Zp"]), max_size=12
)
_STARTS = st.sampled_from(["", "=", "+", "-", "@", " =", "＝", "\u00a0@", "\t"])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(_STARTS, _TEXTS), min_size=1, max_size=5), st.sampled_from(list(Format)))
def test_whatever_is_written_nothing_runs_and_nothing_is_lost(
    cells: list[tuple[str, str]], kind: Format
) -> None:
    texts = [start + text for start, text in cells]
    frame = pl.DataFrame({"ID_CD": ["x"] * len(texts), "MOTIF": texts})
    _, rows = read_back(write(frame, kind, FREE), kind)
    written = [cell for _, cell in rows]
    assert not any(is_formula(cell) for cell in written)
    assert written == [f"'{text}" if is_formula(text) else text for text in texts]


@EVERY
def test_nobody_to_write_of_is_a_header_alone(kind: Format) -> None:
    header, rows = read_back(write(FRAME.clear(), kind, FREE), kind)
    assert rows == [] and header == ([] if kind is Format.JSONL else ["ID_CD", "MOTIF"])


@EVERY
def test_a_cell_of_another_shape_stops_every_format(kind: Format) -> None:
    frame = pl.DataFrame({"JOURS": ["12", "douze"]})
    with pytest.raises(UnsafeCell, match=r"^1 cells of JOURS have not the shape"):
        write(frame, kind, PRODUCTS["risque-rupture"])


def test_what_a_sheet_cannot_hold_stops_it() -> None:
    frame = pl.DataFrame({"MOTIF": ["x" * (LONGEST_CELL + 1)]})
    with pytest.raises(UnsafeCell, match=f"longer than {LONGEST_CELL}"):
        write(frame, Format.XLSX, FREE)


@EVERY
def test_a_departement_has_its_own_names_of_columns(kind: Format) -> None:
    product = replace(FREE, headers={"MOTIF": "Pourquoi"})
    header, _ = read_back(write(FRAME, kind, product), kind)
    assert header == ["ID_CD", "Pourquoi"]
