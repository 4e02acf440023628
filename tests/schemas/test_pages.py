"""The pages of the contracts: whole, escaped, linked together, and readable without eyes or mouse."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from lxml import html

from schemas.answerable import codes_of
from schemas.check import check
from schemas.codes import Code
from schemas.contract import Contract
from schemas.examples import example, written
from schemas.fields import FORMS
from schemas.html import tag
from schemas.pages import Site, site
from schemas.pages.markup import page
from schemas.reading import FileRefused
from schemas.registry import contracts, ours
from schemas.wording import FORM_WORDS, form_words, pattern_words, rule_words
from tests.schemas.test_contracts import _small
from tests.world.contracts import two_majors

SITE = site(ours())
CONTRACTS = [pytest.param(each, id=f"{each.flow}-{each.version}") for each in contracts()]
PAGES = [p for p in SITE.paths if (found := SITE.find(p)) and found.kind.startswith("text/html")]
JUNK = ("", "1", "ZZZZ", "31/02/2020", "a@b", "01/01/1800")


def parsed(path: str, where: Site = SITE) -> html.HtmlElement:
    document = where.find(path)
    assert document is not None
    return html.document_fromstring(document.body.decode())


def links(root: html.HtmlElement) -> Iterator[str]:
    yield from root.xpath("//@href")


def words(root: html.HtmlElement) -> str:
    return " ".join(" ".join(map(str, root.itertext())).split())


@pytest.mark.parametrize("path", PAGES)
def test_every_link_of_a_page_leads_somewhere(path: str) -> None:
    for written_ in links(parsed(path)):
        target = urlsplit(urljoin(f"http://here{path}", written_))
        assert target.netloc == "here"
        assert SITE.find(target.path) is not None, written_
        if target.fragment:
            assert parsed(target.path).xpath("//*[@id=$id]", id=target.fragment), written_


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_readable_without_eyes_or_mouse(path: str) -> None:
    root = parsed(path)
    assert root.get("lang") == "fr"
    assert root.findtext(".//title")
    assert len(root.xpath("//h1")) == len(root.xpath("//main")) == 1
    levels = [int(heading.tag[1]) for heading in root.xpath("//h1|//h2|//h3|//h4")]
    assert all(below <= above + 1 for above, below in pairwise(levels))
    assert root.xpath("//body/a[1]/@href") == ["#contenu"]
    assert root.xpath("//*[@id='contenu']")
    ids = root.xpath("//@id")
    assert len(set(ids)) == len(ids)
    for table in root.xpath("//table"):
        assert table.findtext("caption")
        assert all(each.get("scope") in {"col", "row"} for each in table.xpath(".//th"))
    assert not root.xpath("//script|//style|//img|//@style|//@onclick")


@pytest.mark.parametrize("contract", CONTRACTS)
def test_the_page_of_a_version_says_everything_its_contract_demands(contract: Contract) -> None:
    said = words(parsed(f"/schemas/{contract.flow}/{contract.version}"))
    for column in contract.columns:
        told = (column.name, column.title, column.description, column.basis, column.path)
        for text in (*told, pattern_words(column)):
            assert " ".join(text.split()) in said
        assert all(
            code in said and " ".join(label.split()) in said
            for code, label in column.labels.items()
        )
    assert all(rule_words(rule) in said for rule in contract.rules)
    assert all(path in said for path in (contract.envelope.paths if contract.envelope else ()))
    assert all(code.value in said and code.entry.action in said for code in codes_of(contract))
    assert contract.encoding.upper() in said


@pytest.mark.parametrize("contract", CONTRACTS)
def test_the_files_beside_a_page_are_those_of_its_contract(
    contract: Contract, tmp_path: Path
) -> None:
    here = f"/schemas/{contract.flow}/{contract.version}"
    schema, empty, full = (
        SITE.find(f"{here}/{name}.{kind}")
        for name, kind in [
            ("schema", "json"),
            ("modele", contract.layout.value),
            ("exemple", contract.layout.value),
        ]
    )
    assert schema and empty and full
    folder = Path(__file__).parents[2] / "schemas" / "contracts" / contract.flow / contract.version
    assert schema.body == (folder / "schema.json").read_bytes()
    assert schema.kind == "application/json"
    file = tmp_path / "exemple"
    file.write_bytes(full.body)
    assert check(file, contract, departement="08").report.anomalies == ()
    assert empty.body != full.body


def test_the_index_says_who_sends_what_since_when() -> None:
    said = words(parsed("/schemas"))
    for contract in contracts():
        assert f"{contract.flow} {contract.title}" in said
    assert "Pôle emploi" in said
    assert "21 novembre 2026" in said


def test_every_code_is_on_the_page_of_codes() -> None:
    ids = parsed("/schemas/codes").xpath("//@id")
    assert {code.value for code in Code} <= set(ids)


def test_a_flow_shows_its_latest_version_and_keeps_the_others(tmp_path: Path) -> None:
    (tmp_path / "contrats").mkdir()
    registry = two_majors(tmp_path / "contrats")
    days = "\n\n".join(f"## {v} (1 mai 2026)" for v in registry.held["cd-parcours"])
    (tmp_path / "contrats" / "cd-parcours" / "CHANGELOG.md").write_text(days)
    where = site(registry)
    latest = parsed("/schemas/cd-parcours", where)
    assert "2.0.0, depuis le 1 mai 2026" in words(latest)
    assert "Autres versions 1.0.0 , 1.1.0" in words(latest)
    assert "1.1.0, depuis" in words(parsed("/schemas/cd-parcours/1.1.0", where))


def test_what_is_not_there_is_said_in_french_and_its_links_climb(tmp_path: Path) -> None:
    assert SITE.find("/schemas/<b>") is None
    root = html.document_fromstring(SITE.missing(3).body.decode())
    assert "Page introuvable" in words(root)
    targets = {urlsplit(urljoin("http://here/schemas/a/b/c", one)).path for one in links(root)}
    assert targets == {"/schemas", "/schemas/codes", "/schemas/style.css", "/schemas/a/b/c"}


def test_a_text_is_never_markup() -> None:
    wild = "<script>&\"'"
    body = page("/schemas/x", wild, [(wild, "/schemas")], tag("p", wild, title=wild))
    root = html.document_fromstring(body.decode())
    assert not root.xpath("//script")
    assert root.findtext(".//h1") == wild
    assert root.xpath("//p/@title") == [wild]


def test_every_form_is_explained() -> None:
    assert set(FORM_WORDS) == FORMS


@pytest.mark.parametrize("contract", CONTRACTS)
def test_no_other_code_than_those_announced_is_answered(contract: Contract, tmp_path: Path) -> None:
    """Every column takes each kind of junk, in one row or another."""
    names = [column.name for column in contract.read_columns]
    spoilt = [
        {name: JUNK[(turn + place) % len(JUNK)] for place, name in enumerate(names)}
        for turn in range(len(JUNK))
    ]
    file = tmp_path / "fichier"
    file.write_bytes(written(contract, spoilt, departement="08"))
    with pytest.raises(FileRefused) as refused:
        check(file, contract, departement="08")
    assert refused.value.report is not None
    found = {refused.value.code, *refused.value.report.by_code()}
    assert found <= set(codes_of(contract))
    assert len(found) > 2


@pytest.mark.parametrize(
    ("name", "params", "code"),
    [
        ("one-of-required", {"column1": "a", "column2": "b"}, Code.MISSING_VALUE),
        ("enum-when", {"column": "a", "values": ["x"], "when": {"b": "1"}}, Code.NOT_IN_LIST),
        (
            "compare-columns-value",
            {"column": "a", "op": "==", "column2": "b"},
            Code.COLUMNS_DISAGREE,
        ),
    ],
)
def test_a_rule_announces_its_code(name: str, params: dict[str, object], code: Code) -> None:
    assert code not in codes_of(_small([]))
    assert code in codes_of(_small([{"name": name, "params": params}]))


def test_a_pattern_that_only_says_a_length_is_said_in_words() -> None:
    column = contracts()[0].columns[0]
    short, coded = replace(column, pattern=".{1,50}"), replace(column, pattern="[A-Z]{2}")
    assert (form_words(short), pattern_words(short)) == ("texte, 50 caractères au plus", "")
    assert (form_words(coded), pattern_words(coded)) == ("texte", "[A-Z]{2}")


def test_each_rule_is_a_sentence() -> None:
    checks: list[dict[str, object]] = [
        {"name": "one-of-required", "params": {"column1": "a", "column2": "b"}},
        {"name": "cohesive-columns-value", "params": {"column": "a", "othercolumns": ["b", "c"]}},
        {"name": "compare-columns-value", "params": {"column": "a", "op": "<=", "column2": "b"}},
        {"name": "required-when", "params": {"columns": ["b"], "when": {"a": "1"}}},
        {
            "name": "enum-when",
            "params": {"column": "c", "values": ["x", "y"], "when": {"a": "1", "b": "2"}},
        },
    ]
    assert [rule_words(rule) for rule in _small(checks).rules] == [
        "L'une au moins de a et b est remplie.",
        "A, b, c : toutes remplies ou aucune.",
        "A n'est pas après b, où les deux sont remplies.",
        "Quand a vaut 1 : b est obligatoire.",
        "Quand a vaut 1 et b vaut 2 : c vaut x ou y.",
    ]


def test_an_example_is_made_once() -> None:
    contract = contracts()[0]
    path = f"/schemas/{contract.flow}/{contract.version}/exemple.{contract.layout.value}"
    assert SITE.find(path) is SITE.find(path)
    assert (found := SITE.find(path)) and found.body == example(contract, rows=12, seed=1)
