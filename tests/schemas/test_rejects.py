"""The rejected records of a file, as their sender wrote them: these, whole, and no other."""

import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from schemas import rejects
from schemas.codes import Effect
from schemas.reading import FileRefused, Report
from schemas.registry import contract
from schemas.rejects import TooMany, has_rejects, write_rejects
from tests.schemas.papers import ENCODING, Desk, contact, dossier, header, lines, pecg, wrong_key

SOME = settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
# Each kind of row a sender may write, and whether it is rejected.
GOOD, LONG, BAD_KEY, QUOTED, BAD_QUOTED, SHORT, BLANK = range(7)
REJECTED = {LONG, BAD_KEY, BAD_QUOTED, SHORT}


def report_of(desk: Desk, flow: str, content: bytes) -> Report:
    try:
        return desk.read(flow, content).report
    except FileRefused as refused:
        assert refused.report is not None
        return refused.report


def back(folder: Path, flow: str, report: Report) -> bytes:
    out = io.BytesIO()
    write_rejects(folder / "depot", contract(flow), report, out)
    return out.getvalue()


def row(kind: int, number: int) -> str:
    quoted = f'"RUE{number}\r\nDE L\'ÉTÉ"'
    cells = {
        GOOD: contact(number),
        LONG: [*contact(number), "x", "y"],
        BAD_KEY: contact(number, NIR=wrong_key()),
        QUOTED: contact(number, PRENOM=quoted),
        BAD_QUOTED: contact(number, PRENOM=quoted, NIR=wrong_key()),
        SHORT: contact(number)[:4],
        BLANK: [],
    }
    return ";".join(cells[kind])


@SOME
@given(
    kinds=st.lists(st.integers(0, 6), min_size=1, max_size=12),
    newline=st.sampled_from(["\n", "\r\n"]),
    is_ended=st.booleans(),
)
def test_every_rejected_record_comes_back_byte_for_byte_and_nothing_else(
    desk: Desk, tmp_path: Path, kinds: list[int], newline: str, is_ended: bool
) -> None:
    rows = [row(kind, number) for number, kind in enumerate(kinds)]
    head = header("cnaf-contacts") + newline
    text = newline.join(rows) + (newline if is_ended else "")
    report = report_of(desk, "cnaf-contacts", (head + text).encode("iso-8859-15"))
    expected = [one for one, kind in zip(rows, kinds, strict=True) if kind in REJECTED]
    assert has_rejects(report) is bool(expected)
    found = back(tmp_path, "cnaf-contacts", report).decode("iso-8859-15")
    is_last = not is_ended and kinds[-1] in REJECTED
    assert found == head + "".join(f"{one}{newline}" for one in expected).removesuffix(
        newline if is_last else ""
    )


def test_what_comes_back_is_rejected_again_for_the_same_reasons(desk: Desk, tmp_path: Path) -> None:
    rows = [row(kind, number) for number, kind in enumerate([GOOD, *range(6), *range(6)] * 2)]
    whole = lines("cnaf-contacts", [[one] for one in rows]).encode("iso-8859-15")
    first = report_of(desk, "cnaf-contacts", whole)
    again = report_of(desk, "cnaf-contacts", back(tmp_path, "cnaf-contacts", first))
    assert (again.read, again.rejected, again.accepted) == (first.rejected, first.rejected, 0)

    def refusing(report: Report) -> list[tuple[str, str | None]]:
        return [
            (a.code.value, a.column) for a in report.anomalies if a.effect is Effect.ROW_REFUSED
        ]

    assert refusing(again) == refusing(first)


def test_a_byte_order_mark_stays_with_the_header(desk: Desk, tmp_path: Path) -> None:
    short = "CD-1;;"
    whole = b"\xef\xbb\xbf" + lines("cd-parcours", [[short]]).encode()
    assert back(tmp_path, "cd-parcours", report_of(desk, "cd-parcours", whole)) == whole


def test_a_rejected_dossier_comes_back_alone_inside_its_root(desk: Desk, tmp_path: Path) -> None:
    wrong = dossier(7, **{"individu/nir": wrong_key(), "individu/nom-naissance": "ÇA &amp; LÀ"})
    whole = pecg([dossier(1), wrong, *(dossier(n) for n in range(10, 60))])
    report = report_of(desk, "pe-parcours", whole.encode(ENCODING["pe-parcours"]))
    found = back(tmp_path, "pe-parcours", report)
    assert found.startswith(b'<?xml version="1.0" encoding="ISO-8859-1"?>\n<fichier-PE-CG>\n')
    root = etree.fromstring(found)
    assert [child.tag for child in root] == ["dossier"]
    sent = etree.fromstring(wrong.encode())
    (kept,) = root
    assert [(e.tag, (e.text or "").strip()) for e in kept.iter()] == [
        (e.tag, (e.text or "").strip()) for e in sent.iter()
    ]


@pytest.mark.parametrize(("limit", "value"), [("MOST_RECORDS", 2), ("MOST_BYTES", 200)])
def test_too_many_rejects_are_not_written(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    whole = lines("cnaf-contacts", [contact(n, NIR=wrong_key()) for n in range(3)])
    report = report_of(desk, "cnaf-contacts", whole.encode("iso-8859-15"))
    assert back(tmp_path, "cnaf-contacts", report).count(b"\n") == 4
    monkeypatch.setattr(rejects, limit, value)
    with pytest.raises(TooMany):
        back(tmp_path, "cnaf-contacts", report)
