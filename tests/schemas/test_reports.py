"""What is said of a whole file: JSON, CSV and the page say the same, errors first, and never a value."""

import csv
import io
import json
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree.ElementTree import Element, tostring

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.codes import Code, Effect
from schemas.conclusion import FIRST, Conclusion, Outcome, conclude
from schemas.disappearance import Disappearance, told
from schemas.figures import BUCKETS, fates_of_rows, spread
from schemas.html import tag
from schemas.page import PLACES, to_page
from schemas.reading import Anomaly, FileRefused, Report
from schemas.registry import contract
from schemas.reports import cut, to_csv, to_json
from schemas.sentences import counts, percent, verdict
from tests.schemas.papers import contact, lines

CONTACTS = contract("cnaf-contacts")
COLUMNS = [None, "NIR", "MATRICULE"]
IN_ROWS = [code for code in Code if code.entry.effect is not Effect.FILE_REFUSED]


def anomaly(record: int, code: Code = Code.NIR_KEY, column: str | None = "NIR") -> Anomaly:
    return Anomaly(record + 1, record + 1, record, column, code)


def report(*anomalies: Anomaly, read: int = 100, rejected: int = 0, ignored: int = 0) -> Report:
    accepted = read - rejected - ignored
    return Report("cnaf-contacts", "1.0.0", read, accepted, rejected, ignored, anomalies)


