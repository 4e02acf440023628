"""Read in columns or record by record, a file has the same rows, places, anomalies and refusals."""

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from schemas.contract import Arrangement, Contract
from schemas.readers import blocks, plain
from schemas.readers.delimited import read_delimited
from schemas.reading import FileRefused
from schemas.registry import contract
from tests.schemas.slow_reader import Told, read_slowly

THREE = replace(contract("cnaf-contacts"), columns=contract("cnaf-contacts").columns[:3])
A, B, C = (column.name for column in THREE.columns)
TOLERANT = replace(THREE, trailing_separator_tolerated=True, quoted_lines_tolerated=True)
CONTRACTS = [
    THREE,
    replace(TOLERANT, encoding="utf-8", bom_tolerated=True),
    replace(THREE, quoted_lines_tolerated=True),
    replace(THREE, trailing_separator_tolerated=True, separator="|"),
    replace(TOLERANT, arrangements=(Arrangement("deux", (C, A)),)),
]
ROWS = [
    "a;b;c",
    "a;b",
    "a;b;c;",
    "a;b;c;d",
    "",
    " ",
    ";;",
    "é;œ;\x91",
    ";\u00e9;\u00a0",
    "long" * 9,
]
QUOTED = ['"a";"b";"c"', '"a;b;c"', '"a;b;c;"', '""', '"a";"b;b";""', '"a;b;c";', '"a"";";"b";"c"',
          '"""a"";""b"";c"', '"a";"b";"c\nd"', '"a";"b";"c";', '"']  # fmt: skip
ODD = [*';|"\r\n\t \x00\x1a\x1d\x1e\x1f\x0b\x1c\x85aé', '""', '";"', '"\n"', "\r\n", "\n\n"]
NEWLINES = st.sampled_from(["\n", "\n", "\r\n", "\r"])
TEXTS = st.one_of(
    st.tuples(st.lists(st.sampled_from(ROWS)), NEWLINES),
    st.tuples(st.lists(st.sampled_from(QUOTED)), NEWLINES),
    st.tuples(st.lists(st.sampled_from([*ROWS, *QUOTED, *ODD])), NEWLINES),
).map(lambda drawn: drawn[1].join([*drawn[0], ""])) | st.lists(
    st.sampled_from([*ODD, *ROWS[:2], *QUOTED[:2]])
).map("".join)
SOME = settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Small enough for a short text to be cut everywhere, and to hold values too long."""
    monkeypatch.setattr(blocks, "BLOCK", 16)
    monkeypatch.setattr(plain, "MOST_LINES", 3)
    before = csv.field_size_limit(30)
    yield
    csv.field_size_limit(before)


def columns_of(known: Contract) -> tuple[str, ...]:
    return known.arrangements[0].columns if known.arrangements else (A, B, C)


def read_fast(path: Path, known: Contract) -> Told:
    told = Told()
    read = 0
    try:
        for batch in read_delimited(path, known):
            told.rows += batch.rows
            told.misshapen += batch.misshapen
            read += batch.read
    except FileRefused as refused:
        told.refused = (refused.code, refused.line)
    else:
        assert read == len(told.rows) + len(told.misshapen)
        assert batch.position == path.stat().st_size - path.read_bytes().endswith(b"\x1a")
    return told


@pytest.mark.parametrize("known", CONTRACTS)
@SOME
@given(text=TEXTS)
@example(text='"')
@example(text='"a;b;c"\r\n"a;b;c"')
@example(text="\ufeffa;b;c\n")
def test_both_readings_agree(narrow: None, tmp_path: Path, known: Contract, text: str) -> None:
    head = known.separator.join(columns_of(known)) + "\n"
    body = (head + text.replace(";", known.separator)).encode(known.encoding, "ignore")
    (tmp_path / "depot").write_bytes(body)
    fast = read_fast(tmp_path / "depot", known)
    slow = read_slowly(body.decode(known.encoding), known, columns_of(known))
    if slow.refused is None:
        assert fast == slow
    else:
        assert fast.refused == slow.refused
