"""A file gone through batch by batch: its rows are handed on, and memory stays bounded."""

import io
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import rejects, tally
from schemas.check import check, examine, ignore
from schemas.codes import Code
from schemas.readers import blocks
from schemas.reading import Anomaly, FileRefused, Report
from schemas.registry import contract
from schemas.rejects import TooMany, write_rejects
from schemas.repetitions import Repetitions
from schemas.tally import MOST_LISTED, Tally
from tests.schemas.papers import Desk, contact, dossier, lines, pecg, wrong_key

ROOT = Path(__file__).parents[2]
CONTACTS = contract("cnaf-contacts")
PATIENT = replace(CONTACTS, reject_threshold=1.0)


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    monkeypatch.setattr(blocks, "BLOCK", 512)

    def write(*rows: list[str]) -> Path:
        path = tmp_path / "depot"
        path.write_bytes(lines("cnaf-contacts", rows).encode("iso-8859-15"))
        return path

    return write


def test_rows_are_handed_on_batch_by_batch_and_are_those_of_a_check(
    written: Callable[..., Path],
) -> None:
    rows = [contact(n % 30, NIR=wrong_key() if n == 7 else "") for n in range(40)]
    path, handed = written(*rows), list[pl.DataFrame]()
    found = examine(path, CONTACTS, departement=None, consume=handed.append)
    reading = check(path, CONTACTS, departement="08")
    assert len(handed) > 4
    assert pl.concat(handed).equals(reading.rows)
    assert found.report == reading.report
    assert (found.report.accepted, found.report.rejected, found.report.ignored) == (30, 1, 9)


def test_progress_goes_from_nothing_to_the_whole_file(written: Callable[..., Path]) -> None:
    path, told = written(*(contact(n) for n in range(40))), list[tuple[int, int]]()
    examine(path, CONTACTS, departement=None, progress=lambda *each: told.append(each))
    size = path.stat().st_size
    assert told[0] == (0, size)
    assert told[-1] == (size, size)
    assert told == sorted(told)
    assert len({done for done, _ in told}) > 5


def test_whose_file_it_is_is_not_asked_when_nobody_says_who_sends_it(desk: Desk) -> None:
    text = pecg([dossier(1)], departement="51", end_departement="51")
    assert desk.refusal("pe-parcours", text).code is Code.OTHER_DEPARTEMENT
    found = examine(desk._file, contract("pe-parcours"), departement=None)
    assert found.departement == "51"
    uneven = pecg([dossier(1)], departement="51", end_departement="52")
    desk.refusal("pe-parcours", uneven)
    with pytest.raises(FileRefused) as refused:
        examine(desk._file, contract("pe-parcours"), departement=None)
    assert refused.value.code is Code.HEADER_FOOTER_DIFFER


def test_anomalies_past_a_bound_are_counted_and_no_more_listed(
    written: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tally, "MOST_LISTED", 5)
    rows = [contact(n, NIR=wrong_key(), TEL="12" if n % 2 else "") for n in range(40)]
    report = examine(written(*rows), PATIENT, departement=None).report
    assert len(report.anomalies) == 10
    assert [a.record for a in report.anomalies if a.column == "NIR"] == [1, 2, 3, 4, 5]
    assert report.by_column() == {
        (Code.NIR_KEY, "NIR"): 40,
        (Code.PHONE, "NUMERO TELEPHONE DOSSIER"): 20,
    }
    assert report.by_code() == {Code.NIR_KEY: 40, Code.PHONE: 20}


def test_a_record_of_several_bad_rows_hides_no_other_record(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tally, "MOST_LISTED", 2)
    counted = Tally()
    counted.add(Anomaly(1, 1, record, "NIR", Code.NIR_KEY) for record in (1, 1, 1, 2, 2, 3, 4))
    assert [one.record for one in counted.in_file_order(CONTACTS)] == [1, 1, 1, 2, 2]
    assert counted.counts == {(Code.NIR_KEY, "NIR"): 7}