class Page(HTMLParser):
    """A page as a browser sees it: its tags, in order, and what a person reads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def said(self) -> str:
        return " ".join(" ".join(self.words).split())


FOUND = st.lists(
    st.builds(anomaly, st.integers(1, 100), st.sampled_from(IN_ROWS), st.sampled_from(COLUMNS)),
    max_size=30,
)


@settings(max_examples=40, deadline=None)
@given(found=FOUND)
def test_the_three_reports_count_the_same_with_warnings_apart(found: list[Anomaly]) -> None:
    concluded = Conclusion(report(*found))
    said = json.loads(to_json(concluded))
    expected = Counter((one.code.value, one.column) for one in found)
    both = said["erreurs"] + said["avertissements"]
    assert {(one["code"], one["colonne"]): one["nombre"] for one in both} == expected
    mild = {"avertissement", "ligne_ignoree"}
    assert {one["gravite"] for one in said["avertissements"]} <= mild
    assert not {one["gravite"] for one in said["erreurs"]} & mild
    rows = list(csv.reader(io.StringIO(to_csv(concluded.report)), delimiter=";"))[1:]
    assert Counter((row[3], row[2] or None) for row in rows) == expected
    assert [row[4] in mild for row in rows] == sorted(row[4] in mild for row in rows)
    page = Page(to_page(concluded, CONTACTS))
    errors, warnings = (
        sum(one["nombre"] for one in said[key]) for key in ("erreurs", "avertissements")
    )
    assert f"Erreurs {errors} " in page.said
    assert f"Avertissements {warnings} " in page.said
    assert page.open == []


def test_a_finding_gives_its_exact_count_and_its_first_places_only() -> None:
    listed = tuple(anomaly(n) for n in range(1, 9))
    whole = replace(report(*listed, rejected=90), counts={(Code.NIR_KEY, "NIR"): 90})
    (one,) = Conclusion(whole).findings(errors=True)
    assert (one.count, [place.record for place in one.first]) == (90, list(range(1, FIRST + 1)))


def test_what_is_cut_is_never_an_error_while_a_warning_is_kept() -> None:
    warned = [anomaly(n, Code.QUOTED_NEWLINE) for n in range(1, 6)]
    found = report(*warned, anomaly(50), anomaly(60))
    assert [one.record for one in cut(found, 3)] == [50, 60, 1]


@pytest.mark.parametrize(
    ("found", "word"),
    [
        (report(), Outcome.ACCEPTED),
        (report(anomaly(1, Code.EMAIL)), Outcome.ACCEPTED),
        (report(anomaly(1), rejected=1), Outcome.PARTLY),
    ],
)
def test_the_verdict_follows_the_rows(found: Report, word: Outcome) -> None:
    assert Conclusion(found).outcome is word
    assert Conclusion(found, FileRefused(Code.CONTROL_TOTAL)).outcome is Outcome.REFUSED


def test_each_verdict_is_a_sentence_of_its_own() -> None:
    emptied = Conclusion(report(anomaly(1, Code.EMAIL)))
    wrong = FileRefused(Code.WRONG_HEADER, line=1, column="NIR")
    said = [
        verdict(Conclusion(report())),
        verdict(Conclusion(report(read=0))),
        verdict(emptied),
        verdict(Conclusion(report(anomaly(1), rejected=1))),
        verdict(Conclusion(report(), wrong)),
    ]
    assert len(set(said)) == len(said)
    assert "1 ligne sur 100 (1\u202f%)" in said[3]
    assert "(ligne 1, « NIR »)" in said[4]
    assert Code.WRONG_HEADER.entry.action in said[4]


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0"),
        (0.0001, "moins de 0,1"),
        (0.0005, "0,1"),
        (0.018, "1,8"),
        (0.1, "10"),
        (1.0, "100"),
    ],
)
def test_a_share_is_never_nothing_when_there_is_something(share: float, text: str) -> None:
    assert percent(share) == f"{text}\u202f%"


def test_counts_agree_with_their_words() -> None:
    assert counts(report(read=1)) == "1 ligne lue, 1 acceptée, 0 rejetée, 0 ignorée"
    many = counts(report(read=12_000, rejected=2, ignored=3))
    assert many == "12\u202f000 lignes lues, 11\u202f995 acceptées, 2 rejetées, 3 ignorées"


# --- the page


def page(concluded: Conclusion) -> Page:
    return Page(to_page(concluded, CONTACTS, departement="08"))


def test_the_page_stands_alone_and_is_in_french() -> None:
    concluded = Conclusion(report(anomaly(3), rejected=1), remarks=(Code.UNKNOWN_NAME,))
    text = to_page(concluded, CONTACTS, departement="08")
    read = Page(text)
    names = {tag for tag, _ in read.tags}
    assert text.startswith("<!DOCTYPE html>\n")
    assert dict(read.tags)["html"] == {"lang": "fr"}
    assert not names & {"script", "link", "img", "iframe", "object", "a", "form", "base"}
    assert not re.search(r"@import|url\(|javascript:|https?://(?!www\.w3\.org/2000/svg)", text)
    assert not [key for _, given in read.tags for key in given if key.startswith("on")]
    assert "département 08" in read.said


def test_the_page_says_all_of_it_to_who_does_not_see_it() -> None:
    read = page(Conclusion(report(anomaly(3), anomaly(4), rejected=2)))
    drawings = [given for tag, given in read.tags if tag == "svg"]
    assert [given["role"] for given in drawings] == ["img", "img"]
    assert drawings[0]["aria-label"] == "Lignes : 98 acceptées, 2 rejetées, 0 ignorées"
    assert "la plus chargée est la 2e, avec 2 erreurs" in (drawings[1]["aria-label"] or "")
    assert [given.get("scope") for tag, given in read.tags if tag == "th"] == ["col"] * 11
    assert sum(tag == "h1" for tag, _ in read.tags) == 1


def test_a_refusal_without_a_report_has_a_page() -> None:
    refused = FileRefused(Code.MALFORMED_XML, line=133)
    read = page(Conclusion(report(read=0), refused))
    assert "Refusé GW-505" in read.said.replace("  ", " ")
    assert "(ligne 133)" in read.said
    assert "svg" not in {tag for tag, _ in read.tags}


def test_a_page_shows_the_first_places_and_says_how_many() -> None:
    wrong = [anomaly(n) for n in range(1, PLACES + 11)]
    warned = [anomaly(n, Code.QUOTED_NEWLINE) for n in range(1, 4)]
    read = page(Conclusion(report(*wrong, *warned, read=200, rejected=len(wrong))))
    assert f"Les {PLACES + 3} premières, les erreurs d'abord." in read.said
    assert sum(name == "tr" for name, _ in read.tags) == 3 + 1 + 1 + PLACES + 3


def drawn_of(element: Element) -> str:
    text: str = tostring(element, encoding="unicode", method="html")
    return text


@given(text=st.text(max_size=40))
def test_a_text_put_in_an_element_is_never_markup(text: str) -> None:
    read = Page(drawn_of(tag("p", text, title=text, class_="x")))
    assert [name for name, _ in read.tags] == ["p"]
    assert read.tags[0][1].keys() == {"title", "class"}
    plain = "".join(read.words).replace("\r\n", "\n").replace("\r", "\n")
    assert plain == text.replace("\r\n", "\n").replace("\r", "\n")


def test_elements_are_kept_and_text_beside_them_escaped() -> None:
    inside = tag("p", "<i>", tag("b", "<"), " & ", tag("rect", x="1"))
    assert drawn_of(inside) == '<p>&lt;i&gt;<b>&lt;</b> &amp; <rect x="1"></rect></p>'


@given(read=st.integers(1, 300), places=st.data())
def test_every_error_listed_is_in_one_part_of_the_file(read: int, places: st.DataObject) -> None:
    records = places.draw(st.lists(st.integers(1, read), max_size=20))
    found = report(*(anomaly(n) for n in records), anomaly(1, Code.QUOTED_NEWLINE), read=read)
    shares = spread(found)
    assert (len(shares), sum(shares)) == (min(BUCKETS, read), len(records))
    for record in records:
        assert shares[(record - 1) * len(shares) // read]


def test_one_row_among_millions_is_still_seen() -> None:
    drawn = Page(drawn_of(fates_of_rows(report(read=3_000_000, rejected=1, ignored=1))))
    widths = [float(given["width"] or 0) for name, given in drawn.tags if name == "rect"]
    assert len(widths) == 3
    assert min(widths) >= 3
    assert sum(widths) == pytest.approx(1000, abs=0.2)


# --- what is told of the whole file


def test_who_disappeared_is_a_warning_without_a_place() -> None:
    found = told(report(anomaly(1), rejected=1), Disappearance(100, 11, 0.1))
    concluded = Conclusion(found, disappearance=Disappearance(100, 11, 0.1))
    said = json.loads(to_json(concluded))
    assert said["codes"] == {"GW-604": 1, "GW-707": 11}
    assert said["avertissements"][0] | {"libelle": "", "action": ""} == {
        "code": "GW-707",
        "colonne": None,
        "nombre": 11,
        "gravite": "avertissement",
        "libelle": "",
        "action": "",
        "premieres": [],
    }
    assert to_csv(found).splitlines()[-1].startswith(";;;GW-707;avertissement;")
    assert "11 de ses 100 personnes" in page(concluded).said
    assert told(report(), Disappearance(100, 10, 0.1)) == report()


def test_an_offline_conclusion_is_the_one_of_the_check(tmp_path: Path) -> None:
    file = tmp_path / "depot"
    rows = [contact(1, TEL="12"), *(contact(n) for n in range(2, 9))]
    file.write_bytes(lines("cnaf-contacts", rows).encode("iso-8859-15"))
    seen: list[tuple[int, int]] = []
    concluded = conclude(
        file, CONTACTS, departement=None, progress=lambda done, total: seen.append((done, total))
    )
    assert concluded.report.by_column() == {(Code.PHONE, "NUMERO TELEPHONE DOSSIER"): 1}
    assert seen[-1] == (file.stat().st_size,) * 2
