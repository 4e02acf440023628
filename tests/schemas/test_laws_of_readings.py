"""What holds of every file, whatever is in it."""

import io
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandera.config import config_context

from schemas.codes import Code
from schemas.readers import markup
from schemas.reading import FileRefused, Report
from schemas.reports import HEADER, to_csv, to_json
from tests.schemas.papers import Desk, contact, dossier, lines, pecg, wrong_key

CELLS = st.text(st.characters(codec="iso-8859-15", exclude_characters=';"\r\n'), max_size=12)
ROWS = st.lists(st.lists(CELLS, min_size=11, max_size=13), min_size=1, max_size=4)
SOME = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


def report_of(desk: Desk, flow: str, content: str) -> Report | None:
    try:
        return desk.read(flow, content).report
    except FileRefused as refused:
        return refused.report


@SOME
@given(rows=ROWS, plain=st.integers(0, 60))
def test_every_record_is_accepted_rejected_or_ignored(
    desk: Desk, rows: list[list[str]], plain: int
) -> None:
    text = lines("cnaf-contacts", [*rows, *(contact(n) for n in range(plain))])
    report = report_of(desk, "cnaf-contacts", text)
    if report is not None:
        assert report.read == report.accepted + report.rejected + report.ignored
        assert sum(report.by_code().values()) == len(report.anomalies)


@SOME
@given(rows=st.lists(st.lists(st.text("ghijk", min_size=6, max_size=9), min_size=11, max_size=13)))
def test_a_report_never_holds_a_value_of_the_file(desk: Desk, rows: list[list[str]]) -> None:
    report = report_of(desk, "cnaf-contacts", lines("cnaf-contacts", rows))
    assert report is not None
    written = to_csv(report) + to_json(report) + repr(report)
    assert not [cell for row in rows for cell in row if cell in written]


@SOME
@given(body=st.binary(max_size=300))
def test_bytes_of_any_kind_are_read_or_refused(desk: Desk, body: bytes) -> None:
    start = pecg([]).encode()[:60]
    for flow in ("cnaf-contacts", "pe-parcours", "cd-parcours"):
        assert desk.refusal(flow, body).code.entry.action
    assert desk.refusal("pe-parcours", start + body).code.entry.action


def test_neither_a_refusal_nor_what_caused_it_holds_a_value(desk: Desk) -> None:
    secret = wrong_key()
    broken = [
        desk.refusal("cnaf-contacts", lines("cnaf-contacts", [contact(NIR=secret)])),
        desk.refusal("cnaf-contacts", lines("cnaf-contacts", [contact(NOM=f'"{secret}')])),
        desk.refusal("pe-parcours", pecg([dossier(**{"individu/nir": f"<{secret}>"})])),
        desk.refusal("pe-parcours", pecg([], total=secret)),
        desk.refusal("pe-parcours", pecg([], departement=secret)),
    ]
    for refused in broken:
        chain = [refused, refused.__cause__, refused.__context__]
        said = "".join(repr(one) + str(one) + str(vars(one)) for one in chain if one is not None)
        assert secret not in said


def test_a_report_reads_in_a_spreadsheet_and_in_french(desk: Desk) -> None:
    report = desk.read("cnaf-contacts", lines("cnaf-contacts", [contact(TEL="12")])).report
    first, second = to_csv(report).splitlines()
    assert first == ";".join(HEADER) == "LIGNE;ENREGISTREMENT;COLONNE;CODE;GRAVITE;LIBELLE"
    label = Code.PHONE.entry.label
    assert second == f"2;1;NUMERO TELEPHONE DOSSIER;GW-605;cellule_videe;{label}"
    assert label in to_json(report)


def test_checks_run_even_where_the_machine_says_to_skip_them(desk: Desk) -> None:
    with config_context(validation_enabled=False):
        refused = desk.refusal("cnaf-contacts", lines("cnaf-contacts", [contact(NIR=wrong_key())]))
    assert refused.code is Code.TOO_MANY_REJECTS


def test_places_stay_right_across_batches_of_a_long_file(tmp_path: Path) -> None:
    wanted = sorted(random.Random(8).sample(range(200_000), 12))
    plain, odd = (";".join(contact(NIR=each)) + "\n" for each in ("", wrong_key()))
    text = io.StringIO()
    text.write(lines("cnaf-contacts", []))
    for index in range(200_000):
        text.write((odd if index in wanted else plain).replace("1000000", f"{index:07d}"))
    reading = Desk(tmp_path).read("cnaf-contacts", text.getvalue())
    assert [one.line - 2 for one in reading.report.anomalies] == wanted
    assert reading.report.accepted == reading.rows.height == 200_000 - 12
    assert reading.rows["LIGNE"].is_sorted()


def test_dossiers_are_counted_across_batches(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markup, "BATCH_ROWS", 3)
    report = desk.read("pe-parcours", pecg([dossier(n) for n in [*range(10), 0]])).report
    assert (report.read, report.accepted, report.ignored) == (11, 10, 1)
    assert [one.record for one in report.anomalies] == [11]


def test_a_dossier_far_down_the_file_keeps_its_line_number(desk: Desk) -> None:
    dossiers = [dossier(index) for index in range(9_000)]
    text = pecg([*dossiers, dossier(30_000, **{"ppae/date-dernier-ent": "2022"})])
    [anomaly] = desk.read("pe-parcours", text).report.anomalies
    expected = text[: text.rindex("<dossier>")].count("\n") + 1
    assert anomaly.line == expected > 65_535