def test_as_long_as_rejects_are_written_none_is_missing(
    written: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert rejects.MOST_RECORDS < MOST_LISTED
    monkeypatch.setattr(rejects, "MOST_RECORDS", 6)
    monkeypatch.setattr(tally, "MOST_LISTED", 7)
    for number in (6, 7):
        bad = [contact(n, **{("NIR", "DATE")[n % 2]: wrong_key()}) for n in range(number)]
        warned = [contact(n + 10, TEL="12") for n in range(30)]
        path = written(*warned, *bad)
        report, out = examine(path, PATIENT, departement=None).report, io.BytesIO()
        if number == 6:
            write_rejects(path, PATIENT, report, out)
            assert len(out.getvalue().splitlines()) == 1 + number
        else:
            with pytest.raises(TooMany):
                write_rejects(path, PATIENT, report, out)


def test_a_report_made_by_hand_counts_what_it_lists() -> None:
    wrong = (Anomaly(2, 2, 1, "NIR", Code.NIR_KEY), Anomaly(3, 3, 2, None, Code.SHORT_ROW))
    report = Report("cnaf-contacts", "1.0.0", 2, 0, 2, 0, wrong)
    assert report.by_column() == {(Code.NIR_KEY, "NIR"): 1, (Code.SHORT_ROW, None): 1}


@settings(max_examples=30)
@given(st.lists(st.lists(st.tuples(*[st.sampled_from(["", "a", "ab", "b", None])] * 2))))
def test_a_row_is_a_repetition_when_the_same_was_seen_in_any_batch(
    batches: list[list[tuple[str | None, str | None]]],
) -> None:
    seen = Repetitions()
    found = []
    for rows in batches:
        frame = pl.DataFrame(rows, schema={"x": pl.String, "y": pl.String}, orient="row")
        found += seen.first(frame).to_list()
    flat = [row for rows in batches for row in rows]
    assert found == [row not in flat[:place] for place, row in enumerate(flat)]


def test_rows_before_the_line_that_refuses_the_file_have_all_been_handed_on(
    written: Callable[..., Path],
) -> None:
    path, handed = written(*(contact(n) for n in range(40))), list[pl.DataFrame]()
    path.write_bytes(path.read_bytes() + b'"never closed\n')
    with pytest.raises(FileRefused) as refused:
        examine(path, CONTACTS, departement=None, consume=handed.append)
    assert (refused.value.code, refused.value.line) == (Code.MALFORMED_CSV, 42)
    lines_seen = pl.concat(handed)["LIGNE"].to_list()
    assert lines_seen == list(range(2, 2 + len(lines_seen)))
    assert len(lines_seen) > 30


HOSTILE = {
    "ten megabytes in one value": b'A;B;C\n1;2;"' + b"x" * (10 << 20) + b'"\n',
    "ten megabytes without a quote": b"A;B;C\n1;2;" + b"x" * (10 << 20) + b"\n",
    "a line without end": b"A;B;C\n1;2;3\n" + b"x" * (12 << 20),
    "a header without end": b"A" * (12 << 20),
    "a million empty columns": b"A;B;C\n" + b";" * 1_000_000 + b"\n",
    "a quote that never closes": b'A;B;C\n"' + b"1;2;3\n" * 1_000_000,
    "NUL bytes only": b"A;B;C\n" + b"\0" * (5 << 20),
    "carriage returns": b"A;B;C\n" + b"\r" * (1 << 20),
    "blank lines": b"A;B;C\n" + b"\n" * (1 << 20),
    "short rows": b"A;B;C\n" + b"1\n" * (1 << 16),
}
# A process of its own: what polars takes is seen in no other way.
BOUNDED = """
import re, sys
from dataclasses import replace
from pathlib import Path
from schemas.check import examine
from schemas.reading import FileRefused
from schemas.registry import contract
known = contract("cnaf-contacts")
three = [replace(column, name=name) for column, name in zip(known.columns, "ABC")]
known = replace(known, columns=tuple(three), reject_threshold=1.0)
def most():  # not ru_maxrss, which begins with what the parent held
    return int(re.search("VmHWM:\\s*([0-9]+)", Path("/proc/self/status").read_text())[1])
before = most()
for path in sorted(Path(sys.argv[1]).iterdir()):
    try:
        report = examine(path, known, departement=None).report
        print(path.name, report.accepted, *sorted(code.value for code in report.by_code()), sep="|")
    except FileRefused as refused:
        print(path.name, refused.code.value, sep="|")
print((most() - before) // 1024)
"""


def test_hostile_files_are_refused_or_reported_within_bounded_memory(tmp_path: Path) -> None:
    for kind, body in HOSTILE.items():
        (tmp_path / kind).write_bytes(body)
    command = [sys.executable, "-c", BOUNDED, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    *told, mebibytes = done.stdout.splitlines()
    assert dict(line.split("|", 1) for line in told) == {
        "ten megabytes in one value": "GW-511",
        "ten megabytes without a quote": "GW-511",
        "a line without end": "GW-511",
        "a header without end": "GW-511",
        "a million empty columns": "0|GW-509",
        "a quote that never closes": "GW-511",
        "NUL bytes only": "GW-511",
        "carriage returns": "0",
        "blank lines": "0",
        "short rows": "0|GW-508",
    }
    assert int(mebibytes) < 200


def test_nobody_is_told_anything_of_what_nobody_wants() -> None:
    assert ignore(pl.DataFrame()) is None  # type: ignore[func-returns-value]
